"""A chat with what is served and, beside it, with the folder as it is on disk. Nothing of it is stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Final

from flask import render_template, request
from markupsafe import Markup

from bot import knowledge_files
from bot.core.catalogue import Knowledge
from bot.core.conversation import Conversation, Decision
from bot.core.dialogue import decide
from bot.core.messages import TEXT_LIMIT, Inbound, Kind
from bot.knowledge_files import Finding, KnowledgeError
from bot.web.context import services
from bot.web.formatting import whatsapp_html
from bot.web.inbox.reader import Reader
from bot.web.knowledge.blueprint import bp, reader
from bot.web.knowledge.preview import Preview, preview

_REMEMBERED: Final = 20
"""Messages of a chat: each is decided again with every further one."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One message, its answer and why; `differs` if the other side answers something else."""

    said: Markup
    preview: Preview
    why: tuple[str, ...]
    differs: bool


class Drafts:
    """The folder as it is on disk, read again when a file in it has changed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._state: object = None
        self._read: Knowledge | tuple[Finding, ...] = ()

    def now(self, directory: Path, served: Knowledge) -> Knowledge | tuple[Finding, ...]:
        """Return the knowledge of the folder, `served` if it is the same; what is wrong in it if it is broken."""
        files = sorted(directory.rglob("*.y*ml"))
        state = [(path, found.st_mtime_ns, found.st_size) for path in files if (found := path.stat())]
        with self._lock:
            if state != self._state:
                self._read, self._state = _read(directory), state
            read = self._read
        return served if isinstance(read, Knowledge) and read.version == served.version else read


_DRAFTS: Final = Drafts()


def _read(directory: Path) -> Knowledge | tuple[Finding, ...]:
    try:
        return knowledge_files.load(directory)
    except KnowledgeError as error:
        return tuple(finding for finding in error.findings if not finding.warning)


@bp.get("/chat")
def chat() -> str:
    """Show an empty chat."""
    return _page(reader(), [])


@bp.post("/chat")
def say() -> str:
    """Say one thing more to both."""
    # A tapped button sends its title beside the empty field.
    said = [*request.form.getlist("before"), *request.form.getlist("said")]
    return _page(reader(), [text.strip()[:TEXT_LIMIT] for text in said if text.strip()][-_REMEMBERED:])


def _page(asking: Reader, said: Sequence[str]) -> str:
    draft = _DRAFTS.now(services().settings.knowledge_dir, asking.knowledge)
    served = _decided(said, asking.knowledge, asking.now)
    drafted = _decided(said, draft, asking.now) if isinstance(draft, Knowledge) else None
    return render_template(
        "knowledge/chat.html",
        said=said,
        served=_exchanges(said, asking.knowledge, served, drafted, asking),
        draft=_exchanges(said, draft, drafted, served, asking) if isinstance(draft, Knowledge) and drafted else [],
        findings=() if isinstance(draft, Knowledge) else draft,
        is_same=draft is asking.knowledge,
        versions=(asking.knowledge.version, draft.version if isinstance(draft, Knowledge) else ""),
    )


def _decided(said: Iterable[str], knowledge: Knowledge, now: datetime) -> list[Decision]:
    """Decide every message in its turn, as one conversation."""
    decisions: list[Decision] = []
    state = Conversation()
    for text in said:
        decision = decide(state, Inbound("draft", "draft", "draft", Kind.TEXT, text), knowledge, now=now)
        decisions.append(decision)
        state = Conversation(decision.status, decision.memory, decision.opted_out)
    return decisions


def _exchanges(
    said: Sequence[str],
    knowledge: Knowledge,
    decisions: Sequence[Decision],
    others: Sequence[Decision] | None,
    asking: Reader,
) -> list[Exchange]:
    beside = others or decisions
    return [
        Exchange(whatsapp_html(text), preview(knowledge, one), _why(one, asking), one.replies != other.replies)
        for text, one, other in zip(said, decisions, beside, strict=True)
    ]


def _why(decision: Decision, asking: Reader) -> tuple[str, ...]:
    """The best readings of a message, each with its certainty, the phrase that spoke for it and where it stands."""
    candidates = decision.why.candidates if decision.why else ()
    if not candidates:
        return (f"{decision.action.capitalize()}: {decision.reason}",)
    return tuple(
        f"{asking.about(each.topic, each.side)}, {each.confidence:.0%}"
        + (f": “{each.phrase}”, {each.place}" if each.place else "")
        for each in candidates[:3]
    )
