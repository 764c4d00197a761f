"""Drafts an entry of the knowledge from a question and the reply that a person gave to it. Pure."""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Final

from bot.core.anonymous import question_of, reply_of
from bot.core.catalogue import Knowledge
from bot.core.knowledge import Answer, Faq
from bot.core.mentions import OTHER, SIDE, TERM

_TITLE: Final = 20
"""Characters of a title, as on buttons."""
_PHRASE: Final = 300
_WORDS_OF_ID: Final = 3
_SHORTEST_WORD: Final = 4
"""Letters of a word that may name a topic: shorter ones are mostly `is`, `the`, `kya`."""
_NAMELESS: Final = "question"


def draft(questions: Sequence[str], reply: str, knowledge: Knowledge, names: Iterable[str] = ()) -> Faq:
    """Return an entry with these wordings and this reply, both without personal data; topic and title are guessed.

    questions: at least one, as learners wrote them. names: those of learners and staff, to be taken out.
    """
    known = tuple(names)
    asked = list(dict.fromkeys(filter(None, (question_of(question, known)[:_PHRASE] for question in questions))))
    phrases: dict[str, tuple[str, ...]] = {}
    for phrase in asked:
        language = phrase_language(phrase, knowledge)
        phrases[language] = (*phrases.get(language, ()), phrase)
    first = asked[0] if asked else _NAMELESS
    return Faq(
        topic=_topic(first, knowledge), title=title(first), phrases=phrases, answer=Answer(text=reply_of(reply, known))
    )


def phrase_language(phrase: str, knowledge: Knowledge) -> str:
    """Guess under which language a phrase belongs: by its letters, so Hindi in Latin letters counts as English."""
    return knowledge.language_of(phrase) or knowledge.school.language


def title(question: str) -> str:
    """Return the beginning of a question, whole words of it as far as 20 characters reach."""
    shown = ""
    for word in question.rstrip("?!. ").split():
        if len(longer := f"{shown} {word}".strip()) > _TITLE:
            break
        shown = longer
    shown = shown or question[:_TITLE]
    return shown[:1].upper() + shown[1:]


def _topic(question: str, knowledge: Knowledge) -> str:
    words = [word for word in knowledge.comparable(knowledge.read(question)) if word not in (SIDE, OTHER, TERM)]
    telling = [word for word in words if len(word) >= _SHORTEST_WORD] or words
    plain = ["".join(letter for letter in word if letter.isascii() and letter.isalnum()) for word in telling]
    name = "_".join([word for word in plain if word][-_WORDS_OF_ID:])
    name = name if name[:1].isalpha() else f"{_NAMELESS}_{name}".rstrip("_")
    if name not in knowledge.topics:
        return name
    return next(f"{name}_{number}" for number in count(2) if f"{name}_{number}" not in knowledge.topics)
