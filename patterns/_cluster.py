"""The processes of a Dask cluster: one of our own, and those of a running one that make up so many workers."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from logging import CRITICAL
from typing import TYPE_CHECKING

from patterns import NotSoManyWorkers

# Imported where it is used: it takes longer than all the rest.
if TYPE_CHECKING:
    from distributed import Client, SpecCluster

# Else Ctrl-C, which a terminal sends to all processes, is told by each of them, and may keep the cluster from ending.
LEAVE_CTRL_C_TO_THE_PARENT = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"


@contextmanager
def own_cluster(workers: int) -> Iterator[SpecCluster]:
    """A LocalCluster, but for its threads, which need not be as many in each process; a worker is a thread."""
    from dask.system import CPU_COUNT
    from distributed import Nanny, Scheduler, SpecCluster

    host = {"host": "127.0.0.1", "dashboard": False}
    process = {"memory_limit": 0, "silence_logs": CRITICAL, "preload": [LEAVE_CTRL_C_TO_THE_PARENT]}
    threads = [len(range(start, workers, CPU_COUNT)) for start in range(min(workers, CPU_COUNT))]
    nannies = {
        number: {"cls": Nanny, "options": {**host, **process, "nthreads": count}}
        for number, count in enumerate(threads)
    }
    # A task is not to kill one process after the other.
    scheduler = {
        "cls": Scheduler,
        "options": {**host, "port": 0, "dashboard_address": "127.0.0.1:0", "allowed_failures": 0},
    }
    before = dict(os.environ)
    try:
        with SpecCluster(nannies, scheduler) as cluster:
            yield cluster
    finally:
        # A nanny sets variables here for its process, such as OMP_NUM_THREADS, which others would inherit too.
        os.environ.clear()
        os.environ.update(before)


def threads_of(client: Client) -> dict[str, int]:
    """How many threads each process of a cluster has, by its address. Raises OSError when the scheduler has gone.

    The client's own `scheduler_info()` may list none of them: a timer in the client refreshes it without workers.
    """
    if client.scheduler is None:
        raise ConnectionError("the client is closed")
    found = client.sync(client.scheduler.identity, n_workers=-1)
    return {address: int(one["nthreads"]) for address, one in found["workers"].items()}


def choose(threads: Mapping[str, int], workers: int) -> list[str]:
    """As many processes as can be that have just so many threads together. Raises NotSoManyWorkers."""
    chosen: dict[int, list[str]] = {0: []}  # by how many threads they have
    for address, count in threads.items():
        for total, some in list(chosen.items()):
            if total + count <= workers and len(some) >= len(chosen.get(total + count, [])):
                chosen[total + count] = [*some, address]
    if workers not in chosen:
        there = " + ".join(map(str, sorted(threads.values(), reverse=True))) or "none"
        raise NotSoManyWorkers(
            f"of the threads in the processes of the Dask cluster, {there}, none make {workers} together: "
            "start more with `dask worker --nthreads N`"
        )
    return chosen[workers]
