"""A replay for people and for programs: as a table, as a page of its own, as JSON."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any, Final

import jinja2

from bot import web
from bot.core.conversation import Decision
from bot.core.replaying import Compared, Verdict
from bot.replay import Replay

_TEMPLATES: Final = Path(web.__file__).parent / "templates"
_WIDEST: Final = 200
_NARROWEST: Final = 60
_SPACE: Final = " | "


@dataclass(frozen=True, slots=True)
class Report:
    """What is shown. old, new: what was compared, in words. accepted: ids of messages that may lose their answer."""

    replay: Replay
    old: str
    new: str
    accepted: Collection[int]

    def as_json(self) -> dict[str, Any]:
        """Return everything as a value for JSON."""
        replay = self.replay
        return {
            "summary": str(replay),
            "old": self.old,
            "new": self.new,
            **{verdict.value: number for verdict, number in replay.counts.items()},
            "reworded": {"entries": replay.reworded_entries, "messages": len(replay.reworded)},
            "not_accepted": [one.message for one in replay.lost(self.accepted)],
            "differences": [self._plain(one) for one in [*replay.others, *replay.reworded]],
        }

    def as_page(self) -> str:
        """Return a page that needs nothing beside itself. Whatever learners wrote is escaped."""
        environment = jinja2.Environment(loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True)
        return environment.get_template("knowledge/replay.html").render(report=self.as_json())

    def as_table(self, width: int) -> Iterator[str]:
        """Yield the lines for a terminal of so many columns: both answers side by side, and why."""
        column = (min(_WIDEST, max(_NARROWEST, width)) - len(_SPACE)) // 2
        for one in self.replay.others:
            place = f"message {one.message}, conversation {one.conversation}"
            yield f"{self._verdict(one).upper()}  {place}: {_line(one.text)}"
            yield from _side_by_side(f"before: {self.old}", f"after: {self.new}", column)
            yield from _side_by_side(_told(one.old), _told(one.new), column)
            yield ""
        if self.replay.reworded:
            yield f"NEW WORDING  {', '.join(self.replay.reworded_entries)}"
            shown: set[str] = set()
            for one in self.replay.reworded:
                if not shown.issuperset(one.reworded):
                    shown.update(one.reworded)
                    yield f"for example message {one.message}: {_line(one.text)}"
                    yield from _side_by_side(_words(one.old), _words(one.new), column)
            yield ""
        yield str(self.replay)

    def _plain(self, one: Compared) -> dict[str, Any]:
        return {
            "message": one.message,
            "conversation": one.conversation,
            "text": one.text,
            "verdict": one.verdict.value,
            "accepted": one.verdict is Verdict.LOST and one.message in self.accepted,
            "reworded": list(one.reworded),
            "old": _described(one.old),
            "new": _described(one.new),
        }

    def _verdict(self, one: Compared) -> str:
        return "lost, accepted" if one.verdict is Verdict.LOST and one.message in self.accepted else one.verdict.value


def _described(decision: Decision) -> dict[str, Any]:
    return {
        "action": decision.action.value,
        "reason": decision.reason,
        "entries": [answer.entry for answer in decision.answers],
        "text": _words(decision),
        "buttons": [button.title for reply in decision.replies for button in reply.buttons],
        "why": _why(decision),
    }


def _words(decision: Decision) -> str:
    return "\n\n".join(reply.text for reply in decision.replies)


def _why(decision: Decision) -> list[dict[str, Any]]:
    """The phrases that spoke loudest for what was said, or for what was nearest."""
    candidates = decision.why.candidates if decision.why else ()
    asked = {(answer.topic, answer.side) for answer in decision.answers}
    chosen = [one for one in candidates if (one.topic, one.side) in asked] or candidates[:1]
    return [
        {"topic": one.topic, "side": one.side, "phrase": one.phrase, "place": one.place, "confidence": one.confidence}
        for one in chosen
    ]


def _told(decision: Decision) -> str:
    """The reply with what it rests on."""
    told = " + ".join(answer.entry for answer in decision.answers) or decision.reason.replace("_", " ")
    why = [f'why: "{one["phrase"]}" {one["place"]} ({one["confidence"]:.0%})' for one in _why(decision)]
    buttons = " ".join(f"[{button.title}]" for reply in decision.replies for button in reply.buttons)
    return "\n".join([f"{decision.action}: {told}", _words(decision) or "(nothing is sent)", buttons, *why])


def _line(text: str) -> str:
    """What a learner wrote, on one line and without what would steer the terminal."""
    return _printable(" ".join(text.split()))


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)


def _side_by_side(left: str, right: str, column: int) -> Iterator[str]:
    both = [_wrapped(text, column) for text in (left, right)]
    for number in range(max(map(len, both))):
        first, second = (lines[number] if number < len(lines) else "" for lines in both)
        yield f"{first:<{column}}{_SPACE}{second}".rstrip()


def _wrapped(text: str, column: int) -> list[str]:
    return [piece for line in text.splitlines() if line for piece in wrap(_printable(line), column)]
