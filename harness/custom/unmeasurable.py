"""What of one's own work a run would measure wrongly, without a failure: a sentence each, or none."""

from __future__ import annotations

import copy
import inspect
import multiprocessing
import time
from concurrent.futures import Future
from typing import Any

from workloads.contract import short
from workloads.expected import same

CLOCKS = {name: getattr(time, name) for name in ("perf_counter", "monotonic")}
LAZY = (map, filter, zip, Future)


def lacks_clock() -> str | None:
    """None, or that the clocks by which everything is timed are no longer Python's own."""
    for name, clock in CLOCKS.items():
        if getattr(time, name) is not clock:
            return (
                f"time.{name} is not Python's own any more, and everything is timed by it: leave out what replaces it, "
                "such as freezegun"
            )
    return None


def lacks_start_method() -> str | None:
    """None, or that it has chosen how processes are started, which the run does."""
    chosen, usual = multiprocessing.get_start_method(allow_none=True), multiprocessing.get_all_start_methods()[0]
    if chosen in (None, usual):
        return None
    return f"it calls multiprocessing.set_start_method: leave that out, and give --start-method={chosen} instead"


def lacks_result(result: Any, version: str) -> str | None:
    """None, or that a result is work that is still to be done, such as a generator."""
    lazy = inspect.isgenerator(result) or inspect.isasyncgen(result) or inspect.isawaitable(result)
    if not lazy and not isinstance(result, LAZY):
        return None
    return (
        f"{version} returned {short(result)}, whose work is not done yet: have it return what comes of that, as a list "
        "of it or what is awaited"
    )


class TaskGuard:
    """Sees whether a task is changed by doing it: then a later round would find other work than the first."""

    def __init__(self, task: Any) -> None:
        self._task = task
        try:
            self._before = copy.deepcopy(task)
            self._tells = same(self._before, task)
        except Exception:  # what cannot be copied cannot be compared
            self._tells = False

    def fault(self, what: str) -> str | None:
        """None, or that the task is not what it was."""
        if not self._tells or same(self._before, self._task):
            return None
        return (
            f"{what} was changed by doing it, from {short(self._before)} to {short(self._task)}, so that each round "
            "would find other work: have it work on a copy"
        )
