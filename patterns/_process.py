"""What the patterns with worker processes share: how a worker starts, and how all of them come to an end."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from threading import Thread

from patterns import _worker
from workloads.contract import Workload


def start_worker(workload: Workload) -> None:
    """The initializer of a pool: open the client of this worker process."""
    leave_ctrl_c_to_the_parent()
    _worker.open_client(workload)


def leave_ctrl_c_to_the_parent() -> None:
    """Ctrl-C reaches every process of a terminal: the parent answers it, and ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def end_with_parent() -> None:
    """Have this process end when its parent has ended, in whatever way and whatever it is doing."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()


@contextmanager
def process_executor(workload: Workload, workers: int) -> Iterator[ProcessPoolExecutor]:
    """A ProcessPoolExecutor that ends as a multiprocessing.Pool does.

    On its own it would first have all tasks done that it has handed out, even after a failure or Ctrl-C.
    """
    executor = ProcessPoolExecutor(workers, initializer=_start_executor_worker, initargs=(workload,))
    try:
        yield executor
    except BaseException:
        _terminate_workers(executor)
        raise
    finally:
        executor.shutdown(cancel_futures=True)


def _start_executor_worker(workload: Workload) -> None:
    # It holds both ends of the queue it waits at, and would not see that the parent has gone.
    end_with_parent()
    start_worker(workload)


def _terminate_workers(executor: ProcessPoolExecutor) -> None:
    if hasattr(executor, "terminate_workers"):  # from Python 3.14 on
        executor.terminate_workers()
        return
    for process in list((executor._processes or {}).values()):
        process.terminate()
