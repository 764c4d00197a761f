"""What the bot answers from: the knowledge files made ready for look-up."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from typing import Final

from bot.core.appointments import Calendar
from bot.core.counting import Counting
from bot.core.entries import (
    COURSE,
    COURSES,
    OFF_TOPIC,
    PATH,
    RECOMMENDATION,
    Entry,
    Example,
    TopicInfo,
    entries,
    examples,
    topics,
)
from bot.core.evidence import Tastes
from bot.core.knowledge import About, Comparison, Folder, Lines, Path, Translation
from bot.core.languages import Languages
from bot.core.leaning import Leaning
from bot.core.links import Link, link_to, possible_tags
from bot.core.matching import Matcher
from bot.core.memory import Choice
from bot.core.mentions import OTHER, SIDE, TERM, Names, masked, stand_ins
from bot.core.text import BORDER, Lexicon, Speller, Wordings

__all__ = [
    "COURSE",
    "COURSES",
    "OFF_TOPIC",
    "PATH",
    "RECOMMENDATION",
    "Entry",
    "Example",
    "Knowledge",
    "TopicInfo",
    "entries",
    "topics",
]

_REMEMBERED: Final = 64
"""Messages whose words are kept: one is read several times while it is decided, and some are decided at once."""


class Knowledge:
    """All knowledge of one folder, checked and ready to answer. `version` names its content.

    before: what an edit was made to. What it leaves alone is taken from there, which changes nothing but the time.
    """

    def __init__(self, folder: Folder, before: "Knowledge | None" = None) -> None:
        self.version = folder.version
        self.school = folder.school.content
        self.courses = folder.courses.content.courses
        self.canned_replies = folder.canned_replies.content.replies
        self.lines: Mapping[str, Lines] = {language: document.content for language, document in folder.lines.items()}
        self.translations: Mapping[str, Translation] = {
            language: document.content for language, document in folder.translations.items()
        }
        self.comparisons: Mapping[str, Comparison] = {
            comparison: document.content for comparison, document in folder.comparisons.items()
        }
        self.topics = {topic.id: topic for topic in topics(folder)}
        self.tests = folder.tests
        self.entries = {entry.id: entry for entry in entries(folder)}
        self.language = folder.language.content
        self.lexicon = Lexicon(folder.language.content)
        self.languages = Languages(self.lines, self.school.language, self.lexicon)
        self.names = Names(self.comparisons.values(), folder.courses.content, self.lexicon)
        self.tastes = Tastes(self.comparisons, self.names.sides, self.language, self.lexicon)
        self._fillers = self.lexicon.wordings(self.language.fillers)
        self.joiners = self.lexicon.wordings(self.language.joiners)
        self.openers = self.lexicon.wordings(self.language.openers)
        self._beginnings = self.lexicon.wordings(self.language.beginnings)
        self.repeats = (
            self.lexicon.wordings(self.language.repeats) | self.joiners | Wordings([(SIDE,), (OTHER,), (TERM,)])
        )
        self.undecided, self.leaving, self.resuming = map(
            self.lexicon.wordings, (self.language.undecided, self.language.leaving, self.language.resuming)
        )
        self._picking = self.lexicon.wordings(self.language.picking)
        self.other = self.lexicon.wordings(self.language.other)
        self.both = self.lexicon.wordings(self.language.both)
        self.counting = Counting(self.language, self.lexicon)
        appointments = self.language.appointments
        self.calendar = Calendar(appointments, self.language, self.lexicon) if appointments else None
        self.asking_to_be_reminded = self.lexicon.wordings(appointments.asking if appointments else ())
        self.read = lru_cache(maxsize=_REMEMBERED)(self._read)
        self._learn(folder, before)

    def _learn(self, folder: Folder, before: "Knowledge | None") -> None:
        written = list(examples(folder))
        known = before._words_of if before is not None and before.language == self.language else {}
        self._words_of: Mapping[str, list[str]] = {
            phrase: known[phrase] if phrase in known else self.lexicon.words(_slots_filled(phrase))
            for phrase in {example.phrase for _, example in written}
        }
        self._naming = [self.language, [content.sides for content in self.comparisons.values()], self.courses]
        compared = before._compared_of if before is not None and before._naming == self._naming else {}
        self._compared_of: Mapping[str, tuple[list[str], bool]] = {
            phrase: compared.get(phrase) or (self.comparable(words), self.tastes.states(words))
            for phrase, words in self._words_of.items()
        }
        phrases = [(label, example, self._words_of[example.phrase]) for label, example in written]
        vocabulary = Counter(word for _, _, words in phrases for word in words)
        vocabulary.update(self.names.words | self.tastes.words | self.counting.words)
        vocabulary.update(self.calendar.words if self.calendar else ())
        self.speller = Speller(vocabulary)
        texts: dict[str, list[list[str]]] = {}
        self.examples: dict[str, list[Example]] = {}
        for label, example, words in phrases:
            if not words:
                continue
            texts.setdefault(label, []).append(self._compared_of[example.phrase][0])
            self.examples.setdefault(label, []).append(example)
        self._texts = texts
        # Most edits change answers and no phrase, and making a matcher takes as long as everything else.
        known_matcher = before.matcher if before is not None else None
        is_known = before is not None and before._texts == texts
        self.matcher: Matcher = known_matcher if known_matcher and is_known else Matcher(texts, before=known_matcher)
        self._undecided = [words for label, _, words in phrases if label == RECOMMENDATION]
        self.leaning = cache(self._learnt_leaning)
        self.stated: Mapping[str, float] = _shares_stated(
            [(label.partition("/")[0], self._compared_of[example.phrase][1]) for label, example, _ in phrases]
        )

    def _learnt_leaning(self, comparison: str) -> Leaning | None:
        """Where stories lead in a comparison, None without paths. Who just asks which one to choose leans nowhere.

        Learnt when it is first asked for: with many comparisons that takes longer than everything else.
        """
        paths = self.comparisons[comparison].paths
        if not paths:
            return None
        people = {path.side: [self.told(self.read(text)) for text in _texts(path)] for path in paths}
        return Leaning(people, [self.told(words) for words in self._undecided])

    def _read(self, text: str) -> tuple[str, ...]:
        """Canonical words of a message, misspelt ones repaired, BORDER between clauses."""
        return tuple(map(self.speller.repair, self.lexicon.words(text)))

    def comparable(self, words: Sequence[str]) -> list[str]:
        """What is compared: names replaced by SIDE and OTHER, TERM behind known terms, no borders, no fillers.

        A message of nothing but fillers is compared as it stands.
        """
        mentions = self.names.find(words)
        spans = [(mention.start, mention.end) for mention in mentions]
        names = stand_ins([mention.side for mention in mentions])
        named = [word for word in masked(words, dict(zip(spans, names, strict=True))) if word != BORDER]
        idle = {position for start, end in self._fillers.find(named) for position in range(start, end)}
        ends = {end - 1 for _, end in self.tastes.terms.find(named)}
        telling = range(len(named)) if len(idle) == len(named) else [at for at in range(len(named)) if at not in idle]
        return [word for at in telling for word in ((named[at], TERM) if at in ends else (named[at],))]

    def told(self, words: Sequence[str]) -> list[str]:
        """What somebody tells beside the names of sides: the words without these and without borders."""
        spans = {(mention.start, mention.end): BORDER for mention in self.names.find(words)}
        return [word for word in masked(words, spans) if word not in (BORDER, SIDE, OTHER)]

    def says_only(self, words: Sequence[str], wordings: Wordings) -> bool:
        """Whether words are some of these wordings and nothing else but fillers and what may stand around a choice."""
        said = wordings.find(words)
        spans = [*said, *self._fillers.find(words), *self._picking.find(words)]
        return bool(said) and {at for start, end in spans for at in range(start, end)}.issuperset(
            at for at, word in enumerate(words) if word != BORDER
        )

    def telling(self, words: Sequence[str]) -> list[str]:
        """The words that tell something: no borders, no fillers, no "i would like the"."""
        idle = {
            at for some in (self._fillers, self._picking) for start, end in some.find(words) for at in range(start, end)
        }
        return [word for at, word in enumerate(words) if at not in idle and word != BORDER]

    def turns(self, words: Sequence[str]) -> bool:
        """Whether something in the words is turned round or liked less: "not models", "servers se zyada data"."""
        return bool(self.tastes.turning.find(words))

    def is_bare(self, words: Sequence[str]) -> bool:
        """Whether there is nothing in the words but names and terms."""
        return {SIDE, OTHER, TERM}.issuperset(self.comparable(words))

    def says_little(self, words: Sequence[str]) -> bool:
        """Whether there is nothing in the words but names, greetings, fillers and what begins a question."""
        idle = (self._fillers, self.openers, self.joiners, self._beginnings)
        spans = [span for wordings in idle for span in wordings.find(words)]
        spans += [(mention.start, mention.end) for mention in self.names.find(words)]
        return {at for start, end in spans for at in range(start, end)}.issuperset(
            at for at, word in enumerate(words) if word != BORDER
        )

    def goes_on(self, words: Sequence[str]) -> bool:
        """Whether the last words ask for more to follow: "... and", "... tell me about"."""
        return any(end == len(words) for some in (self.joiners, self._beginnings) for _, end in some.find(words))

    @property
    def promise(self) -> str:
        """That somebody will answer, in the school's language: what can be said when nothing else can."""
        return self.lines[self.school.language].promise

    @cached_property
    def sides(self) -> Mapping[str, tuple[str, ...]]:
        """Comparison -> its sides in the order of the file."""
        return {comparison: tuple(content.sides) for comparison, content in self.comparisons.items()}

    @cached_property
    def roles(self) -> frozenset[str]:
        """All sides of all comparisons; a course without a role of its own is not among them."""
        return frozenset(side for sides in self.sides.values() for side in sides)

    @cached_property
    def links(self) -> Mapping[str, Link]:
        """Tag -> link, for every entry, every topic that can be asked about, and every comparison."""
        return {link.tag: link for link in self._links()}

    def _links(self) -> Iterator[Link]:
        for entry in self.entries.values():
            choice = Choice(topic=entry.topic, side=entry.side, comparison=entry.comparison)
            title = self.topics[entry.topic].title
            yield link_to("entry", entry.id, f"{title}: {self.name(entry.side)}" if entry.side else title, choice)
        for topic in self.topics.values():
            # A question of its own is an entry, and "thank you" is no way to begin.
            if topic.about not in (About.TALK, About.FAQ, About.PATH, About.COURSE):
                yield link_to("topic", topic.id, topic.title, Choice(topic=topic.id))
        for comparison, content in self.comparisons.items():
            # It begins with what the editor says first of all sides together.
            if first := next(iter(content.answers), None):
                yield link_to("comparison", comparison, content.title, Choice(topic=first, comparison=comparison))

    def link_in(self, text: str) -> Link | None:
        """The link by which somebody came who writes this, None if by none."""
        return next((self.links[tag] for tag in possible_tags(text) if tag in self.links), None)

    def comparison_with_path(self, goal: str | None, preferred: str | None) -> str | None:
        """The comparison that says where this goal leads: the preferred one if it does, else the first that does."""
        owners = self._with_path(goal)
        return preferred if preferred in owners else next(iter(owners), preferred)

    def has_path(self, goal: str | None) -> bool:
        """Whether any comparison says where this goal leads."""
        return bool(self._with_path(goal))

    def _with_path(self, goal: str | None) -> list[str]:
        return [comparison for comparison in self.comparisons if f"{comparison}/{PATH}/{goal}" in self.entries]

    def comparisons_with(self, *sides: str) -> list[str]:
        """The comparisons that have all of these sides."""
        return [comparison for comparison, own in self.sides.items() if set(sides) <= set(own)]

    def name(self, side: str) -> str:
        """The name of a side or course, as shown to learners."""
        for comparison in self.comparisons.values():
            if side in comparison.sides:
                return comparison.sides[side].name
        return self.courses[side].name

    def short(self, side: str) -> str:
        """The name of a side or course for buttons."""
        for comparison in self.comparisons.values():
            if side in comparison.sides:
                return comparison.sides[side].short
        return self.courses[side].short

    def course_of(self, side: str, comparison: str | None) -> str | None:
        """The course that teaches a side, None if the school has none for it."""
        if comparison is not None and side in self.comparisons[comparison].sides:
            return self.comparisons[comparison].sides[side].course
        for other in self.comparisons.values():
            if side in other.sides and other.sides[side].course:
                return other.sides[side].course
        return side if side in self.courses else None

    def entry_id(self, topic: str, side: str | None, comparison: str | None) -> str:
        """The id of what answers a topic; for answers about all sides the id without a side."""
        entry = self.find(topic, side, comparison)
        return entry.id if entry else "/".join(part for part in (comparison, topic, side) if part)

    def place_of(self, topic: str, side: str | None, comparison: str | None) -> str:
        """The `file:line` of what answers a topic, those of all sides joined by commas; else that of the topic."""
        entry = self.find(topic, side, comparison)
        if entry is not None:
            return entry.place
        sides = self.sides.get(comparison or next(iter(self.comparisons)), ()) if side is None else ()
        places = [found.place for one in sides if (found := self.find(topic, one, comparison)) is not None]
        return ", ".join(places) or self.topics[topic].place

    def language_wished(self, words: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
        """The language that words ask to be answered in, None if they do not; and what they say besides."""
        for language, start, end, plain in self.languages.wishes(words):
            rest = (*words[:start], *words[end:])
            if plain or self.says_little(rest):
                return language, rest
        return None, tuple(words)

    def find(self, topic: str, side: str | None, comparison: str | None) -> Entry | None:
        """The entry that answers a topic about a side, in this comparison or, without one, in the first that has it."""
        for place in [comparison] if comparison else [*self.comparisons, None]:
            parts = [part for part in (place, topic, side) if part is not None]
            if entry := self.entries.get("/".join(parts)):
                return entry
        return self.entries.get("/".join(part for part in (topic, side) if part is not None))


def _shares_stated(phrases: Iterable[tuple[str, bool]]) -> Mapping[str, float]:
    """Topic -> the share of its phrases that state a taste for a side; given is the topic of each and whether it does.

    The fewer phrases a topic has, the more it is taken to be like all others; no share is 0.
    """
    known, stating = Counter[str](), Counter[str]()
    for topic, states in phrases:
        known[topic] += 1
        stating[topic] += states
    usual = (1 + stating.total()) / (1 + known.total())
    return {topic: (stating[topic] + 1) / (known[topic] + 1 / usual) for topic in known}


_SLOT: Final = re.compile(r"\{([a-z0-9_-]*)\}")


def _slots_filled(phrase: str) -> str:
    """A phrase with its placeholders replaced by the words that stand for any name or any term."""
    slots = [slot for slot in _SLOT.findall(phrase) if slot != "term"]
    names = iter(stand_ins(slots))
    return _SLOT.sub(lambda slot: f" {TERM if slot[1] == 'term' else next(names)} ", phrase)


def _texts(path: Path) -> Iterator[str]:
    """Everything that is written of the people who should go this way."""
    for written in (*path.phrases.values(), *path.people.values()):
        yield from written
