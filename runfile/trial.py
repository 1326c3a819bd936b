"""What a trial has shown of one's own work: the harness measures it, and `analysis` makes advice of it.

Durations are in seconds and of one task on average, unless they say otherwise; sizes are in bytes.
"""

from __future__ import annotations

from msgspec import Struct


class Bare(Struct, frozen=True):
    """A request of the suite's own client to its own server, or a sleep, which does nothing else.

    It was done in turns with tasks, in the same way: what these take beyond it is theirs.
    """

    latency_seconds: float  # that was asked for
    waited_seconds: float
    cpu_seconds: float


class TriedVersion(Struct, frozen=True):
    """What the tasks of one version took, the blocking or the awaitable one, done one at a time."""

    tried: int  # so many tasks
    seconds: float
    median_seconds: float
    longest_seconds: float
    deviation: float  # the standard deviation of what single tasks took
    spread: float  # that of its logarithm
    waited_seconds: float  # in which neither the thread computed, nor anything else for it
    queued_seconds: float  # in which the thread could have computed, and had no core; 0 where the system does not tell
    thread_seconds: float  # CPU time of the thread
    others_seconds: float  # of the process's other threads meanwhile
    children_seconds: float  # of processes that the task started and waited for
    gil_free: float | None  # the share of the thread's CPU time in which it did not hold the GIL; None if not known
    bare: Bare | None  # None for tasks that do not wait

    @property
    def cpu_seconds(self) -> float:
        return self.thread_seconds + self.others_seconds + self.children_seconds


class TriedWork(Struct, frozen=True):
    """What the tasks of a workload are like. It has one version at least."""

    tasks: int  # in all
    size_bytes: int  # of a task and its result when pickled; 0 if they cannot be
    connects: bool  # whether its tasks connected to a server
    is_local: bool  # whether that is the suite's own, on these cores
    blocking: TriedVersion | None = None
    awaitable: TriedVersion | None = None
