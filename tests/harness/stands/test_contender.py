"""Contenders whose rounds are done by real stands: which rounds are evidence, and what is observed."""

import multiprocessing

import pytest

from harness.contest.engine import Round
from harness.stands.contender import StandContender
from harness.stands.job import Job
from harness.stands.stands import Stands
from tests.support.standing import LIMIT_SECONDS


def contender(workload: str, tasks: int, stands: Stands) -> StandContender:
    job = Job("sequential", workload, 1, False, multiprocessing.get_start_method(), tasks=tasks)
    return StandContender("a", False, job, tasks, 0, stands, LIMIT_SECONDS)


def first_round(one: StandContender, repeat: int) -> Round:
    with one.enter(repeat) as entered:
        entered.wait()
        return entered.run()


@pytest.mark.parametrize(("workload", "tasks", "counts"), [("nap", 2, True), ("nothing", 2, False)])
def test_a_round_that_is_noted_down_counts_where_that_takes_next_to_nothing_of_it(
    stands: Stands, workload: str, tasks: int, counts: bool
) -> None:
    one = contender(workload, tasks, stands)
    assert first_round(one, 1).counts is counts
    assert first_round(one, 2).counts
    assert one.observation is not None
    assert one.observation.timeline is not None
    assert len(one.observation.timeline) == tasks
