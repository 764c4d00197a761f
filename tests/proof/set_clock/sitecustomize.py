"""Python imports this by itself when its folder is in PYTHONPATH: the process then has another clock than the machine.

CLOCK_FILE: holds by how many seconds the clock is ahead. Timers are monotonic, so they do not notice, as on a machine.
"""

import datetime as dt
import os
import time
from pathlib import Path

_file = Path(os.environ["CLOCK_FILE"])
_true = time.time


def _set_time() -> float:
    return _true() + float(_file.read_text())


class _SetDatetime(dt.datetime):
    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> "_SetDatetime":
        return cls.fromtimestamp(_set_time(), tz)


time.time = _set_time
dt.datetime = _SetDatetime  # type: ignore[misc]
