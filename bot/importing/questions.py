"""Makes questions of their own out of the frequent questions of a page."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from bot.core.checks import written
from bot.core.checks.texts import folded
from bot.core.knowledge import Folder
from bot.core.messages import MENU_TEXT_LIMIT
from bot.importing.cards import Question
from bot.importing.draft import CUT, POINT_LIMIT, Draft, capitalised
from bot.importing.format import plain, telling_words
from bot.importing.ids import slug
from bot.importing.naming import Named
from bot.importing.shortening import cut, cut_at_word

_TITLE_LIMIT: Final = 20
_WORDS_OF_ID: Final = 4


def faqs_of(
    questions: Sequence[Question], sides: Sequence[Named], folder: Folder, draft: Draft
) -> list[dict[str, Any]]:
    """The `faqs` of the file. A question that the folder knows already is left out, and the editor is told where."""
    known = {folded(phrase.text): phrase for phrase in written.phrases(folder) if phrase.comparison is None}
    taken = {*folder.topics, *(faq.faq.topic for faq in written.faqs(folder) if faq.comparison is None)}
    found: list[dict[str, Any]] = []
    for question in questions:
        phrase = cut(_with_slots(question.question.rstrip(" ?.!"), sides), POINT_LIMIT)
        if held := known.get(folded(phrase)):
            where = f"{held.document.place(held.key)} (topic {held.topic})" if held.document else "above"
            draft.note(("faqs",), f"“{question.question}” is left out: it stands already in {where}")
            continue
        words = telling_words(_without_names(question.question, sides)) or question.question.split()
        topic = next(found for found in _ids(words) if found not in taken)
        taken.add(topic)
        title = capitalised(cut_at_word(" ".join(words), _TITLE_LIMIT))
        answer = cut(question.answer, MENU_TEXT_LIMIT - len(f"*{title}*\n"))
        number = len(found)
        if answer != question.answer:
            draft.note(("faqs", number, "answer"), CUT)
        language = "hi" if re.search("[\u0900-\u097f]", phrase) else "en"
        found.append({"topic": topic, "title": title, "answer": answer, "phrases": {language: [phrase]}})
    if found:
        draft.note(("faqs",), "the titles, which stand on buttons, are made of the questions' words")
    return found


def _with_slots(question: str, sides: Sequence[Named]) -> str:
    """The question with the id of a side in braces wherever it names the side."""
    ids = {folded(name): side.id for side in sides for name in (side.name, side.short, *side.names)}
    bare = question.translate({ord("{"): None, ord("}"): None})
    return _names(ids).sub(lambda found: f"{{{ids[folded(found[0])]}}}", bare)


def _without_names(question: str, sides: Sequence[Named]) -> str:
    names = [folded(name) for side in sides for name in (side.name, *side.names)]
    rest = " ".join(_names(names).sub(" ", question).split())
    return rest if plain(rest) else question


def _names(names: Sequence[str] | dict[str, str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<![\w{{-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w}}-])", re.IGNORECASE)


def _ids(words: Sequence[str]) -> Iterator[str]:
    first = slug(" ".join(words[:_WORDS_OF_ID]))
    yield first
    yield from (f"{first}_{number}" for number in range(2, 999))
