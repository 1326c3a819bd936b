"""What a trial has shown of one's own work: the harness measures it, and `analysis` makes advice of it.

Durations are in seconds, sizes in bytes.
"""

from __future__ import annotations

from msgspec import Struct


class TriedVersion(Struct, frozen=True):
    """What the tasks of one version took, the blocking or the awaitable one, done one at a time."""

    tried: int  # so many tasks
    seconds: float  # of a task, on average
    median_seconds: float
    longest_seconds: float
    deviation: float  # the standard deviation of what tasks took
    spread: float  # that of its logarithm
    thread_seconds: float  # CPU time of a task in the thread that did it, on average
    others_seconds: float  # and of the process's other threads meanwhile
    children_seconds: float  # and of the processes that a task started and waited for
    gil_free: float | None  # the share of a thread's CPU time in which it did not hold the GIL; None if not known

    @property
    def cpu_seconds(self) -> float:
        return self.thread_seconds + self.others_seconds + self.children_seconds


class TriedWork(Struct, frozen=True):
    """What the tasks of a workload are like. It has one version at least."""

    name: str
    tasks: int  # in all
    size_bytes: int  # of a task and its result when pickled, on average; 0 if they cannot be
    connects: bool  # whether its tasks, or what they work with, connected to a server
    is_local: bool  # whether that is the suite's own server, on these cores
    blocking: TriedVersion | None = None
    awaitable: TriedVersion | None = None
