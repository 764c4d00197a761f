"""What only shows when all knowledge files are seen together."""

from collections.abc import Collection

from bot.core.knowledge import Folder, Problem, Source


def problems(folder: Folder, *, broken: Collection[Source] = ()) -> list[Problem]:
    """Everything wrong between the files of a folder.

    broken: kinds of which a file is missing or unreadable; what refers to them is not judged.
    """
    return []
