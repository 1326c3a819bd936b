"""Tasks on a ThreadPoolExecutor, with a client for each thread, since a `requests.Session` is not thread-safe."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

from patterns import Run
from workloads.contract import Workload

name = "threading"
summary = "Threads of a ThreadPoolExecutor take the tasks, each with a client of its own."
pitfall = (
    "Where there is a GIL, only one thread runs Python at a time, so that computing gets no faster; and what threads "
    "share, a session for one, needs a lock or a copy each."
)
by_default = True
closes_elsewhere = True


@contextmanager
def start(workload: Workload, workers: int) -> Iterator[Run]:
    # The clients outlive the threads: the executor, which is left first, waits for its threads.
    with ExitStack() as clients:
        perform = with_a_client_each(workload, clients)
        with ThreadPoolExecutor(max_workers=workers) as executor:
            yield lambda tasks: list(executor.map(perform, tasks))


def with_a_client_each(workload: Workload, clients: ExitStack) -> Callable[[Any], Any]:
    """What does a task with the client of the thread that calls it; `clients` closes them all in the end.

    Not the threads themselves: an executor tells none of them that it is to end. A client that only its own thread may
    close, as sqlite3 has it, is not for these patterns, and the trial of one's own workload finds that out.
    """
    worker = threading.local()

    def perform(task: Any) -> Any:
        if not hasattr(worker, "client"):
            worker.client = clients.enter_context(workload.open())
        return workload.perform(worker.client, task)

    return perform
