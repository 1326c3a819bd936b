"""What every worker process does before it works: leave Ctrl-C to its parent, and end when the parent has ended."""

import multiprocessing
import os
import signal
from threading import Thread

from patterns import _worker
from workloads.contract import Workload


def start_pool_worker(workload: Workload) -> None:
    """The initializer of a multiprocessing.Pool, whose workers end by themselves when their parent has ended."""
    leave_ctrl_c_to_the_parent()
    _worker.open_client(workload)


def start_executor_worker(workload: Workload) -> None:
    """The initializer of a ProcessPoolExecutor.

    Its workers hold both ends of the queue they wait at, so that they would not see that nobody is at the other one.
    """
    leave_ctrl_c_to_the_parent()
    Thread(target=_end_with_parent, daemon=True).start()
    _worker.open_client(workload)


def leave_ctrl_c_to_the_parent() -> None:
    """Ctrl-C reaches every process of a terminal: the parent answers it, and ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
