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
from bot.importing.format import is_loose, plain, telling_words
from bot.importing.ids import slug
from bot.importing.naming import Named
from bot.importing.shortening import cut, cut_at_word

_TITLE_LIMIT: Final = 20


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
        words = _title(question.question, sides)
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


def _title(question: str, sides: Sequence[Named]) -> list[str]:
    """The words of a question that say most of it within a title, and do not end in the middle of a thought.

    Of two sides that it names, the second one may tell what is asked of the first: that stays if there is room.
    """
    without = telling_words(_without_names(question, sides)) or question.split()
    with_second = telling_words(_with_second_name(question, sides))
    if with_second != without and len(" ".join(with_second)) <= _TITLE_LIMIT:
        return with_second
    is_end = question.rstrip(" ?.!").endswith(without[-1])
    runs = [(low, high) for low in range(len(without)) for high in range(low + 1, len(without) + 1)]
    ending = [
        without[low:high] for low, high in runs if not is_loose(without[high - 1]) or (is_end and high == len(without))
    ]
    whole = [run for run in ending if len(" ".join(run)) <= _TITLE_LIMIT]
    return max(whole, key=lambda run: len(" ".join(run)), default=without)


def _with_second_name(question: str, sides: Sequence[Named]) -> str:
    """The question without the side named first, and with the short name of the one named second."""
    shorts = {folded(name): side.short for side in sides for name in (side.name, side.short, *side.names)}
    first, *others = [shorts[folded(found[0])] for found in _names(shorts).finditer(question)] or [""]
    said = iter(["", *(other if other != first else "" for other in others)])
    rest = " ".join(_names(shorts).sub(lambda _: next(said), question).split())
    return rest if plain(rest) else question


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
    first = slug(" ".join(words))
    yield first
    yield from (f"{first}_{number}" for number in range(2, 999))
