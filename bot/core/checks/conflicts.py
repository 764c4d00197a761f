"""Phrases that the bot cannot tell apart, as problems of the files they stand in."""

from collections.abc import Iterator

from bot.core.catalogue import Knowledge
from bot.core.checks import written
from bot.core.conflicts import duplicates
from bot.core.knowledge import Folder, Problem


def problems(knowledge: Knowledge, folder: Folder) -> Iterator[Problem]:
    """Go through the critical conflicts; `knowledge` is that of the folder."""
    critical = [conflict for conflict in duplicates(knowledge) if conflict.critical]
    if not critical:
        return
    keys = {(phrase.document.place(phrase.key), phrase.text): phrase for phrase in written.phrases(folder)}
    for conflict in critical:
        first, second = conflict.first, conflict.second
        phrase = keys[second.place, second.phrase]
        message = (
            f'"{second.phrase}" asks "{second.topic}" here and is the same to the bot as "{first.phrase}", '
            f'which asks "{first.topic}" in {first.place}'
        )
        hint = "Keep it where it fits better and delete it in the other place, or add a word that tells the two apart."
        yield Problem(phrase.document.file, phrase.key, "phrase-conflict", message, hint)
