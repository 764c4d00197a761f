"""Files that an earlier release of the program was content with, made fit for this one."""

from dataclasses import replace
from pathlib import PurePosixPath

import yaml

from bot.core.knowledge import Lines
from bot.knowledge_files.contents import Contents
from bot.knowledge_files.yaml_positions import Value, parse

_LINES = PurePosixPath("lines")


def brought_up(older: Contents, current: Contents) -> tuple[Contents, str]:
    """Fill in what the bot says since then and older files have no sentences for: those of the current files are taken.

    Returns the files, and a sentence on what was taken, empty if nothing was. Whatever else is wrong stays as it is.
    """
    files, taken = dict(older.files), []
    for file in older.files:
        if PurePosixPath(file).parent == _LINES:
            own, now = _mapping(older.files[file]), _mapping(current.files.get(file, b""))
            lacking = [key for key, field in Lines.model_fields.items() if field.is_required() and key not in own]
            found = {key: now[key] for key in lacking if key in now}
            if own and found:
                more = yaml.safe_dump(found, allow_unicode=True, sort_keys=False)
                files[file] = older.files[file].rstrip() + b"\n" + more.encode()
                taken.append(f"{file} ({', '.join(found)})")
    if not taken:
        return older, ""
    said = f"It is older than some sentences of the bot, which are taken from the current files: {'; '.join(taken)}."
    return replace(older, files=files), said


def _mapping(content: bytes) -> dict[str | int, Value]:
    """What a file says; nothing if it cannot be read."""
    tree = parse(content.decode("utf-8", "replace").removeprefix("\ufeff"))
    return tree.value if isinstance(tree.value, dict) else {}
