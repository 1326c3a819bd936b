"""By how much repeats differ, by all contenders of a contest."""

from statistics import variance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contest.spread import spread_of

shifts = st.lists(st.floats(-5, 5), min_size=3, max_size=3)


def test_of_two_it_is_half_of_what_their_ratio_spreads() -> None:
    one, other = [0.1, 0.4, 0.2], [0.3, 0.1, 0.5]
    found = spread_of([one, other])
    assert found is not None
    assert found.freedom == 2
    assert 2 * found.variance == pytest.approx(variance(a - b for a, b in zip(one, other, strict=True)))


@given(shifts, shifts)
def test_who_is_slower_and_when_the_machine_is_changes_nothing(contenders: list[float], repeats: list[float]) -> None:
    logs = [[0.1, 0.4, 0.2], [0.3, 0.1, 0.5], [0.0, 0.2, 0.1]]
    there = [
        [log + own + now for log, now in zip(row, repeats, strict=True)]
        for row, own in zip(logs, contenders, strict=True)
    ]
    before, after = spread_of(logs), spread_of(there)
    assert before is not None
    assert after is not None
    assert after.variance == pytest.approx(before.variance, abs=1e-9)
    assert after.freedom == before.freedom


@pytest.mark.parametrize("logs", [[], [[0.1, 0.2]], [[0.1], [0.2]]])
def test_one_contender_or_repeat_tells_nothing(logs: list[list[float]]) -> None:
    assert spread_of(logs) is None
