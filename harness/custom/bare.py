"""What does nothing but wait, in turns with which tasks are done that wait: a request for a body, or a sleep.

One task at a time costs more CPU time than one of many, since a thread or a loop is woken for each; and a machine is
not always as fast. Both are the same for the tasks and for what is bare, and not in the difference.
"""

from __future__ import annotations

from workloads.contract import Workload
from workloads.download import Download, equal_requests
from workloads.nap import NAP_SECONDS, Nap

TASKS = 4
# A longer wait makes waking no dearer.
LONGEST_MS = 20.0
LARGEST_BYTES = 2**23
# Whatever waits less does not sleep: it waits for a lock, or for the other end of a pipe.
LEAST_SECONDS = 0.001


def bare_request(waited_seconds: float, size: int) -> tuple[Workload, float]:
    """Requests that are answered after about such a wait, and after how long exactly, in seconds."""
    latency_ms = min(LONGEST_MS, float(int(waited_seconds * 1000)))
    requests = equal_requests(TASKS, min(size, LARGEST_BYTES), latency_ms)
    return Download("bare-request", requests), latency_ms / 1000


def bare_wait(waited_seconds: float) -> tuple[Workload, float] | None:
    """Sleeps, and how long they are, in seconds; None for what hardly waits."""
    return (Nap("bare-wait", range(TASKS)), NAP_SECONDS) if waited_seconds >= LEAST_SECONDS else None
