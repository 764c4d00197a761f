"""Why the bot answered so, for a terminal."""

from collections.abc import Iterator, Mapping
from typing import Any


def explained(decision: Mapping[str, Any]) -> Iterator[str]:
    """Tell what a message was taken for, where each answer stands, and which phrase spoke for each reading.

    decision: as it is stored, or a `Decision` as a dict. What has been tapped needs no reading and has no phrases.
    """
    for answer in decision["answers"]:
        yield f"answer    {answer['entry']}  {answer.get('place', '')}".rstrip()
    why = decision["why"]
    if not why:
        return
    yield f"read as   {why['read_as']}"
    yield f"mentions  {', '.join(why['mentions']) or 'none'}"
    yield f"signs     {', '.join(why['signs']) or 'none'}"
    for one in why["candidates"]:
        label = f"{one['topic']} {one['side'] or ''}".strip()
        yield f"{one['confidence']:5.0%}  {label:24} {one['place']}  {one['phrase']}"
