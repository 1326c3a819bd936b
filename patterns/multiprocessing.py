"""Tasks on a multiprocessing.Pool, with a client for each process, opened by the pool's initializer."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from patterns import Run
from workloads.contract import Workload, lacks_blocking, lacks_pickling

name = "multiprocessing"
summary = "Processes of a multiprocessing.Pool take the tasks, each with a client of its own."
pitfall = (
    "Tasks and results are pickled, each worker is a whole interpreter, and a pool forked beside threads can "
    "deadlock: give it few large tasks, and choose the start method."
)
by_default = True
blocking = True
worker_bytes = 20 * 1024 * 1024

# In a worker process, what does a task; the client is in it. The stack keeps the client open as long as the process.
_perform: Callable[[Any], Any]
_clients = ExitStack()


def unavailable() -> None:
    return None


def unsuited(workload: Workload) -> str | None:
    return lacks_blocking(workload) or lacks_pickling(workload)


def _start_worker(workload: Workload) -> None:
    global _perform
    # Ctrl-C reaches every process of a terminal: the parent answers it, and ends the pool.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        client = _clients.enter_context(workload.open())
    except Exception as error:
        # A pool would replace a worker that fails to start for ever; this one lives to say why at its first task.
        _perform = partial(_fail, error)
    else:
        _perform = partial(workload.perform, client)


def _fail(error: Exception, task: Any) -> Any:
    raise error


def _perform_task(task: Any) -> Any:
    return _perform(task)


@contextmanager
def start(workload: Workload, workers: int) -> Iterator[Run]:
    with multiprocessing.Pool(workers, initializer=_start_worker, initargs=(workload,)) as pool:
        yield lambda tasks: pool.map(_perform_task, tasks)
