"""Tasks on a multiprocessing.Pool, with a client for each process, opened by the pool's initializer."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager

from patterns import Run
from patterns._process import start_worker
from patterns._worker import perform
from workloads.contract import Workload

name = "multiprocessing"
summary = "Processes of a multiprocessing.Pool take the tasks, each with a client of its own."
pitfall = (
    "Tasks and results are pickled, each worker is a whole interpreter, and a pool forked beside threads can "
    "deadlock: give it few large tasks, and choose the start method."
)
by_default = True
chunked = True
pickles = True
worker_bytes = 20 * 1024 * 1024


@contextmanager
def start(workload: Workload, workers: int) -> Iterator[Run]:
    with multiprocessing.Pool(workers, initializer=start_worker, initargs=(workload,)) as pool:
        yield lambda tasks: pool.map(perform, tasks)
