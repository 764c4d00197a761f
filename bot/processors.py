"""Work on a value that is dear to make, shared out to all processors."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any, Final, TypeVar

Shared = TypeVar("Shared")
Portion = TypeVar("Portion")
Result = TypeVar("Result")


def on_all(
    work: Callable[[Shared, Portion], Result],
    shared: Shared,
    portions: Sequence[Portion],
    *,
    processes: int | None = None,
) -> Iterator[Result]:
    """Do the work on each portion and go through the results as they come, in any order.

    processes: as many as there are processors if not given; with 1, or where processes cannot be forked, the work is
      done in this one. No thread may run when this is called: a fork spares each process the making of `shared`.
    work: a function of a module.
    """
    number = min(processes or os.cpu_count() or 1, len(portions))
    if number <= 1 or "fork" not in multiprocessing.get_all_start_methods():
        yield from (work(shared, portion) for portion in portions)
        return
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(number, mp_context=fork, initializer=_begin, initargs=(shared,)) as pool:
        futures = [pool.submit(_done, work, portion) for portion in portions]
        yield from (future.result() for future in as_completed(futures))


_held: Final[list[Any]] = []
"""Of a process that works: set once when it begins, as handing it over with each portion would take longer."""


def _begin(shared: object) -> None:
    _held.append(shared)


def _done(work: Callable[[Any, Portion], Result], portion: Portion) -> Result:
    return work(_held[0], portion)
