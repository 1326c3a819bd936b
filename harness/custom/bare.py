"""What does nothing but wait, in turns with which tasks are done that wait: a request for a body, or a sleep.

One task at a time costs more CPU time than one of many, since a thread or a loop is woken for each; and a machine is
not always as fast. Both are the same for the tasks and for what is bare, and not in the difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workloads.download import Download, equal_requests
from workloads.nap import NAP_SECONDS, Nap

# As many of them are done as of the tasks, but no more than these.
TASKS = 100
# A longer wait makes waking no dearer.
LONGEST_MS = 20.0
LARGEST_BYTES = 2**20
# Whatever waits less does not sleep: it waits for a lock, or for the other end of a pipe.
LEAST_SECONDS = 0.001


@dataclass(frozen=True)
class BareWork:
    """Bare tasks, and how long each is asked to take; None if that is not known."""

    workload: Download | Nap
    latency_seconds: float | None

    def judge(self, results: Sequence[Any]) -> None:
        """Raises WrongAnswer for the results of tasks that are done again and again."""
        self.workload.repeated(len(results)).check(results)


def bare_requests(server_url: str, waited_seconds: float, size: int, is_near: bool) -> BareWork:
    """Requests for so many bytes that are answered after about such a wait, by a server that may be near."""
    latency_ms = min(LONGEST_MS, float(int(waited_seconds * 1000)))
    tasks = equal_requests(TASKS, min(size, LARGEST_BYTES), latency_ms)
    return BareWork(Download("bare-request", tasks, server_url), latency_ms / 1000 if is_near else None)


def bare_sleeps(waited_seconds: float) -> BareWork | None:
    """Sleeps; None for what hardly waits."""
    return BareWork(Nap("bare-sleep", range(TASKS)), NAP_SECONDS) if waited_seconds >= LEAST_SECONDS else None
