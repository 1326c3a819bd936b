"""Tasks on threads written by hand: the Queue that hands them out and the Lock that a ThreadPoolExecutor spares us."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from queue import Queue
from threading import Lock, Thread
from typing import Any

from patterns import Run
from patterns.threading import with_a_client_each
from workloads.contract import Workload

name = "threads-and-queue"
summary = "Threads written by hand take the tasks from a Queue, each with a client of its own."
pitfall = (
    "Results, failures and the end are your responsibility: a failure that no thread reports, or a lock forgotten, "
    "shows as a hang or as a wrong result now and then; a ThreadPoolExecutor does all of it."
)
closes_elsewhere = True


@contextmanager
def start(workload: Workload, workers: int) -> Iterator[Run]:
    waiting: Queue[tuple[int, Any] | None] = Queue()
    lock = Lock()
    results: dict[int, Any] = {}
    failure: BaseException | None = None
    abandoned = False

    def work() -> None:
        nonlocal failure, abandoned
        while numbered := waiting.get():
            number, task = numbered
            try:
                result = None if abandoned else perform(task)
            except BaseException as error:
                with lock:
                    failure, abandoned = failure or error, True
            else:
                with lock:
                    results[number] = result
            waiting.task_done()

    def run(tasks: Sequence[Any]) -> list[Any]:
        nonlocal failure, abandoned
        failure, abandoned = None, False
        results.clear()
        for numbered in enumerate(tasks):
            waiting.put(numbered)
        waiting.join()
        if failure:
            raise failure
        return [results[number] for number in range(len(tasks))]

    with ExitStack() as clients:
        perform = with_a_client_each(workload, clients)
        threads = [Thread(target=work) for _ in range(workers)]
        try:
            for thread in threads:
                thread.start()
            yield run
        finally:
            abandoned = True
            for _ in threads:
                waiting.put(None)
            for thread in threads:
                if thread.ident:  # it was started
                    thread.join()
