"""Workloads that do as a test tells them, importable by the processes of a pool."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, NoReturn

from workloads.contract import TaskFailed, Workload, expect, prepared


@dataclass(frozen=True)
class Doubling(Workload):
    """Doubles numbers. Fails at the task `broken`, and cannot be opened when `closed`."""

    tasks: Sequence[int] = tuple(range(40))
    broken: int | None = None
    closed: bool = False
    name: str = "doubling"

    @contextmanager
    def open(self) -> Iterator[int]:
        if self.closed:
            raise OSError("the shop is closed")
        yield 2

    @asynccontextmanager
    async def open_async(self) -> AsyncIterator[int]:
        with self.open() as factor:
            yield factor

    def perform(self, client: int, task: int) -> int:
        if task == self.broken:
            raise TaskFailed(f"task {task} is broken")
        return task * client

    async def perform_async(self, client: int, task: int) -> int:
        return self.perform(client, task)

    def check(self, results: Sequence[int]) -> None:
        expect(self.name, self.tasks, results, [task * 2 for task in self.tasks])

    def ideal_seconds(self, workers: int, cores: int) -> float:
        return 0.0


class Same(Workload):
    """Gives each task back. It has neither of the twins."""

    name = "same"
    tasks: Sequence[Any] = tuple(range(5))

    def check(self, results: Sequence[Any]) -> None:
        expect(self.name, self.tasks, results, self.tasks)


class OnlyBlocking(Same):
    name = "only-blocking"

    def perform(self, client: None, task: Any) -> Any:
        return task


class OnlyAwaitable(Same):
    name = "only-awaitable"

    async def perform_async(self, client: None, task: Any) -> Any:
        return task


class Shy:
    """Cannot be pickled, and notes down when it is shown."""

    shown = False

    def __reduce__(self) -> NoReturn:
        raise TypeError("not to be pickled")

    def __repr__(self) -> str:
        Shy.shown = True
        return "<shy>"


class NotPickled(OnlyBlocking, OnlyAwaitable):
    """Has tasks that cannot be pickled."""

    name = "not-pickled"
    tasks = tuple(Shy() for _ in range(5))


class Url(str):
    """A task of a `Download` that has no server of its own: it is anywhere."""

    number = 0

    @property
    def path(self) -> str:
        return str(self)


@dataclass(frozen=True)
class Together(Workload):
    """Several workloads as one, so that the same workers do all. A task is the number of one of them, and its task."""

    parts: Sequence[Workload]
    name: str = "together"

    @property
    def tasks(self) -> Sequence[tuple[int, Any]]:
        return [(number, task) for number, part in enumerate(self.parts) for task in part.tasks]

    @contextmanager
    def prepare(self) -> Iterator[None]:
        with ExitStack() as stack:
            for part in self.parts:
                stack.enter_context(prepared(part))
            yield

    @contextmanager
    def open(self) -> Iterator[list[Any]]:
        with ExitStack() as stack:
            yield [stack.enter_context(part.open()) for part in self.parts]

    @asynccontextmanager
    async def open_async(self) -> AsyncIterator[list[Any]]:
        async with AsyncExitStack() as stack:
            yield [await stack.enter_async_context(part.open_async()) for part in self.parts]

    def perform(self, client: list[Any], task: tuple[int, Any]) -> Any:
        number, own = task
        return self.parts[number].perform(client[number], own)

    async def perform_async(self, client: list[Any], task: tuple[int, Any]) -> Any:
        number, own = task
        return await self.parts[number].perform_async(client[number], own)

    def check(self, results: Sequence[Any]) -> None:
        rest = iter(results)
        for part in self.parts:
            part.check([*islice(rest, len(part.tasks))])
        assert [*rest] == []
