"""What a trial measures of tasks that wait, compute with the GIL and without it, or have others compute."""

import asyncio
import hashlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from harness.custom import gil, measuring
from harness.custom.bare import BareWork, bare_requests, bare_sleeps
from harness.custom.gil import CAN_WATCH, watched_gil
from harness.custom.measuring import Doing, Pass, awaitable, blocking, measured
from harness.custom.validate import TrialError, try_own
from harness.host.cpu import has_gil
from runfile.trial import TriedVersion, TriedWork
from tests import SUITE
from workloads.contract import Workload, usable_cores
from workloads.download import Download

BODY = bytes(2**21)
WATCHED = CAN_WATCH and has_gil() and usable_cores() > 1


def python(task: int) -> int:
    return sum(number * number for number in range(task))


def hashing(task: int) -> str:
    return hashlib.sha512(BODY).hexdigest()


class Made(Workload):
    """A function as work, in both versions."""

    name = "made"
    tasks: Sequence[Any] = ()

    def __init__(self, function: Callable[[Any], Any], tasks: Sequence[Any] = (1, 2, 3), wait: float = 0.0) -> None:
        self.function, self.tasks, self.wait = function, tasks, wait

    def perform(self, client: None, task: Any) -> Any:
        time.sleep(self.wait)
        return self.function(task)

    async def perform_async(self, client: None, task: Any) -> Any:
        await asyncio.sleep(self.wait)
        return self.function(task)


@pytest.fixture(autouse=True)
def shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(measuring, "WATCHED_SECONDS", 0.05)


def first_of(workload: Workload) -> list[Pass]:
    with blocking(workload) as perform:
        return [perform([task]) for task in workload.tasks]


def taken(
    workload: Workload, opened: measuring.Opened = blocking, bare: BareWork | None = None, seen: list[Any] | None = None
) -> TriedVersion:
    """What a workload takes; `seen` gets the results of each pass."""
    judged = [] if seen is None else seen
    with opened(workload) as perform:
        doing = Doing(workload.tasks, perform, lambda results: judged.append([*results]))
        if bare is None:
            return measured(first_of(workload), doing)
        with opened(bare.workload) as perform_bare:
            beside = Doing(bare.workload.tasks, perform_bare, bare.judge)
            return measured(first_of(workload), doing, beside, bare.latency_seconds)


@pytest.mark.parametrize("opened", [blocking, awaitable])
def test_waiting_is_told_from_computing(opened: measuring.Opened) -> None:
    waits, computes = taken(Made(python, [10], wait=0.02), opened), taken(Made(python, [40_000]), opened)
    assert waits.waited_seconds > 0.5 * 0.02
    assert waits.cpu_seconds < 0.5 * waits.waited_seconds
    assert computes.waited_seconds < 0.5 * computes.cpu_seconds
    assert computes.others_seconds < 0.2 * computes.cpu_seconds


def test_short_tasks_are_done_many_times_and_all_are_judged() -> None:
    seen: list[list[int]] = []
    found = taken(Made(abs), seen=seen)
    assert found.tried == 3
    assert found.seconds > 0
    assert sum(map(len, seen)) >= 30
    for results in seen:
        assert results == [*(1, 2, 3) * len(results)][: len(results)]


def test_slow_tasks_are_not_done_again_but_for_one_beside_which_the_gil_is_watched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(measuring, "SHORT_SECONDS", 0.05)
    seen: list[list[int]] = []
    found = taken(Made(abs, range(8), wait=0.06), seen=seen)
    assert [len(results) for results in seen] == [1]
    assert found.tried == 8
    assert found.seconds > 0.06


def test_a_wrong_result_ends_it() -> None:
    results = iter(range(1000))
    workload = Made(lambda _: next(results))

    def judge(found: Sequence[int]) -> None:
        if found[0] > 3:
            raise ValueError("wrong")

    with blocking(workload) as perform, pytest.raises(ValueError, match="wrong"):
        measured(first_of(workload), Doing(workload.tasks, perform, judge))


def test_how_unequal_tasks_are() -> None:
    found = taken(Made(python, [200, 200, 200, 200, 200, 200_000]))
    assert found.longest_seconds > 3 * found.median_seconds
    assert found.deviation > found.seconds
    assert found.spread > 0.5


def test_what_other_threads_and_processes_compute_is_counted() -> None:
    code = [sys.executable, "-S", "-c", "sum(range(3_000_000))"]
    child = taken(Made(lambda _: subprocess.run(code, check=True).returncode, [1, 2]))
    assert child.children_seconds > child.thread_seconds
    with ThreadPoolExecutor(1) as executor:
        other = taken(Made(lambda task: executor.submit(hashing, task).result()))
    assert other.others_seconds > other.thread_seconds


@pytest.mark.parametrize("opened", [blocking, awaitable])
def test_a_bare_sleep_is_done_in_turns_with_tasks_that_wait(opened: measuring.Opened) -> None:
    def waits() -> bool:
        found = taken(Made(python, [30_000], wait=0.01), opened, bare_sleeps(0.01))
        assert found.bare is not None
        assert found.bare.latency_seconds == 0.01
        assert found.bare.cpu_seconds < found.cpu_seconds
        return found.bare.waited_seconds > 0.009

    assert any(waits() for _ in range(5))  # other programs disturb the others


def test_what_hardly_waits_has_nothing_beside_it() -> None:
    assert bare_sleeps(0.0001) is None
    assert taken(Made(abs)).bare is None


@pytest.mark.parametrize(("waited", "near", "latency"), [(0.0203, True, 0.02), (9.0, True, 0.02), (0.0009, True, 0.0),
                                                         (0.0203, False, None)])  # fmt: skip
