"""What intervals make of what differs from run to run, such as the speed of the machine."""

import math

import pytest

from analysis.stats.intervals import Estimate, Pair, Sample, difference, pooled, repeats_needed

SAME = (0.1, 0.1, 0.1)


def estimate(*logs: float, waiting: tuple[float | None, float | None], runs: int = 1) -> Estimate:
    """Of runs with these log ratios, one in each repeat, of two that wait for such shares of their time."""
    above, below = waiting
    numbered = dict(enumerate(logs, 1))
    pair = Pair(Sample("one", numbered, waiting=above), Sample("one", dict.fromkeys(numbered, 0.0), waiting=below))
    found = difference([pair] * runs)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("waiting", "error"),
    [
        ((0.9, 0.9), 0.01),
        ((0.9, 0.4), math.hypot(0.01, 0.04)),
        ((0.0, 1.0), math.hypot(0.01, 0.08)),
        ((None, None), 0.0),
    ],
)
def test_a_ratio_differs_by_more_the_less_alike_two_wait(waiting: tuple[float, float], error: float) -> None:
    found = estimate(*SAME, waiting=waiting)
    assert [found.error, found.between] == pytest.approx([error, error])
    assert estimate(*SAME, waiting=waiting, runs=2).between == pytest.approx(error / math.sqrt(2))


def test_the_machine_is_the_same_for_all_tables_of_a_run() -> None:
    alike, unlike = (estimate(0.0, 0.1, 0.2, waiting=waiting) for waiting in ((0.5, 0.5), (0.9, 0.4)))
    found = pooled([unlike, unlike, alike])
    assert found.between == pytest.approx((2 * math.hypot(0.01, 0.04) + 0.01) / 3)
    assert alike.sampling_error is not None
    assert found.error == pytest.approx(math.hypot(alike.sampling_error / math.sqrt(3), found.between))


def test_no_repeats_decide_what_runs_differ_by() -> None:
    assert repeats_needed(estimate(0.05, 0.06, 0.07, waiting=(1.0, 0.0)), 1.0) is None
    assert repeats_needed(estimate(0.05, 0.06, 0.07, waiting=(0.5, 0.5)), 1.0) == 3
    found = estimate(0.0, 0.1, 0.2, waiting=(1.0, 0.5))
    needed = repeats_needed(found, 1.0)
    without = repeats_needed(estimate(0.0, 0.1, 0.2, waiting=(None, None)), 1.0)
    assert needed is not None
    assert without is not None
    assert needed > without > 3
