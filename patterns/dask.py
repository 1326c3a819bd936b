"""Tasks on the workers of a Dask cluster: its own on this machine, or a running one on as many machines as it has.

The cluster is the one of DASK_SCHEDULER_ADDRESS, a variable of Dask's own, where that is set; its processes have to be
able to import what the tasks are made of. Dask starts its processes in its own way, as its setting
`distributed.worker.multiprocessing-method` says, so that the start method of this program makes no difference to it.
"""

import asyncio
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, wait
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from logging import CRITICAL
from typing import TYPE_CHECKING, Any

from patterns import Run
from patterns._cluster import choose, own_cluster, threads_of
from workloads.contract import TaskFailed, Workload, lacks_inheritance

# Imported where it is used: it takes longer than all the rest.
if TYPE_CHECKING:
    from distributed import Client, Future

name = "dask"
summary = "Threads of a Dask cluster's processes, each with a client of its own, take the tasks from its scheduler."
pitfall = (
    "The scheduler takes some tenths of a millisecond for each task, however small it is: give it few large ones, and "
    "only what one machine is not enough for."
)
pickles = True
worker_bytes = 1024 * 1024

SCHEDULER = "DASK_SCHEDULER_ADDRESS"
# So soon is it noticed that a worker has gone.
LOOK_SECONDS = 1.0

# In a process of the cluster: the client of each of its threads, and all of them together.
_thread = threading.local()
_clients = ExitStack()


def unavailable() -> str | None:
    return None if find_spec("distributed") else "dask.distributed is missing: `pip install distributed`"


def unsuited(workload: Workload) -> str | None:
    return lacks_inheritance(workload)


def _perform_task(task: Any, workload: Workload) -> Any:
    if getattr(_thread, "workload", None) is not workload:
        _thread.client = _clients.enter_context(workload.open())
        _thread.workload = workload
    return workload.perform(_thread.client, task)


def _close_clients() -> None:
    _clients.close()


@contextmanager
def start(workload: Workload, workers: int) -> Iterator[Run]:
    from distributed import Client
    from distributed.utils import silence_logging_cmgr

    with silence_logging_cmgr(CRITICAL), ExitStack() as stack:
        cluster = os.environ.get(SCHEDULER) or stack.enter_context(own_cluster(workers))
        client = stack.enter_context(Client(cluster, set_as_default=False))
        chosen = choose(threads_of(client), workers)
        # Never what an earlier start has sent: clients that have been closed belong to that.
        shared = client.scatter(workload, workers=chosen, broadcast=True, hash=False)

        def run(tasks: Sequence[Any]) -> list[Any]:
            return _gather(
                client, client.map(_perform_task, tasks, workload=shared, workers=chosen, pure=False), chosen
            )

        try:
            yield run
            _look_after(client, chosen)
        finally:
            with suppress(TaskFailed):
                client.run(_close_clients, workers=[*_alive(client) & set(chosen)], on_error="ignore")


def _gather(client: "Client", futures: "list[Future[Any]]", chosen: Sequence[str]) -> list[Any]:
    """The results, or the first failure; a process that is lost is one, for which Dask would wait for ever."""
    from distributed import KilledWorker

    loop: Any = client.loop
    gathering = asyncio.run_coroutine_threadsafe(client.gather(futures, asynchronous=True), loop.asyncio_loop)
    while not wait([gathering], LOOK_SECONDS).done:
        _look_after(client, chosen)
    try:
        results: list[Any] = gathering.result()
    except (KilledWorker, CancelledError) as error:
        _look_after(client, chosen)
        raise TaskFailed(f"dask gave a task up ({error}): see what its processes have logged") from error
    return results


def _look_after(client: "Client", chosen: Sequence[str]) -> None:
    """Raise TaskFailed when one of the cluster's processes has gone."""
    if lost := set(chosen) - _alive(client):
        raise TaskFailed(f"dask lost {', '.join(sorted(lost))} while tasks ran: see what that process has logged")


def _alive(client: "Client") -> set[str]:
    """The addresses of the cluster's processes. Raises TaskFailed when the scheduler has gone."""
    # Else it would be asked again and again for half a minute.
    if client.status == "running":
        with suppress(OSError):
            return set(threads_of(client))
    raise TaskFailed("dask lost its scheduler while tasks ran: see what that process has logged")
