"""What takes long to find out, kept until it may be otherwise."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """The last value with what it was made of. Who asks while it is made waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: tuple[Hashable, Value] | None = None

    def get(self, made_of: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value for `made_of`, made anew if the last one was made of something else."""
        with self._lock:
            if self._made is None or self._made[0] != made_of:
                self._made = made_of, make()
            return self._made[1]
