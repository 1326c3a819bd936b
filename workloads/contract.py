"""The seam between a kind of work and the way it is run: what a workload is."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar, runtime_checkable

from workloads.network import PLAIN, Address, Network

T = TypeVar("T")


class TaskFailed(Exception):
    """A task could not be done. The message names the task and the cause."""


class WrongAnswer(Exception):
    """A task was done and its answer is wrong. The message names the task."""


def usable_cores() -> int:
    """How many cores this process may run on, which can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Workload(Protocol):
    """Some work, cut into tasks. Picklable, and ignorant of patterns.

    `perform` and `perform_async` do the same task, one blocking and one awaitable, with what `open` or
    `open_async` gave the worker. They raise when the task fails; a failure is never a result.

    A class may inherit from this one or just have its methods. One of the two versions is enough: the functions below
    tell which a workload lacks, and it is then not measured with the patterns that need it.
    """

    # Not there when the program runs: a dataclass that has them as fields would inherit the properties instead.
    if TYPE_CHECKING:

        @property
        def name(self) -> str:
            """What the work is called in ids, tables and files, such as "download-typical"."""

        @property
        def tasks(self) -> Sequence[Any]:
            """The inputs, in order. Results are expected in the same order."""

    inherited: bool = False
    """Whether `prepare` makes what only processes of multiprocessing can be given, such as its locks and arrays."""

    def unavailable(self) -> str | None:
        """None, as here, or why it cannot be done with what is installed, with the remedy."""
        return None

    def prepare(self) -> AbstractContextManager[Any]:
        """What has to be there before workers start and as long as they run, such as files to read; nothing, as here.

        Entered in the process that starts the workers, before it does so, and left after they have stopped; neither is
        timed. What tasks need to know of it, such as a folder, it sets as an attribute: workers get the workload with
        it. Nothing else is asked for while it is entered but to open, perform and check.

        A process that takes too long or is interrupted is killed, and leaves nothing by itself. What it has made with
        `tempfile` is removed all the same, and the processes that it has started are ended.
        """
        return nullcontext()

    def open(self) -> AbstractContextManager[Any]:
        """What one blocking worker needs: a `requests.Session`, or nothing, as here."""
        return nullcontext()

    def open_async(self) -> AbstractAsyncContextManager[Any]:
        """What one event loop needs: an `aiohttp.ClientSession`, or nothing, as here."""
        return nullcontext()

    def perform(self, client: Any, task: Any) -> Any:
        """Do one task. Raises TaskFailed, with the task in the message, when it cannot be done."""
        raise TypeError(lacks_blocking(self))

    async def perform_async(self, client: Any, task: Any) -> Any:
        """Do the same task, awaiting whatever takes time."""
        raise TypeError(lacks_async(self))

    def check(self, results: Sequence[Any]) -> None:
        """Raise WrongAnswer for the first wrong result. The right ones are known in advance."""
        raise TypeError(f"{self.name} has no check: add one that raises WrongAnswer for a wrong result")

    def ideal_seconds(self, workers: int, cores: int) -> float | None:
        """A lower bound on the makespan, or None where none is known.

        No schedule on `workers` workers and `cores` cores beats it.
        """
        return None

    def waiting_seconds(self, workers: int) -> float:
        """How long it takes at least on a machine that computes in no time; 0, as here, where that is not known."""
        return 0.0


@runtime_checkable
class Served(Protocol):
    """A workload whose tasks each make exactly one request to the local server.

    One whose requests do not go straight to it over http says so with an attribute `network`.
    """

    def at(self, server_url: str, authority: str = ..., /) -> Self:
        """The same work against the server at this address, such as "http://127.0.0.1:8000".

        `authority` is given where the network has TLS: whom to trust, a certificate in PEM.
        """


@runtime_checkable
class Scalable(Protocol):
    """A workload that there can be more of, or less."""

    def repeated(self, count: int) -> Self:
        """The same kind of work with `count` tasks, going through those there are again and again.

        Its name says the count: "download-typical-x1000".
        """


