"""Blocking tasks from coroutines, handed to threads by asyncio.to_thread, with a client for each thread."""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

from patterns import Run
from patterns._loops import results_of
from patterns.threading import with_a_client_each
from workloads.contract import Workload

name = "asyncio-to-thread"
summary = "Coroutines hand blocking tasks to threads with asyncio.to_thread, each thread with a client of its own."
pitfall = (
    "The loop's default executor has a few threads more than there are cores, whatever the number of coroutines: set "
    "one of the size that is meant."
)
closes_elsewhere = True


@contextmanager
def start(workload: Workload, workers: int) -> Iterator[Run]:
    # The clients outlive the threads: the runner, which is left first, waits for them.
    with ExitStack() as clients:
        perform = with_a_client_each(workload, clients)

        async def run(tasks: Sequence[Any]) -> list[Any]:
            return await asyncio.gather(*[asyncio.to_thread(perform, task) for task in tasks])

        with asyncio.Runner() as runner:
            runner.get_loop().set_default_executor(ThreadPoolExecutor(max_workers=workers))
            yield lambda tasks: results_of(runner, run(tasks))
