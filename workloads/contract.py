"""The seam between a kind of work and the way it is run: what a workload is."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, Protocol, Self, runtime_checkable


class TaskFailed(Exception):
    """A task could not be done. The message names the task and the cause."""


class WrongAnswer(Exception):
    """A task was done and its answer is wrong. The message names the task."""


class Workload(Protocol):
    """Some work, cut into tasks. Picklable, and ignorant of patterns.

    `perform` and `perform_async` do the same task, one blocking and one awaitable, with what `open` or
    `open_async` gave the worker. They raise when the task fails; a failure is never a result.
    """

    @property
    def name(self) -> str:
        """What the work is called in ids, tables and files, such as "download-typical"."""
        ...

    @property
    def tasks(self) -> Sequence[Any]:
        """The inputs, in order. Results are expected in the same order."""
        ...

    def open(self) -> AbstractContextManager[Any]:
        """What one blocking worker needs: a `requests.Session`, or nothing."""
        ...

    def open_async(self) -> AbstractAsyncContextManager[Any]:
        """What one event loop needs: an `aiohttp.ClientSession`, or nothing."""
        ...

    def perform(self, client: Any, task: Any) -> Any:
        """Do one task. Raises TaskFailed, with the task in the message, when it cannot be done."""
        ...

    async def perform_async(self, client: Any, task: Any) -> Any:
        """Do the same task, awaiting whatever takes time."""
        ...

    def check(self, results: Sequence[Any]) -> None:
        """Raise WrongAnswer for the first wrong result. The right ones are known in advance."""
        ...

    def ideal_seconds(self, workers: int, cores: int) -> float:
        """A lower bound on the makespan: no schedule on `workers` workers and `cores` cores beats it."""
        ...


@runtime_checkable
class Served(Protocol):
    """A workload whose tasks each make exactly one request to the local server."""

    def at(self, server_url: str) -> Self:
        """The same work against the server at this address, such as "http://127.0.0.1:8000"."""
        ...


def expect(workload: str, tasks: Sequence[object], results: Sequence[object], answers: Sequence[object]) -> None:
    """Compare results with the known answers, one by one and in task order.

    Raises WrongAnswer, naming the workload and the first task that differs, or the wrong number of results.
    """
    if len(results) != len(tasks):
        raise WrongAnswer(f"{workload}: {len(tasks)} tasks gave {len(results)} results")
    for number, (task, result, answer) in enumerate(zip(tasks, results, answers, strict=True)):
        if result != answer:
            raise WrongAnswer(
                f"{workload}: task {number} ({task}) gave {_short(result)} and the right answer is {_short(answer)}"
            )


def _short(value: object) -> str:
    """A value fit for one line: a megabyte of body is told by its size and its first bytes."""
    text = repr(value)
    if len(text) <= 60:
        return text
    size = f" of {len(value)} bytes" if isinstance(value, bytes) else ""
    return f"{text[:40]}…{size}"
