"""How long things take in this process, for Prometheus; the store cannot tell that."""

import os
from collections.abc import Callable
from time import perf_counter
from typing import Final, ParamSpec, TypeVar

from prometheus_client import CollectorRegistry, Histogram

_BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
"""Seconds. A decision takes about a millisecond."""

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


class Times:
    """The times of one process. Several behind one address tell themselves apart by the label `process`."""

    def __init__(self) -> None:
        self.registry: Final = CollectorRegistry()
        self._decide = Histogram(
            "bot_decide_seconds",
            "Time to decide what to do with one message, in the process that was asked.",
            ["process"],
            buckets=_BUCKETS,
            registry=self.registry,
        )

    def timed(self, decide: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
        """Return the same function, whose every call is timed, also one that fails."""

        def watched(*args: _Given.args, **kwargs: _Given.kwargs) -> _Result:
            began = perf_counter()
            try:
                return decide(*args, **kwargs)
            finally:
                # The id of the process is asked for late: the web server forks after this was made.
                self._decide.labels(os.getpid()).observe(perf_counter() - began)

        return watched