def made_ready(workload: Workload, tasks: int, reach: Callable[[Network], Address]) -> Workload:
    """The workload with so many tasks, 0 for as many as it has, and against the server if it needs one.

    `reach` tells where the server is reached over a network; it is called only then.
    """
    if tasks:
        assert isinstance(workload, Scalable), f"{workload.name} cannot be repeated"
        workload = workload.repeated(tasks)
    if not isinstance(workload, Served):
        return workload
    address = reach(network_of(workload))
    return workload.at(*address) if address.authority else workload.at(address.url)


def network_of(workload: Workload) -> Network:
    """What the requests of a served workload go through."""
    found: Network = getattr(workload, "network", PLAIN)
    return found


def unavailable(workload: Workload) -> str | None:
    """Why a workload cannot be done here; a class that has just the other methods always can."""
    reason: Callable[[], str | None] = getattr(workload, "unavailable", lambda: None)
    return reason()


def prepared(workload: Workload) -> AbstractContextManager[Any]:
    """What a workload has to have prepared, which is nothing for a class that has just the other methods."""
    prepare: Callable[[], AbstractContextManager[Any]] = getattr(workload, "prepare", nullcontext)
    return prepare()


def waiting_seconds(workload: Workload, workers: int) -> float:
    """How long it waits at least, which is not known of a class that has just the other methods."""
    least: Callable[[int], float] = getattr(workload, "waiting_seconds", lambda _: 0.0)
    return least(workers)


def cycled(items: Sequence[T], count: int) -> tuple[T, ...]:
    """So many items, going through those there are again and again."""
    return tuple(islice(cycle(items), count))


def has(workload: object, method: str) -> bool:
    """Whether a workload has a method of the contract itself, and not the one in `Workload` that only raises."""
    found = getattr(workload, method, None)
    return callable(found) and getattr(found, "__func__", found) not in _ABSENT


_ABSENT = (Workload.perform, Workload.perform_async, Workload.check)


def lacks_blocking(workload: Workload) -> str | None:
    """None, or what a workload lacks to be done by blocking workers, with the remedy."""
    return _lacks(workload, "open", "perform")


def lacks_async(workload: Workload) -> str | None:
    """None, or what a workload lacks to be done by coroutines, with the remedy."""
    return _lacks(workload, "open_async", "perform_async")


def _lacks(workload: Workload, *methods: str) -> str | None:
    missing = [method for method in methods if not has(workload, method)]
    return f"{workload.name} has no {missing[0]}: add it, see workloads/contract.py" if missing else None


def lacks_pickling(workload: Workload) -> str | None:
    """None, or what keeps a workload or one of its tasks from reaching another process, with the remedy."""
    parts = {"the workload": workload, **{f"task {number}": task for number, task in enumerate(workload.tasks)}}
    for part, value in parts.items():
        try:
            pickle.loads(pickle.dumps(value))  # noqa: S301
        except Exception as error:
            return (
                f"{part} of {workload.name} cannot be pickled ({type(error).__name__}: {error}): keep functions and "
                "classes at the top of a module, and open files, locks and connections in `open`"
            )
    return None


def lacks_inheritance(workload: Workload) -> str | None:
    """None, or why only the processes that inherit what a workload has prepared can have it, with the remedy."""
    if getattr(workload, "inherited", False):
        return f"{workload.name} shares what only processes of multiprocessing inherit: choose a pattern with these"
    return None


def expect(workload: str, tasks: Sequence[object], results: Sequence[object], answers: Sequence[object]) -> None:
    """Compare results with the known answers, one by one and in task order.

    Raises WrongAnswer, naming the workload and the first task that differs, or the wrong number of either.
    """
    if len(answers) != len(tasks):
        raise WrongAnswer(
            f"{workload}: {len(answers)} answers are known for {len(tasks)} tasks: there must be one each"
        )
    if len(results) != len(tasks):
        raise WrongAnswer(f"{workload}: {len(tasks)} tasks gave {len(results)} results")
    for number, (task, result, answer) in enumerate(zip(tasks, results, answers, strict=True)):
        if result != answer:
            raise WrongAnswer(
                f"{workload}: task {number} ({task}) gave {short(result)} and the right answer is {short(answer)}"
            )


def short(value: object) -> str:
    """A value fit for one line: a megabyte of body is told by its size and its first bytes."""
    text = " ".join(repr(value).split())
    if len(text) <= 60:
        return text
    size = f" of {len(value)} bytes" if isinstance(value, bytes) else ""
    return f"{text[:40]}…{size}"
