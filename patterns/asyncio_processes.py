"""The coroutines of asyncio in several processes, each with an event loop and a client, and a share of the tasks."""

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from patterns import Run, _worker, asyncio
from patterns._process import end_with_parent, leave_ctrl_c_to_the_parent
from workloads.contract import Workload, usable_cores

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


def _shares(workers: int) -> list[int]:
    """How many tasks each process may have in flight."""
    processes = min(workers, usable_cores())
    return [len(range(number, workers, processes)) for number in range(processes)]


def in_flight(workers: int) -> int:
    return max(_shares(workers))


def _start_process(workload: Workload, in_flight: "multiprocessing.SimpleQueue[int]") -> None:
    leave_ctrl_c_to_the_parent()
    end_with_parent()  # rather than when its share is done
    _worker.take_up(asyncio.start(workload, in_flight.get()))


@contextmanager
def start(workload: Workload, workers: int) -> Iterator[Run]:
    in_flight: multiprocessing.SimpleQueue[int] = multiprocessing.SimpleQueue()
    processes = _shares(workers)
    for share in processes:
        in_flight.put(share)
    with multiprocessing.Pool(len(processes), _start_process, (workload, in_flight)) as pool:

        def run(tasks: Sequence[Any]) -> list[Any]:
            parts = [tasks[number :: len(processes)] for number in range(len(processes))]
            results = [None] * len(tasks)
            for number, part in enumerate(pool.map(_worker.perform, parts, chunksize=1)):
                results[number :: len(processes)] = part
            return results

        yield run
