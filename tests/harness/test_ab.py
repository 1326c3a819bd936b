"""What is compared of a benchmark in two subjects."""

import sys
from dataclasses import replace

import pytest

from harness.ab import ABRequest, RequestedSide
from harness.host.processes import SUITE
from harness.stands.forked import ForkedStands
from harness.stands.job import Job
from runfile.benchmarks import ComparedSubject
from tests.support.standing import forking

SIDE = RequestedSide(sys.executable, str(SUITE), ComparedSubject("one", "", "fork", {}))
REQUEST = ABRequest(SIDE, SIDE, 5.0, [], None)
ALL = 0


def job(pattern: str = "sequential", workload: str = "download-typical", **more: object) -> Job:
    return Job(pattern, workload, workers=1, cold=False, start_method="fork", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "tasks"),
    [
        (job(), 15),
        (job(tasks=1000), 15),
        (job(tasks=50), ALL),  # it takes a second
        (job("asyncio"), ALL),
        (job("threading"), ALL),
        (job(workload="math-primes"), ALL),
        (job(workload="files-read-small"), ALL),  # of which it is not known how long they take
        (job(file="my_work.py"), ALL),
    ],
)
def test_who_does_one_task_after_another_does_the_first_of_many_that_wait(asked: Job, tasks: int) -> None:
    assert REQUEST.part_of(asked) == tasks


def test_all_tasks_are_done_where_that_is_asked_for_or_starting_counts() -> None:
    assert ABRequest(SIDE, SIDE, 5.0, [], None, whole=True).part_of(job()) == ALL
    assert REQUEST.part_of(replace(job(), cold=True)) == ALL


@forking
@pytest.mark.parametrize(("available", "kept"), [(0, 1), (2 << 30, 3), (64 << 30, 8)])
def test_fewer_fork_servers_are_kept_where_memory_is_short(
    monkeypatch: pytest.MonkeyPatch, available: int, kept: int
) -> None:
    monkeypatch.setattr("harness.ab.available_bytes", lambda: available)
    request = ABRequest(SIDE, SIDE, 5.0, [], None)
    request.stands_for("base")
    for stands in request.stands.values():
        assert isinstance(stands, ForkedStands)
        assert len(stands._servers) == kept + 1  # and one for the pairs beyond
