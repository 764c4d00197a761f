"""What does a message ask? Names first, then the topic among all phrases, then the conversation fills the gaps."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from bot.core.catalogue import COURSE, COURSES, OFF_TOPIC, PATH, RECOMMENDATION, Knowledge
from bot.core.counting import LAST
from bot.core.evidence import Sign, Verdict
from bot.core.goals import CLEAR_LEAD, goals_of, lead
from bot.core.knowledge import About
from bot.core.matching import Ranked
from bot.core.memory import Memory
from bot.core.mentions import masked, stand_ins
from bot.core.messages import BUTTON_LIMIT
from bot.core.stakes import Reply, best_reply, worth_adding, worth_offering
from bot.core.text import BORDER

_WORD_FOR_WORD: Final = 0.98
"""Probability that the matcher gives at least to the topic of a phrase that it knows word for word."""
_WRITTEN_SO: Final = 0.99
"""Probability that the matcher gives to nothing else than the topic of a phrase that it knows word for word."""
_ELLIPSIS: Final = 0.9
"""Probability that a bare name repeats the last question. An estimate: no phrase of the knowledge has a past."""
_MOST_PARTS: Final = 8
_MOST_READINGS: Final = 12
"""How many readings of a message are looked at."""
_NEXT_TO_IMPOSSIBLE: Final = 0.001
"""Probability below which a reading is not looked at."""
_REPEATABLE: Final = frozenset({About.SIDE, About.COURSE, About.COURSES, About.STAFF})


@dataclass(frozen=True, slots=True)
class Request:
    """One thing asked: a topic, the side it is about (None: all sides or none) and how probable this reading is."""

    topic: str
    side: str | None
    comparison: str | None
    confidence: float
    phrase: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One message understood.

    signs: words that speak for or against a side, each as a short text.
    requests: what to answer, in order; empty if it is not clear enough.
    suggestions: if asking back is best, the likeliest readings to ask among, best first, at most three.
    candidates: the best readings whatever their worth, off-topic included, for the explanation.
    order: sides in the order in which they have come up, this message included.
    """

    words: tuple[str, ...]
    mentions: tuple[str, ...]
    signs: tuple[str, ...]
    requests: tuple[Request, ...]
    suggestions: tuple[Request, ...]
    candidates: tuple[Request, ...]
    order: tuple[str, ...]


def understand(words: tuple[str, ...], memory: Memory, knowledge: Knowledge) -> Reading:
    """Understand one message in the light of the conversation. `memory` must not have faded, see `Memory.recalled`.

    words: the message as `Knowledge.read` gives it; one without words (emoji, nothing at all) has no reading.
    """
    if not words:
        return Reading((), (), (), (), (), (), memory.order)
    whole = _Part(words, memory, knowledge)
    choices = _choices(whole, knowledge)
    reply = _reply(whole, choices)
    return Reading(
        words=words,
        mentions=tuple(whole.sides),
        signs=tuple(map(str, whole.signs)),
        requests=_clear(whole, reply, words, memory, knowledge),
        suggestions=choices if reply is Reply.ASK else (),
        candidates=tuple(whole.requests[:5]),
        order=_order(whole.sides, memory.order),
    )


def _choices(whole: "_Part", knowledge: Knowledge) -> tuple[Request, ...]:
    """The likeliest readings that are worth offering; what steers the conversation is not offered."""
    worth = [
        request
        for request in whole.requests
        if request.topic != OFF_TOPIC
        and worth_offering(request.confidence)
        and knowledge.topics[request.topic].about is not About.TALK
    ]
    return tuple(worth[:BUTTON_LIMIT])


def _reply(whole: "_Part", choices: Sequence[Request]) -> Reply:
    """What is best done if the message asks one thing."""
    likeliest = whole.likeliest.confidence if whole.likeliest else 0.0
    return best_reply(likeliest, [choice.confidence for choice in choices], whole.off_topic)


def _order(sides: Sequence[str], known: tuple[str, ...]) -> tuple[str, ...]:
    """Sides in order of mention; a message that names several starts a new order."""
    return tuple(sides) if len(sides) > 1 else (*known, *(side for side in sides if side not in known))


