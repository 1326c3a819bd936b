"""One task after the other, with one client: the program to start from, and the baseline of every comparison."""

from collections.abc import Iterator
from contextlib import contextmanager

from patterns import Run
from workloads.contract import Workload

name = "sequential"
summary = "One task after the other in a plain loop."
pitfall = "It waits for one thing at a time, however much there is to wait for: it is the baseline, not a remedy."
by_default = True
worker_bytes = 0


@contextmanager
def start(workload: Workload, workers: int) -> Iterator[Run]:
    with workload.open() as client:
        yield lambda tasks: [workload.perform(client, task) for task in tasks]
