"""Tasks on a ProcessPoolExecutor, in chunks, with a client for each process, opened by the executor's initializer."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from patterns import Run
from patterns._process import process_executor
from patterns._worker import perform
from workloads.contract import Workload

name = "process-pool"
summary = "Processes of a ProcessPoolExecutor take the tasks in chunks, each with a client of its own."
pitfall = (
    "`map` sends tasks one by one unless told a `chunksize`, which costs more than small tasks do; and what is sent, "
    "there and back, is pickled."
)
chunked = True
pickles = True
worker_bytes = 20 * 1024 * 1024

# As multiprocessing.Pool has it: small enough that the last chunks are shared among the workers.
CHUNKS_PER_WORKER = 4


@contextmanager
def start(workload: Workload, workers: int) -> Iterator[Run]:
    def run(tasks: Sequence[Any]) -> list[Any]:
        chunk = -(-len(tasks) // (workers * CHUNKS_PER_WORKER)) or 1
        return list(executor.map(perform, tasks, chunksize=chunk))

    with process_executor(workload, workers) as executor:
        yield run