def _clear(
    whole: "_Part", reply: Reply, words: tuple[str, ...], memory: Memory, knowledge: Knowledge
) -> tuple[Request, ...]:
    """The requests that are clear enough to answer: several, one or none."""
    best = whole.requests[0]
    talk = best.topic != OFF_TOPIC and knowledge.topics[best.topic].about is About.TALK
    # What an editor wrote as one question asks no more than that, however many parts it has.
    may_fall_apart = talk or best.confidence < _WRITTEN_SO
    questions = _questions(_split(words, knowledge), whole, memory, knowledge) if may_fall_apart else []
    topics = {question.topic for question in questions}
    if len(questions) > 1 and PATH not in topics and best.topic != PATH:
        return tuple(questions)
    if len(questions) == 1 and talk:
        return tuple(questions)
    if whole.likeliest is not None and reply is Reply.ANSWER:
        return (whole.likeliest,)
    return tuple(questions) if len(questions) == 1 and best.topic != OFF_TOPIC else ()


def _questions(parts: Sequence[tuple[str, ...]], whole: "_Part", memory: Memory, knowledge: Knowledge) -> list[Request]:
    """The parts of a message that are questions of their own; each leans on the ones before it."""
    questions: list[Request] = []
    if len(parts) < 2:
        return questions
    even = 1 / len(knowledge.topics)
    traced = {request.topic for request in whole.requests if request.confidence >= even}
    if len(whole.sides) == 1:
        memory = memory.model_copy(update={"side": whole.sides[0]})
    for words in parts:
        part = _Part(words, memory, knowledge, whole)
        best = part.requests[0]
        if part.sides:
            order = _order(part.sides, memory.order)
            memory = memory.model_copy(update={"side": part.sides[-1], "order": order})
        if best.topic == OFF_TOPIC or not worth_adding(best.confidence):
            continue
        if knowledge.is_bare(words) and not part.repeats:
            continue
        # Half a sentence can look like anything; the whole must speak for it too, unless it is known word for word.
        if best.topic not in traced and best.confidence < _WORD_FOR_WORD and not part.repeats:
            continue
        if knowledge.topics[best.topic].about is not About.TALK:
            changes = {"topic": best.topic, "comparison": best.comparison or memory.comparison}
            memory = memory.model_copy(update=changes)
            if (best.topic, best.side) not in {(question.topic, question.side) for question in questions}:
                questions.append(best)
    return questions


def _split(words: tuple[str, ...], knowledge: Knowledge) -> list[tuple[str, ...]]:
    """The message cut behind its opening words, at clause borders, and at words that may join two questions."""
    opened = 0
    for start, end in knowledge.openers.find(words):
        opened = end if start == opened else opened
    parts = [words[:opened]] if opened else []
    clause = opened
    for border in [*(at for at, word in enumerate(words) if word == BORDER and at >= opened), len(words)]:
        parts.extend(_joined(words[clause:border], knowledge))
        clause = border + 1
    return parts[:_MOST_PARTS]


def _joined(clause: tuple[str, ...], knowledge: Knowledge) -> Iterator[tuple[str, ...]]:
    """The parts of one clause. What stands between two names joins these, and a bare name is no part of its own."""
    names = knowledge.names.find(clause)
    before, after = {name.end for name in names}, {name.start for name in names}
    cuts = [cut for cut in knowledge.joiners.find(clause) if not (cut[0] in before and cut[1] in after)]
    waiting: tuple[str, ...] = ()
    start = 0
    for cut_start, cut_end in [*cuts, (len(clause), len(clause))]:
        part = clause[start:cut_start]
        if part and not knowledge.is_bare(part):
            if waiting and not knowledge.is_bare(waiting):
                yield waiting
                waiting = ()
            waiting += part
        else:
            waiting += part
        start = cut_end
    if waiting:
        yield waiting