def test_a_bare_request_waits_about_as_long(waited: float, near: bool, latency: float | None) -> None:
    found = bare_requests("http://127.0.0.1:1", waited, 5000, near)
    assert found.latency_seconds == latency
    assert isinstance(found.workload, Download)
    assert {task.size for task in found.workload.tasks} == {5000}


def share_of(function: Callable[[int], Any], task: int) -> float:
    """The share of its CPU time that a function spends without the GIL, if it can be told on a busy machine."""
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline:
        with watched_gil() as watch:
            ends = time.monotonic() + 0.05
            while time.monotonic() < ends:
                function(task)
        if watch.free_share is not None:
            return watch.free_share
    pytest.skip("this machine was too busy")


def is_seen(low: float, high: float, function: Callable[[int], Any], task: int) -> bool:
    """Whether that share is found between two bounds, in one of five tries: other programs disturb the others."""
    return any(low <= share_of(function, task) < high for _ in range(5))


@pytest.mark.skipif(not WATCHED, reason="takes Linux, a GIL, and a second core")
class TestGil:
    def test_python_holds_it(self) -> None:
        assert is_seen(0, 0.2, python, 20_000)

    def test_json_and_sorting_hold_it_though_they_are_c(self) -> None:
        assert is_seen(0, 0.2, lambda task: sorted(range(task, 0, -1)), 100_000)

    def test_hashing_does_not(self) -> None:
        assert is_seen(0.6, 1.1, hashing, 1)

    def test_what_does_both_is_in_between(self) -> None:
        assert is_seen(0.1, 0.9, lambda task: (python(task), hashing(task)), 30_000)

    def test_waiting_does_not_count(self) -> None:
        workload = Made(python, wait=0.005)
        assert is_seen(0, 0.4, lambda task: workload.perform(None, task), 20_000)


class Reading(NamedTuple):
    """What a watcher reads: CPU time of the watched, how often it waited itself or was put aside, and had no core."""

    spent: float
    ru_nvcsw: int = 0
    ru_nivcsw: int = 0
    queued: float = 0.0


@pytest.mark.skipif(not CAN_WATCH, reason="takes Linux")
@pytest.mark.parametrize(
    ("readings", "held", "free"),
    [
        ([Reading(1), Reading(3)], 0, 3),  # it has never waited
        ([Reading(1, 1), Reading(3, 2)], 3, 0),  # it has waited each time
        ([Reading(1), Reading(5, 1), Reading(6, 1)], 4, 2),
        ([Reading(5, 1, 0, 3)], 2, 0),  # the GIL was free for some time before it had a core
        ([Reading(5, 1, 0, 9)], 0, 0),
        ([Reading(1), Reading(2, 0, 1), Reading(4, 0, 1), Reading(8, 0, 1)], 0, 5),  # it was put aside
    ],
)
def test_who_waits_for_the_gil_tells_that_it_was_held(
    monkeypatch: pytest.MonkeyPatch, readings: list[Reading], held: float, free: float
) -> None:
    watch, left = gil.GilWatch(), [Reading(0), *readings]
    now = left[0]

    def spent(_: int) -> float:
        nonlocal now
        now = left.pop(0)
        if not left:
            watch.ended.set()
        return now.spent

    monkeypatch.setattr(time, "clock_gettime", spent)
    monkeypatch.setattr(gil, "getrusage", lambda _: now)
    monkeypatch.setattr(gil, "queued_seconds", lambda: now.queued)
    watch.watch(0, threading.Event())
    assert (watch.held, watch.free, watch.spent) == (held, free, readings[-1].spent)


def test_without_a_gil_nobody_holds_it_and_with_one_core_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gil, "has_gil", lambda: False)
    assert taken(Made(python, [1_000])).gil_free == 1.0
    monkeypatch.setattr(gil, "has_gil", lambda: True)
    monkeypatch.setattr(gil, "usable_cores", lambda: 1)
    assert taken(Made(hashing)).gil_free is None


class TestInATrial:
    def work_of(self, file: Path) -> TriedWork:
        found = try_own(file, 20.0, server_url=None, measures=True).work
        assert found is not None
        return found

    def test_requests_to_the_suites_own_server(self) -> None:
        work = self.work_of(SUITE / "examples/pages.py")
        assert (work.tasks, work.connects, work.is_local) == (20, True, True)
        for version in (work.blocking, work.awaitable):
            assert version is not None
            assert version.bare is not None
            assert version.bare.latency_seconds == 0.02
            assert 0.02 <= version.waited_seconds < 10 * version.bare.waited_seconds
        low, high = 2_000, 41_000
        if work.awaitable and work.awaitable.tried == work.tasks:  # a busy machine has time for some of them only
            low, high = 21_000, 22_000
        assert low < work.size_bytes < high

    def test_coroutines_alone_that_connect_to_nobody(self, file: Path) -> None:
        file.write_text("import asyncio\ntasks = range(3)\n\nasync def perform_async(task):\n"
                        "    await asyncio.sleep(0.01)\n    return lambda: task\n")  # fmt: skip
        work = self.work_of(file)
        assert (work.connects, work.is_local, work.size_bytes, work.blocking) == (False, False, 0, None)
        assert work.awaitable is not None
        assert work.awaitable.bare is not None

    def test_a_result_that_changes_when_tasks_are_done_again(self, file: Path) -> None:
        file.write_text("times = [0]\ntasks = range(3)\n\ndef perform(task):\n"
                        "    times[0] += 1\n    return times[0] > 7\n")  # fmt: skip
        with pytest.raises(TrialError, match="gave False first and then, with perform, True, and no check says which"):
            self.work_of(file)
