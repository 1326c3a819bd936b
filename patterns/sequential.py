"""One task after the other, with one client: the program to start from, and the baseline of every comparison."""

from collections.abc import Iterator
from contextlib import contextmanager

from patterns import Run
from workloads.contract import Workload, lacks_blocking

name = "sequential"
summary = "One task after the other in a plain loop."
pitfall = "It waits for one thing at a time, however much there is to wait for: it is the baseline, not a remedy."
by_default = True
blocking = True
worker_bytes = 0


def unavailable() -> None:
    return None


def unsuited(workload: Workload) -> str | None:
    return lacks_blocking(workload)


@contextmanager
def start(workload: Workload, workers: int) -> Iterator[Run]:
    with workload.open() as client:
        yield lambda tasks: [workload.perform(client, task) for task in tasks]
