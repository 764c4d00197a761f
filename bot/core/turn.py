"""One message at hand, and the ways to end it: say something, hand over, note it for staff, stay silent."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Final
from unicodedata import normalize

from bot.core.catalogue import COURSE, COURSES, Knowledge
from bot.core.conversation import Action, Answered, Brief, Candidate, Conversation, Decision, Status, Suggestion, Why
from bot.core.counting import LAST
from bot.core.knowledge import About
from bot.core.memory import Choice, Memory
from bot.core.messages import Inbound, Kind, Outcome, Reply
from bot.core.pointing import after_advert
from bot.core.questions import PATH_FINDER
from bot.core.replies import Writer, bubbles, menu
from bot.core.understanding import Reading, Request, understand

_TELLING_WORDS: Final = 2
"""Words beside names with which somebody shows that they go on in another language."""
_REMEMBERED: Final = 10
"""How many questions and answers a brief tells."""


class Turn:
    """A message, the conversation it belongs to and what is understood of it."""

    def __init__(self, conversation: Conversation, inbound: Inbound, knowledge: Knowledge, now: datetime) -> None:
        recalled = _still_known(conversation.memory.recalled(now), knowledge)
        if conversation.memory.at is None and inbound.source and knowledge.link_in(inbound.text) is None:
            recalled = after_advert(recalled, inbound.source, knowledge)
        self.conversation = conversation
        self.inbound = inbound
        self.knowledge = knowledge
        self.now = now
        self.wished, self.words = self._wished()
        language = self.wished or self._language(recalled)
        self._memory = recalled
        self._changes: dict[str, object] = {}
        self.remember(
            at=now,
            language=language,
            language_wished=recalled.language_wished or self.wished is not None,
            source=inbound.source or recalled.source,
        )
        self.writer = Writer(knowledge, language)
        self.lines = self.writer.lines
        self.reading = self._read()
        self.remember(compared=False)
        if self.reading.mentions:
            self.remember(order=self.reading.order, side=self.reading.mentions[-1])

    def _wished(self) -> tuple[str | None, tuple[str, ...]]:
        """The language that is asked for, and the other words typed, canonical; a location's text is its address."""
        if self.inbound.kind is Kind.LOCATION:
            return None, ()
        words = self.knowledge.read(self.inbound.text)
        return (None, words) if self.inbound.choice else self.knowledge.language_wished(words)

    def _language(self, recalled: Memory) -> str:
        """What the learner writes in, unless they have asked for another; a tap or a short word does not change it."""
        known = recalled.language
        if known and recalled.language_wished:
            return known
        written = self.knowledge.languages.of(self.inbound.text)
        if not known or written is None or written == known:
            return known or written or self.knowledge.school.language
        says_enough = not self.inbound.choice and len(self.knowledge.told(self.words)) >= _TELLING_WORDS
        return written if says_enough else known

    def _read(self) -> Reading:
        """What the message asks: a tap or a typed choice says it outright, anything else has to be understood."""
        self.chosen = self._choice()
        if (choice := self.chosen) is not None:
            request = Request(choice.topic, choice.side, choice.comparison, 1.0)
            return Reading((), (), (), (request,), (), (request,), self.memory.order)
        reading = understand(self.words, self.memory, self.knowledge)
        # A bare number asks nothing where nothing was offered under it, whatever it resembles.
        return reading if self.number is None else replace(reading, requests=(), suggestions=())

    def _choice(self) -> Choice | None:
        """What was tapped, asked by a link, or typed as a number, a position or a title of the last choices."""
        if self.inbound.choice:
            choice = Choice.from_id(self.inbound.choice)
            return choice if choice is not None and knows(self.knowledge, choice) else None
        if (link := self.knowledge.link_in(self.inbound.text)) is not None:
            return link.choice
        choices = self.memory.choices
        title = _folded(self.inbound.text.strip().rstrip(".)।"))
        if not choices or not title:
            return None
        number = self.number
        if number is None and not self.memory.compared:
            number = self.knowledge.counting.position(self.words)
        if number is not None:
            place = len(choices) if number == LAST else number
            return choices[place - 1] if 0 < place <= len(choices) else None
        return next((choice for choice in choices if _folded(choice.title) == title), None)

    @cached_property
    def number(self) -> int | None:
        """The number that the whole message gives, None if it says anything else."""
        return self.knowledge.counting.number(self.words)

    @property
    def topic(self) -> str | None:
        """The one topic asked for, None if there are several or none."""
        requests = self.reading.requests
        return requests[0].topic if len(requests) == 1 else None

    def about(self, request: Request) -> About:
        """What the request's topic is about."""
        return self.knowledge.topics[request.topic].about

    def title(self, request: Request) -> str:
        """The request in the learner's words: its topic, and the side it is about."""
        title = self.writer.wording.title(request.topic)
        return f"{title}: {self.writer.wording.name(request.side)}" if request.side else title

    def text(self, request: Request) -> str:
        """The answer to a request; for what is not held about a side, its course instead of an invention."""
        today = self.now.date()
        text = self.writer.answer(request.topic, request.side, request.comparison, on=today)
        if text is not None:
            return text
        course = self.knowledge.course_of(request.side, request.comparison) if request.side else None
        known = self.writer.answer(COURSE if course else COURSES, course, request.comparison, on=today)
        return f"{self.lines.not_held.replace('{question}', self.title(request))}\n\n{known}"

    def answered(self, request: Request) -> Answered:
        """The request as answered, with the entry and the place of its answer."""
        asked = request.topic, request.side, request.comparison
        entry, place = self.knowledge.entry_id(*asked), self.knowledge.place_of(*asked)
        return Answered(request.topic, request.side, entry, request.confidence, place)

    def offer(self, topic: str, request: Request) -> Choice | None:
        """A topic to offer below the answer to a request: about the same side, None if nothing is held there."""
        about = self.knowledge.topics[topic].about
        if about is About.COURSE:
            side = request.side or self.memory.side
            course = self.knowledge.course_of(side, request.comparison) if side else None
            return Choice(topic=COURSE, side=course) if course else Choice(topic=COURSES)
        if about is About.SIDE and request.side is not None and request.side not in self.knowledge.roles:
            return None
        same = about in (About.SIDE, About.COMPARISON) or topic == PATH_FINDER
        return Choice(
            topic=topic,
            side=request.side if about is About.SIDE else None,
            comparison=request.comparison if same else None,
        )

    def ahead(self) -> str:
        """How many are before the learner in the line; empty if nobody is."""
        return self.writer.ahead(self.conversation.count_ahead())

    @property
    def memory(self) -> Memory:
        """What is kept in mind for the next message."""
        if self._changes:
            self._memory = self._memory.model_copy(update=self._changes)
            self._changes = {}
        return self._memory

    def remember(self, **changes: object) -> None:
        """Keep something in mind for the next message."""
        self._changes |= changes

    # Ways to end the turn

    def say(
        self, line: str, topic: str | None, choices: Sequence[tuple[Choice, str]] = (), *, opted_out: bool | None = None
    ) -> Decision:
        """Reply with one of the bot's own lines, with choices as buttons."""
        self.remember(misses=0)
        decision = self.reply(self.writer.line(line), choices, Action.ANSWER, "answered", opted_out=opted_out)
        if topic is None:
            return decision
        requests = self.reading.requests
        confidence = requests[0].confidence if len(requests) == 1 and requests[0].topic == topic else 1.0
        return replace(decision, answers=(self.answered(Request(topic, None, None, confidence)),))

    def reply(
        self,
        text: str,
        choices: Sequence[tuple[Choice, str]],
        action: Action,
        reason: str,
        *,
        opted_out: bool | None = None,
    ) -> Decision:
        """Reply with a text and with choices, given with their titles; an empty text sends nothing."""
        reply = menu(text, [(choice.id, title) for choice, title in choices], label=self.lines.choose)
        self.remember(choices=tuple(choice.model_copy(update={"title": title}) for choice, title in choices))
        return self.decision(bubbles(reply) if text else (), Outcome.ANSWERED, reason, action, opted_out=opted_out)

    def clarify(self, reply: Reply, choices: Sequence[Choice], suggestions: Sequence[Suggestion]) -> Decision:
        """Ask back which of the choices was meant. The reply shows those that fit, as buttons or rows, in order."""
        shown = [item.title for item in reply.buttons or reply.rows]
        # Of more than ten comparisons the last have no row, and what was not shown cannot be meant by a number.
        titled = [choice.model_copy(update={"title": title}) for choice, title in zip(choices, shown, strict=False)]
        self.remember(choices=tuple(titled), misses=self.memory.misses + 1)
        decision = self.decision((reply,), Outcome.ANSWERED, "asked_back", Action.CLARIFY)
        return replace(decision, suggestions=tuple(suggestions[:3]))

    def silent(self, outcome: Outcome, reason: str, *, opted_out: bool | None = None) -> Decision:
        """Send nothing."""
        return self.decision((), outcome, reason, Action.FALLBACK, opted_out=opted_out)

    def note(self, line: str) -> Decision:
        """Add the message to the brief of a handoff that waits, with or without a word to the learner."""
        self.note_question()
        replies = bubbles(Reply(text=self.writer.line(line))) if line else ()
        return self.decision(replies, Outcome.HANDED_OVER, "waiting", Action.HANDOFF)

    def hand_over(self, reason: str, text: str, promise: str) -> Decision:
        """Give the conversation to staff; `text` is what the learner reads, empty for nothing."""
        self.remember(misses=0, choices=())
        begins = self.conversation.status is Status.BOT
        if begins:
            self.remember(reason=reason, promise=promise)
        replies = bubbles(Reply(text=text)) if text else ()
        decision = self.decision(replies, Outcome.HANDED_OVER, reason, Action.HANDOFF)
        promised_at = self.writer.promised_at(self.now) if begins and promise else None
        return replace(decision, status=Status.WAITING, brief=self._brief(), promised_at=promised_at)

    def decision(
        self,
        replies: tuple[Reply, ...],
        outcome: Outcome,
        reason: str,
        action: Action,
        *,
        opted_out: bool | None = None,
    ) -> Decision:
        """The decision as far as it is the same for all endings."""
        return Decision(
            replies=replies,
            outcome=outcome,
            reason=reason,
            status=self.conversation.awake,
            memory=self.memory,
            opted_out=self.conversation.opted_out if opted_out is None else opted_out,
            action=action,
            why=self._why(),
            # Whatever happens while the learner waits is told to those who will take over.
            brief=self._brief() if self.conversation.status is Status.WAITING else None,
        )

    def _why(self) -> Why | None:
        if not self.reading.candidates:
            return None
        candidates = tuple(
            Candidate(one.topic, one.side, one.confidence, one.phrase, one.place) for one in self.reading.candidates
        )
        return Why(" ".join(self.reading.words), self.reading.mentions, self.reading.signs, candidates)

    # What staff will read

    def note_question(self) -> None:
        """Keep the learner's words for the brief."""
        asked = (*self.memory.asked, self.inbound.text or f"({self.inbound.kind.value})")
        self.remember(asked=asked[-_REMEMBERED:])

    def note_answers(self, answers: Sequence[Answered]) -> None:
        """Keep for the brief what the bot has answered, and how sure it was."""
        told = [f"{self._told(answer)} ({answer.confidence:.0%})" for answer in answers]
        self.remember(answered=(*self.memory.answered, *told)[-_REMEMBERED:])

    def _told(self, answer: Answered) -> str:
        title = self.knowledge.topics[answer.topic].title  # for staff, whatever the learner reads
        return f"{title}: {self.knowledge.name(answer.side)}" if answer.side else title

    def _brief(self) -> Brief:
        """What staff read first."""
        memory = self.memory
        return Brief(
            name=self.conversation.name or self.inbound.name,
            reason=memory.reason,
            question=self.inbound.text,
            asked=memory.asked,
            answered=memory.answered,
            preference=self.knowledge.name(memory.preference) if memory.preference else "",
            source=memory.source,
            language=memory.language,
            promise=memory.promise,
        )


