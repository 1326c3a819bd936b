"""Tasks as coroutines on one event loop, with one client for all of them and at most `workers` in flight."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from typing import Any

from patterns import Run
from patterns._loops import results_of
from workloads.contract import Workload

name = "asyncio"
summary = "Coroutines on one event loop share a client, with a semaphore to bound those in flight."
pitfall = (
    "Whatever does not await, computing or a blocking library, holds up every other task: hand it to a thread "
    "or a process."
)
by_default = True
blocking = False

if sys.platform == "win32":
    OwnLoop = asyncio.ProactorEventLoop
else:
    OwnLoop = asyncio.SelectorEventLoop


@contextmanager
def start(
    workload: Workload, workers: int, new_loop: Callable[[], asyncio.AbstractEventLoop] | None = None
) -> Iterator[Run]:
    async def connect() -> Any:
        return await clients.enter_async_context(workload.open_async())

    # When a task fails, `gather` raises and lets the others go on; leaving the runner cancels them. The loop is
    # asyncio's own unless told otherwise, whatever policy an import has set.
    with asyncio.Runner(loop_factory=new_loop or OwnLoop) as runner:
        clients = AsyncExitStack()
        client = runner.run(connect())
        try:
            yield lambda tasks: results_of(runner, perform_all(workload, client, tasks, workers))
        finally:
            runner.run(clients.aclose())


async def perform_all(workload: Workload, client: Any, tasks: Sequence[Any], workers: int) -> list[Any]:
    """The results of tasks of which at most `workers` are in flight at a time."""
    in_flight = asyncio.Semaphore(workers)

    async def perform(task: Any) -> Any:
        async with in_flight:
            return await workload.perform_async(client, task)

    return await asyncio.gather(*[perform(task) for task in tasks])
