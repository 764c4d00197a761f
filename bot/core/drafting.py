"""Drafts an entry of the knowledge from a question and the reply that a person gave to it. Pure."""

from collections.abc import Collection, Iterable, Sequence
from itertools import count
from typing import Final

from bot.core.anonymous import question_of, reply_of
from bot.core.entries import topics
from bot.core.knowledge import Answer, Faq, Folder
from bot.core.spoken import Spoken

_TITLE: Final = 20
"""Characters of a title, as on buttons."""
_PHRASE: Final = 300
_WORDS_OF_ID: Final = 3
_SHORTEST_WORD: Final = 3
_NAMELESS: Final = "question"


def draft(questions: Sequence[str], reply: str, folder: Folder, names: Iterable[str] = ()) -> Faq:
    """Return an entry with these wordings and this reply, both without personal data; topic and title are guessed.

    questions: at least one, as learners wrote them. names: those of learners and staff, to be taken out.
    """
    known, spoken = tuple(names), Spoken(folder)
    asked = list(dict.fromkeys(filter(None, (question_of(question, known)[:_PHRASE] for question in questions))))
    phrases = by_language(asked, spoken)
    # Ids and titles are for staff, who read the language of the school.
    first = next(iter(phrases.get(folder.school.content.language, asked)), _NAMELESS)
    topic = _topic(spoken.telling(first, _WORDS_OF_ID), {topic.id for topic in topics(folder)})
    return Faq(topic=topic, title=title(first), phrases=phrases, answer=Answer(text=reply_of(reply, known)))


def by_language(phrases: Iterable[str], spoken: Spoken) -> dict[str, tuple[str, ...]]:
    """Sort phrases by the language that each is in."""
    sorted_: dict[str, tuple[str, ...]] = {}
    for phrase in phrases:
        language = spoken.language(phrase)
        sorted_[language] = (*sorted_.get(language, ()), phrase)
    return sorted_


def title(question: str) -> str:
    """Return the beginning of a question, whole words of it as far as 20 characters reach."""
    shown = ""
    for word in question.rstrip("?!. ").split():
        if len(longer := f"{shown} {word}".strip()) > _TITLE:
            break
        shown = longer
    shown = shown or question[:_TITLE]
    return shown[:1].upper() + shown[1:]


def _topic(words: Iterable[str], taken: Collection[str]) -> str:
    plain = ["".join(letter for letter in word if letter.isascii() and letter.isalnum()) for word in words]
    name = "_".join([word for word in plain if len(word) >= _SHORTEST_WORD])
    name = name if name[:1].isalpha() else f"{_NAMELESS}_{name}".rstrip("_")
    return name if name not in taken else next(f"{name}_{n}" for n in count(2) if f"{name}_{n}" not in taken)
