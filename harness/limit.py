"""A limit on how long a run of a workload may take: what never ends is stopped and named."""

from __future__ import annotations

import signal
from collections.abc import Callable
from threading import current_thread, main_thread
from types import FrameType, TracebackType
from typing import Any, Self

# What does not end at the first alarm, such as the shutdown of a pool whose threads hang, gets another one.
GRACE_SECONDS = 2.0


class OutOfTime(Exception):
    """A run took longer than the limit."""


class TimeLimit:
    """Raises OutOfTime in the main thread when a run that was begun has not ended in time.

    It raises again whenever that has not been enough. It takes a POSIX system; elsewhere there is no limit.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._before: Callable[[int, FrameType | None], Any] | int | None = None
        self._works = hasattr(signal, "setitimer") and current_thread() is main_thread()

    def __enter__(self) -> Self:
        if self._works:
            self._before = signal.signal(signal.SIGALRM, self._alarm)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._works:
            self.end()
            signal.signal(signal.SIGALRM, self._before)

    def begin(self) -> None:
        """Start to count."""
        if self._works:
            signal.setitimer(signal.ITIMER_REAL, self._seconds, GRACE_SECONDS)

    def end(self) -> None:
        """The run has ended."""
        if self._works:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _alarm(self, number: int, frame: FrameType | None) -> None:
        raise OutOfTime(f"it had not ended after {self._seconds:g} s: raise --time-limit if it takes that long")
