"""Blocking tasks from coroutines, handed to the processes of a ProcessPoolExecutor by the loop's run_in_executor."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from patterns import Run
from patterns._loops import results_of
from patterns._process import process_executor
from patterns._worker import perform
from workloads.contract import Workload

name = "asyncio-process-pool"
summary = "Coroutines hand tasks to the processes of a ProcessPoolExecutor, each process with a client of its own."
pitfall = (
    "Tasks travel one by one, pickled, so that a small one costs more to send than to do; and one that is cancelled "
    "runs to its end all the same."
)
pickles = True
worker_bytes = 20 * 1024 * 1024


@contextmanager
def start(workload: Workload, workers: int) -> Iterator[Run]:
    async def run(tasks: Sequence[Any]) -> list[Any]:
        loop = asyncio.get_running_loop()
        return await asyncio.gather(*[loop.run_in_executor(executor, perform, task) for task in tasks])

    with process_executor(workload, workers) as executor, asyncio.Runner() as runner:
        yield lambda tasks: results_of(runner, run(tasks))
