"""An event loop in each of several threads: what happens where, and what a failure ends."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

import patterns
from tests.support.toys import OnlyAwaitable
from workloads.contract import usable_cores

TASKS = range(8)


class Noting(OnlyAwaitable):
    """Notes down in which thread each thing happens; the last task fails where `failing`, and the others never end."""

    tasks = TASKS

    def __init__(self, failing: bool = False) -> None:
        self.failing = failing
        self.seen: list[tuple[str, int]] = []

    def note(self, what: str) -> None:
        self.seen.append((what, threading.get_ident()))

    def threads(self, what: str) -> list[int]:
        return [thread for noted, thread in self.seen if noted == what]

    @asynccontextmanager
    async def open_async(self) -> AsyncIterator[None]:
        self.note("opened")
        yield
        self.note("closed")

    async def perform_async(self, client: None, task: int) -> int:
        self.note("performed")
        if self.failing and task != TASKS[-1]:
            try:
                await asyncio.Event().wait()
            finally:
                self.note("cancelled")
        if self.failing:
            raise ValueError("the last one")
        return task


def test_a_client_is_opened_used_and_closed_in_the_thread_of_its_loop() -> None:
    work = Noting()
    with patterns.get("asyncio-threads").start(work, 8) as run:
        assert run(TASKS) == list(TASKS)
    loops = work.threads("opened")
    assert len(set(loops)) == len(loops) == min(8, usable_cores())
    assert threading.get_ident() not in loops
    assert set(work.threads("performed")) == set(loops)
    assert sorted(work.threads("closed")) == sorted(loops)


def test_a_failure_ends_the_tasks_of_all_loops() -> None:
    work = Noting(failing=True)
    with patterns.get("asyncio-threads").start(work, 8) as run, pytest.raises(ValueError, match="the last one"):
        run(TASKS)
    assert len(work.threads("cancelled")) == len(work.threads("performed")) - 1  # what had not begun is not there
