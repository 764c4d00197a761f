"""The questions of a path finder: those that editors have written, or else made of what a comparison says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from bot.core.catalogue import RECOMMENDATION, Knowledge
from bot.core.knowledge import About, FinderQuestion
from bot.core.messages import BUTTON_LIMIT, BUTTON_TITLE_LIMIT, ROW_LIMIT
from bot.core.replies import Writer

PATH_FINDER: Final = "path_finder"
"""The topic that begins the path finder. Without a file of it there is none."""
_MADE: Final = 3
"""How many questions are made where none is written."""
_MOST_GOALS: Final = 2
_POINTS: Final = 2
_LONGEST_OPTION: Final = 120


@dataclass(frozen=True, slots=True)
class Option:
    """One answer.

    reason: what it says of the learner. weights: side -> how much it speaks for it. course: for later.
    """

    id: str
    title: str
    reason: str
    weights: Mapping[str, float]
    course: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its answers, in the order in which they are offered."""

    id: str
    text: str
    options: tuple[Option, ...]

    def option(self, option: str) -> Option | None:
        """The answer of this id, None if there is none any more."""
        return next((one for one in self.options if one.id == option), None)

    @property
    def most(self) -> float:
        """The most that an answer can say for a side."""
        return max((weight for option in self.options for weight in option.weights.values()), default=0.0)


def questions_of(comparison: str, knowledge: Knowledge, writer: Writer) -> tuple[Question, ...]:
    """The questions of a comparison, in order, in the writer's language; none if nothing can be asked."""
    if PATH_FINDER not in knowledge.topics or comparison not in knowledge.comparisons:
        return ()
    if written := writer.wording.finder(comparison):
        return tuple(map(_written, written))
    return tuple(islice(_made(comparison, knowledge, writer), _MADE))


def _written(question: FinderQuestion) -> Question:
    options = (Option(one.id, one.title, one.reason, one.weights, one.course) for one in question.choices)
    return Question(question.id, question.text, tuple(options))


def _made(comparison: str, knowledge: Knowledge, writer: Writer) -> Iterator[Question]:
    """First what people say who should go each way, then what differs between the sides."""
    sides = knowledge.sides[comparison][: ROW_LIMIT - 1]
    goals = [_goals(side, comparison, knowledge, writer) for side in sides]
    for number, texts in enumerate(islice(zip(*goals, strict=False), _MOST_GOALS)):
        yield _of_texts(f"goal-{number}", writer.lines.finder_which, dict(zip(sides, texts, strict=True)), writer)
    # What the editors offer below "which one?" is what helps to choose.
    first = knowledge.topics[RECOMMENDATION].offers
    for topic in sorted(knowledge.topics.values(), key=lambda topic: topic.id not in first):
        points = {side: _points(topic.id, side, comparison, knowledge, writer) for side in sides}
        if topic.about is About.SIDE and all(points.values()) and len(set(points.values())) == len(sides):
            text = writer.lines.finder_which_of.replace("{topic}", writer.wording.title(topic.id))
            yield _of_texts(topic.id, text, points, writer)


def _goals(side: str, comparison: str, knowledge: Knowledge, writer: Writer) -> Sequence[str]:
    path = next((path for path in knowledge.comparisons[comparison].paths if path.side == side), None)
    phrases = path.phrases if path else {}
    spoken = phrases.get(writer.language) or phrases.get(knowledge.school.language, ())
    return [phrase for phrase in spoken if "{" not in phrase]


def _points(topic: str, side: str, comparison: str, knowledge: Knowledge, writer: Writer) -> str:
    entry = knowledge.find(topic, side, comparison)
    return "; ".join(writer.wording.answer(entry).points[:_POINTS]) if entry else ""


def _of_texts(question: str, text: str, sides: Mapping[str, str], writer: Writer) -> Question:
    """Answers too long for buttons stand numbered in the text, and the buttons say how each begins."""
    options = []
    listed = [text]
    for number, (side, said) in enumerate(sides.items(), 1):
        listed.append(f"{number}. {_cut(said, _LONGEST_OPTION)}")
        reason = writer.lines.finder_agreed.replace("{words}", _cut(said, _LONGEST_OPTION))
        options.append(Option(side, _cut(f"{number}. {said}", BUTTON_TITLE_LIMIT), reason, {side: 1.0}))
    if len(options) != BUTTON_LIMIT:
        options.append(Option("unsure", writer.lines.finder_unsure, "", {}))
    return Question(question, "\n".join(listed), tuple(options))


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"
