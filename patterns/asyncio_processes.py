"""The coroutines of asyncio in several processes, each with an event loop and a client, and a share of the tasks."""

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from patterns import Run, _worker, asyncio
from patterns._loops import collected, dealt, shares_of
from patterns._process import end_with_parent, leave_ctrl_c_to_the_parent
from workloads.contract import Workload

name = "asyncio-processes"
summary = "Processes, at most one for each usable core, run an event loop each, and share tasks and tasks in flight."
pitfall = (
    "Tasks are dealt out before they begin and a slow share is not taken over; each process has connections, limits "
    "and caches of its own; and it gains only where one loop keeps a core busy."
)
by_default = True
blocking = False
pickles = True
worker_bytes = 1024 * 1024


def in_flight(workers: int) -> int:
    return max(shares_of(workers))


def _start_process(workload: Workload, shares: "multiprocessing.SimpleQueue[int]") -> None:
    leave_ctrl_c_to_the_parent()
    end_with_parent()  # rather than when its share is done
    _worker.take_up(asyncio.start(workload, shares.get()))


@contextmanager
def start(workload: Workload, workers: int) -> Iterator[Run]:
    shares: multiprocessing.SimpleQueue[int] = multiprocessing.SimpleQueue()
    processes = shares_of(workers)
    for share in processes:
        shares.put(share)
    with multiprocessing.Pool(len(processes), _start_process, (workload, shares)) as pool:

        def run(tasks: Sequence[Any]) -> list[Any]:
            return collected(pool.map(_worker.perform, dealt(tasks, len(processes)), chunksize=1))

        yield run
