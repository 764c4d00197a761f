"""How words are typed."""

from typing import Annotated

from pydantic import Field

from bot.core.knowledge.parts import File
from bot.core.moments import TimeOfDay


class Language(File):
    """knowledge/language.yaml: how words are typed, so that all spellings of a word count as one."""

    spellings: dict[str, tuple[str, ...]]
    abbreviations: dict[str, str]
    fillers: Annotated[tuple[str, ...], Field(description="carry nothing of what is asked")]
    likes: Annotated[tuple[str, ...], Field(description="like, love, pasand")]
    dislikes: Annotated[tuple[str, ...], Field(description="hate, boring, darr")]
    negations_before: Annotated[tuple[str, ...], Field(description="not, never: stand before what they turn round")]
    negations_after: Annotated[tuple[str, ...], Field(description="nahi, mat: stand behind what they turn round")]
    contrasts: Annotated[tuple[str, ...], Field(description="but, lekin: a new thought begins")]
    less_after: Annotated[tuple[str, ...], Field(description="over, rather than: what follows is liked less")]
    less_before: Annotated[tuple[str, ...], Field(description="se zyada: what stands before is liked less")]
    ordinals: Annotated[dict[str, tuple[str, ...]], Field(description="positions in order: first, second, ...")]
    numbers: Annotated[dict[str, tuple[str, ...]], Field(description="numbers in words from one: two, do, no 2")]
    counters: Annotated[tuple[str, ...], Field(description="number, option: a number beside them is that of a choice")]
    picking: Annotated[tuple[str, ...], Field(description="i want, chahiye: around a number that picks a choice")]
    other: Annotated[tuple[str, ...], Field(description="the option that is not in focus")]
    both: Annotated[tuple[str, ...], Field(description="all options at once")]
    joiners: Annotated[tuple[str, ...], Field(description="may join two questions: and also, aur")]
    repeats: Annotated[tuple[str, ...], Field(description="and, what about, wala: with a name the same again")]
    beginnings: Annotated[tuple[str, ...], Field(description="i wanted to ask: what is asked is still to come")] = ()
    undecided: Annotated[tuple[str, ...], Field(description="not sure, pata nahi: no choice is preferred")] = ()
    leaving: Annotated[tuple[str, ...], Field(description="later, no more questions: leaves a path finder")] = ()
    resuming: Annotated[tuple[str, ...], Field(description="continue: goes on with a path finder that was left")] = ()
    openers: Annotated[tuple[str, ...], Field(description="hello, good morning: a question may follow them")]
    appointments: "Appointments | None" = None
    transliteration: "Transliteration"


class Transliteration(File):
    """A script that writes vowels as signs on consonants, letter by letter in Latin."""

    letters: dict[str, str]
    vowels: dict[str, str]
    signs: dict[str, str]
    virama: str
    inherent: str
    digits: dict[str, str]


Spoken = tuple[str, ...]


class PartOfDay(File):
    """A part of the day that people name instead of an hour, or beside one."""

    words: Spoken
    at: Annotated[TimeOfDay, Field(description="what it means without an hour")]


class Units(File):
    """Lengths of time."""

    minute: Spoken
    hour: Spoken
    day: Spoken
    week: Spoken
    month: Spoken


class Appointments(File):
    """How learners say when they want to be reminded. Lists of lists stand in the order of the calendar."""

    asking: Annotated[
        Spoken, Field(description="remind me, yaad dila: with a time beside them, the wish for a reminder")
    ]
    days: Annotated[tuple[Spoken, ...], Field(description="today, tomorrow, and so on", min_length=1)]
    weekdays: Annotated[tuple[Spoken, ...], Field(description="Monday first", min_length=7, max_length=7)]
    months: Annotated[tuple[Spoken, ...], Field(description="January first", min_length=12, max_length=12)]
    units: Units
    single: Annotated[Spoken, Field(description="a, next, agle: one of the unit that follows")]
    parts: Annotated[tuple[PartOfDay, ...], Field(description="in the order of the day")]
    oclock: Annotated[Spoken, Field(description="baje: makes a number before it an hour")]
    before_hour: Annotated[Spoken, Field(description="at: makes a number behind it an hour")]
    before_noon: Annotated[Spoken, Field(description="am")]
    after_noon: Annotated[Spoken, Field(description="pm")]
    usual: Annotated[TimeOfDay, Field(description="when only the day is said")]