class _Part:
    """A message, or one clause of it, read in the light of the conversation."""

    def __init__(
        self, words: tuple[str, ...], memory: Memory, knowledge: Knowledge, whole: "_Part | None" = None
    ) -> None:
        """whole: the message that this is a clause of, None for the message itself."""
        self._words = words
        self._whole = whole
        self._memory = memory
        self._knowledge = knowledge
        self._references = self._found_references()
        self.sides = list(dict.fromkeys(side for side, _, _ in self._references))
        names = stand_ins([side for side, _, _ in self._references])
        spans = {(start, end): name for (_, start, end), name in zip(self._references, names, strict=True)}
        self.comparable = knowledge.comparable(masked(words, spans))

    def _found_references(self) -> list[tuple[str, int, int]]:
        """Sides named, counted ("the second one") or pointed at ("the other one"): (side, start, end)."""
        found = [(mention.side, mention.start, mention.end) for mention in self._knowledge.names.find(self._words)]
        if found:
            return found
        # A lone "first" or "other" in a longer sentence ("first year", "other courses") points at nothing.
        least = 1 if len(self._words) <= 3 else 2
        others = self._knowledge.other.find(self._words)
        order = self._memory.order
        for number, start, end in self._knowledge.counting.find(self._words):
            place = len(order) if number == LAST else number
            if end - start >= least and 0 < place <= len(order):
                # "dusra wala" names the other side, and the second one if no side is in focus.
                found.append((order[place - 1], start, max([end, *(last for first, last in others if first == start)])))
        other = self._other_side()
        if other is not None and not found:
            found = [(other, start, end) for start, end in others if end - start >= least]
        return found

    def _other_side(self) -> str | None:
        """The side that is not in focus, if there are exactly two."""
        own = self._knowledge.sides.get(self._memory.comparison or "", ())
        others = [side for side in own if side != self._memory.side]
        return others[0] if len(others) == 1 and self._memory.side in own else None

    @property
    def signs(self) -> tuple[Sign, ...]:
        """What likes and dislikes were seen, in the comparison where they say most."""
        return self._verdict.signs

    @cached_property
    def requests(self) -> list[Request]:
        """The likeliest readings, the best first; at least one."""
        if self.repeats and self._memory.topic is not None:
            topic = COURSE if self._memory.topic == COURSES else self._memory.topic
            return [self._request(topic, _ELLIPSIS, None, ())]
        ranking = self._knowledge.matcher.rank(self.comparable)
        shares: dict[str, float] = {}
        nearest: dict[str, Ranked] = {}
        for ranked in ranking:
            topic = ranked.label.partition("/")[0]
            shares[topic] = shares.get(topic, 0.0) + ranked.probability
            nearest.setdefault(topic, ranked)
        self._settle(shares, ranking)
        # Among very many topics even the likeliest may be so improbable.
        least = min(_NEXT_TO_IMPOSSIBLE, max(shares.values()))
        likely = [(topic, share) for topic, share in shares.items() if share >= least]
        likely.sort(key=lambda item: -item[1])
        return [self._request(topic, share, nearest[topic], ranking) for topic, share in likely[:_MOST_READINGS]]

    @property
    def likeliest(self) -> Request | None:
        """The likeliest reading that can be answered, None if there is none."""
        return next((request for request in self.requests if request.topic != OFF_TOPIC), None)

    @property
    def off_topic(self) -> float:
        """Probability that nothing of what is known was asked."""
        return next((request.confidence for request in self.requests if request.topic == OFF_TOPIC), 0.0)

    @cached_property
    def repeats(self) -> bool:
        """A bare name ("and ml?", "the other one?") repeats the last question about another side."""
        topic = self._memory.topic
        if len(self.sides) != 1 or topic is None or self._knowledge.topics[topic].about not in _REPEATABLE:
            return False
        around = self._knowledge.repeats.find(self.comparable)
        return sum(end - start for start, end in around) == len(self.comparable)

    def _settle(self, shares: dict[str, float], ranking: Sequence[Ranked]) -> None:
        """A stated taste turns "which one?" into a path, without any sign a path is "which one?".

        With a side in focus "the course" is its course, not the list of all.
        """
        if worth_offering(shares.get(COURSE, 0.0)) and self._memory.side is not None and not self.sides:
            shares[COURSE] += shares[COURSES]
            shares[COURSES] = 0.0
        if not worth_offering(shares.get(PATH, 0.0) + shares.get(RECOMMENDATION, 0.0)):
            return
        goal = self._goal(ranking)
        if goal is not None and self._states_taste:
            _weigh(shares, self._knowledge.stated)
        given, taken = (PATH, RECOMMENDATION) if goal is not None else (RECOMMENDATION, PATH)
        if goal is None or self._states_taste or lead(self._goals) >= CLEAR_LEAD:
            shares[given] = shares.get(given, 0.0) + shares.get(taken, 0.0)
            shares[taken] = 0.0

    @cached_property
    def _comparison(self) -> str | None:
        """The comparison that the message is about, None if it may be several."""
        fitting = self._knowledge.comparisons_with(*(side for side in self.sides if side in self._knowledge.roles))
        if self._memory.comparison in fitting:
            return self._memory.comparison
        return fitting[0] if len(fitting) == 1 or (fitting and self.sides) else None

    @cached_property
    def _tastes(self) -> tuple[str, Verdict]:
        """What likes and dislikes say, in the comparison at hand or in the one where they say most."""
        choices = [self._comparison] if self._comparison else list(self._knowledge.comparisons)
        verdicts = [(comparison, self._knowledge.tastes.weigh(self._words, comparison)) for comparison in choices]
        return max(verdicts, key=lambda each: each[1].lead())

    @property
    def _verdict(self) -> Verdict:
        return self._tastes[1]

    def _goal(self, ranking: Sequence[Ranked]) -> str | None:
        """The side or course that a stated goal leads to, None if nothing speaks for any."""
        goals = {ranked.label.partition("/")[2]: ranked.probability for ranked in ranking if "/" in ranked.label}
        further = [side for side in goals if side not in self._knowledge.roles]
        for side in further:
            if side in self.sides or goals[side] > 1 - goals[side]:
                return side
        leader = max(self._goals, key=lambda goal: self._goals[goal])
        return leader if lead(self._goals) > 0 and self._knowledge.has_path(leader) else None

    @property
    def _states_taste(self) -> bool:
        """Whether it is said in so many words that something of one side is liked or disliked."""
        return self._verdict.stated and self._verdict.leader() is not None

    @cached_property
    def _goals(self) -> Mapping[str, float]:
        """Goal -> how much speaks for it in the whole message: pieces of the learner's own story, and signs."""
        if self._whole is not None:
            return self._whole._goals
        comparison, verdict = self._tastes
        return goals_of(self._words, comparison, verdict, self._knowledge)

    def _request(self, topic: str, confidence: float, ranked: Ranked | None, ranking: Sequence[Ranked]) -> Request:
        comparison = self._comparison
        info = self._knowledge.topics.get(topic)
        side: str | None = None
        if info is not None and info.about is About.SIDE:
            side = self._side()
        elif topic == PATH:
            side = self._goal(ranking) if worth_offering(confidence) else None
            comparison = self._knowledge.comparison_with_path(side, comparison)
        elif topic == COURSE:
            side = self._course()
            topic = topic if side else COURSES
        example = None
        if ranked is not None and ranked.example is not None:
            example = self._knowledge.examples[ranked.label][ranked.example]
        return Request(
            topic=topic,
            side=side,
            comparison=comparison,
            confidence=confidence,
            phrase=example.phrase if example else "",
            place=example.place if example else "",
        )

    def _side(self) -> str | None:
        """The one side asked about, None if it is all of them."""
        if len(self.sides) == 1:
            return self.sides[0]
        if self.sides or self._knowledge.both.find(self._words):
            return None
        return self._memory.side

    def _course(self) -> str | None:
        wanted = self.sides[0] if self.sides else self._verdict.leader() or self._memory.side
        return self._knowledge.course_of(wanted, self._comparison) if wanted else None


def _weigh(shares: dict[str, float], odds: Mapping[str, float]) -> None:
    """Make each topic as many times likelier than before; all shares still add up to 1."""
    for topic in shares:
        shares[topic] *= odds[topic]
    total = sum(shares.values())
    for topic in shares:
        shares[topic] /= total
