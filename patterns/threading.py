"""Tasks on a ThreadPoolExecutor, with a client for each thread, since a `requests.Session` is not thread-safe."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

from patterns import Run
from workloads.contract import Workload, lacks_blocking

name = "threading"
summary = "Threads of a ThreadPoolExecutor take the tasks, each with a client of its own."
pitfall = (
    "Only one thread runs Python at a time (the GIL), so that computing gets no faster; and what threads "
    "share, a session for one, needs a lock or a copy each."
)
by_default = True
blocking = True
worker_bytes = 256 * 1024


def unavailable() -> None:
    return None


def unsuited(workload: Workload) -> str | None:
    return lacks_blocking(workload)


@contextmanager
def start(workload: Workload, workers: int) -> Iterator[Run]:
    worker = threading.local()

    # The clients outlive the threads: the executor, which is left first, waits for its threads.
    with ExitStack() as clients:

        def perform(task: Any) -> Any:
            if not hasattr(worker, "client"):
                worker.client = clients.enter_context(workload.open())
            return workload.perform(worker.client, task)

        with ThreadPoolExecutor(max_workers=workers) as executor:
            yield lambda tasks: list(executor.map(perform, tasks))
