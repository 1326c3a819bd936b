"""The coroutines of asyncio in several threads, each with an event loop and a client, and a share of the tasks."""

import sysconfig
from asyncio import AbstractEventLoop, Runner, run_coroutine_threadsafe
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, as_completed
from contextlib import AsyncExitStack, ExitStack, contextmanager
from threading import Thread
from typing import Any

from patterns import Run
from patterns._loops import collected, dealt, shares_of
from patterns.asyncio import OwnLoop, perform_all
from workloads.contract import Workload

name = "asyncio-threads"
summary = "Threads, at most one for each usable core, run an event loop each, and share tasks and tasks in flight."
pitfall = (
    "Where there is a GIL the loops only take turns, at the price of switching; tasks are dealt out before they begin; "
    "and what belongs to one loop, such as a client or an asyncio.Lock, is of no use in another: have one in each."
)
# It is made for such a Python, and only there does it gain.
by_default = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
blocking = False

Share = Callable[[Sequence[Any]], "Future[list[Any]]"]


def in_flight(workers: int) -> int:
    return max(shares_of(workers))


@contextmanager
def start(workload: Workload, workers: int) -> Iterator[Run]:
    with ExitStack() as loops:
        shares = [loops.enter_context(_start_loop(workload, share)) for share in shares_of(workers)]

        def run(tasks: Sequence[Any]) -> list[Any]:
            parts = [begin(part) for begin, part in zip(shares, dealt(tasks, len(shares)), strict=True)]
            try:
                for part in as_completed(parts):
                    part.result()
            finally:
                for part in parts:
                    part.cancel()  # unless it is done: those of a failed run would go on
            return collected([part.result() for part in parts])

        yield run


@contextmanager
def _start_loop(workload: Workload, in_flight: int) -> Iterator[Share]:
    """A loop with a client. What is given to it, it begins; all of that happens in its thread."""
    clients = AsyncExitStack()

    async def connect() -> Any:
        return await clients.enter_async_context(workload.open_async())

    with _loop_in_a_thread() as loop:
        client = run_coroutine_threadsafe(connect(), loop).result()
        try:
            yield lambda tasks: run_coroutine_threadsafe(perform_all(workload, client, tasks, in_flight), loop)
        finally:
            run_coroutine_threadsafe(clients.aclose(), loop).result()


@contextmanager
def _loop_in_a_thread() -> Iterator[AbstractEventLoop]:
    """A loop that runs until it is left, and then cancels what still goes on."""
    runner = Runner(loop_factory=OwnLoop)
    loop = runner.get_loop()

    def live() -> None:
        with runner:
            loop.run_forever()

    thread = Thread(target=live)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
