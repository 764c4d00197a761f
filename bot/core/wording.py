"""Titles, names and answers in one language; what is not translated stays as it is written."""

from typing import Final

from bot.core.catalogue import COURSE, Entry, Knowledge
from bot.core.knowledge import FinderQuestion, TranslatedComparison, TranslatedQuestion, Translation, Words

_NOTHING: Final = Translation()


class Wording:
    """How the knowledge reads in one language."""

    def __init__(self, knowledge: Knowledge, language: str) -> None:
        self._knowledge = knowledge
        self._translation = knowledge.translations.get(language, _NOTHING)

    def title(self, topic: str) -> str:
        """The title of a topic, as on buttons."""
        translated = self._translation.topics.get(topic)
        return translated.title if translated else self._knowledge.topics[topic].title

    def heading(self, entry: Entry) -> str:
        """What stands above an entry, in the language of its answer; empty for nothing."""
        written = self._knowledge.topics[entry.topic].heading
        translated = self._translation.topics.get(entry.topic)
        if not (entry.side and written):
            return written
        if translated and translated.heading and entry.id in self._translation.entries:
            return translated.heading.replace("{side}", self.name(entry.side))
        return written.replace("{side}", self._knowledge.name(entry.side))

    def answer(self, entry: Entry) -> Words:
        """What an entry says."""
        return self._translation.entries.get(entry.id, entry.answer)

    def name(self, side: str) -> str:
        """The name of a side or course."""
        if side not in self._knowledge.roles:
            return self.course(side)
        translated = self._translation.sides.get(side)
        return translated.name if translated and translated.name else self._knowledge.name(side)

    def course(self, course: str) -> str:
        """The name of a course, which may have the id of the side that it teaches."""
        translated = self._translation.courses.get(course)
        return translated.name if translated and translated.name else self._knowledge.courses[course].name

    def suits(self, course: str) -> str:
        """Whom a course suits, the end of a sentence."""
        translated = self._translation.entries.get(f"{COURSE}/{course}")
        return translated.text if translated else self._knowledge.courses[course].suits

    def short(self, side: str) -> str:
        """The name of a side or course for buttons."""
        is_role = side in self._knowledge.roles
        translated = self._translation.sides.get(side) if is_role else self._translation.courses.get(side)
        return translated.short if translated and translated.short else self._knowledge.short(side)

    def finder(self, comparison: str) -> tuple[FinderQuestion, ...]:
        """The questions of a path finder, none if editors have written none."""
        translated = self._translation.comparisons.get(comparison, TranslatedComparison()).finder
        written = self._knowledge.comparisons[comparison].finder
        return tuple(_asked(question, translated.get(question.id)) for question in written)

    def comparison(self, comparison: str) -> str:
        """The title of a comparison."""
        translated = self._translation.comparisons.get(comparison)
        return translated.title if translated and translated.title else self._knowledge.comparisons[comparison].title

    def comparison_short(self, comparison: str) -> str:
        """The title of a comparison for buttons."""
        translated = self._translation.comparisons.get(comparison)
        return translated.short if translated and translated.short else self._knowledge.comparisons[comparison].short


def _asked(question: FinderQuestion, translated: TranslatedQuestion | None) -> FinderQuestion:
    """A question as far as it is translated."""
    if translated is None:
        return question
    choices = tuple(
        choice.model_copy(update=dict(translated.choices[choice.id])) if choice.id in translated.choices else choice
        for choice in question.choices
    )
    return question.model_copy(update={"text": translated.text, "choices": choices})