def _folded(title: str) -> str:
    """A title whatever its capitals; a letter with a dot below may be typed as one character or as two."""
    return normalize("NFKC", title).casefold()


def knows(knowledge: Knowledge, choice: Choice) -> bool:
    """Whether the knowledge still has the topic, side and comparison of a choice."""
    has_comparison = choice.comparison is None or choice.comparison in knowledge.comparisons
    return choice.topic in knowledge.topics and has_comparison and _has_side(knowledge, choice.side)


def _has_side(knowledge: Knowledge, side: str | None) -> bool:
    return side is None or side in knowledge.roles or side in knowledge.courses


def _still_known(memory: Memory, knowledge: Knowledge) -> Memory:
    """The memory without what editors have taken out of the knowledge since."""
    known_topic = memory.topic is None or memory.topic in knowledge.topics
    known_comparison = memory.comparison is None or memory.comparison in knowledge.comparisons
    changes: dict[str, object] = {}
    if not all(knows(knowledge, choice) for choice in memory.choices):
        changes["choices"] = tuple(choice for choice in memory.choices if knows(knowledge, choice))
    if not all(_has_side(knowledge, side) for side in memory.order):
        changes["order"] = tuple(side for side in memory.order if _has_side(knowledge, side))
    if not (known_topic and known_comparison and _has_side(knowledge, memory.side)):
        changes |= {"topic": None, "side": None, "comparison": None}
    if not _has_side(knowledge, memory.preference):
        changes["preference"] = None
    return memory.model_copy(update=changes) if changes else memory


def choices_of(requests: Sequence[Request]) -> list[Choice]:
    """What would have to be tapped to ask the same."""
    return [Choice(topic=one.topic, side=one.side, comparison=one.comparison) for one in requests]
