"""How sure a ratio is, and how numbers read."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import statistics, units
from analysis.statistics import Interval, Pair, Rounds, Variance, wander

durations = st.floats(1e-6, 1e3)
rounds = st.builds(Rounds, st.lists(durations, min_size=1, max_size=6), st.floats(0, 1))
pairs = st.builds(Pair, rounds, rounds, st.lists(durations, max_size=8).map(wander))
few_and_many = st.lists(pairs, min_size=1, max_size=8)


# Intervals


def interval_of(some: list[Pair]) -> Interval:
    interval = statistics.ratio(some)
    assert interval is not None
    return interval


@given(few_and_many)
def test_an_interval_holds_its_estimate_and_counts_its_runs(some: list[Pair]) -> None:
    interval = interval_of(some)
    assert 0 < interval.low <= interval.estimate <= interval.high < math.inf
    assert interval.runs == len(some)


@given(few_and_many, st.floats(1e-3, 1e3))
def test_another_unit_of_time_changes_nothing(some: list[Pair], unit: float) -> None:
    def scaled_rounds(some: Rounds) -> Rounds:
        return Rounds([one * unit for one in some.seconds], some.busy)

    scaled = [Pair(scaled_rounds(pair.above), scaled_rounds(pair.below), pair.wander) for pair in some]
    before, after = interval_of(some), interval_of(scaled)
    assert math.log(after.estimate) == pytest.approx(math.log(before.estimate), abs=1e-9)
    assert math.log(after.high) == pytest.approx(math.log(before.high), rel=1e-6, abs=1e-6)


@given(few_and_many)
def test_the_other_way_round_is_the_inverse(some: list[Pair]) -> None:
    there = interval_of(some)
    back = interval_of([Pair(pair.below, pair.above, pair.wander) for pair in some])
    for one, other in ((there.estimate, back.estimate), (there.low, back.high), (there.high, back.low)):
        assert math.log(one) == pytest.approx(-math.log(other), rel=1e-6, abs=1e-9)


@given(pairs, st.integers(1, 12))
def test_more_runs_that_say_the_same_do_not_move_the_estimate(pair: Pair, times: int) -> None:
    assert interval_of([pair] * times).estimate == pytest.approx(interval_of([pair]).estimate)


def test_without_runs_there_is_no_interval() -> None:
    assert statistics.ratio([]) is None


def test_five_runs_give_students_interval() -> None:
    logs = [0.1, 0.2, 0.3, 0.4, 0.5]
    interval = interval_of([Pair(Rounds([math.exp(log)]), Rounds([1.0]), Variance(9.0, 3)) for log in logs])
    reach = 2.7764451 * math.sqrt(0.025 / 5)  # t(0.975, 4) from a table
    assert [math.log(one) for one in (interval.low, interval.estimate, interval.high)] == pytest.approx(
        [0.3 - reach, 0.3, 0.3 + reach]
    )


def test_few_runs_are_as_unsure_as_their_rounds_and_their_yardstick() -> None:
    pair = Pair(Rounds([math.exp(0.1), math.exp(0.3)]), Rounds([1.0]), Variance(0.01, 7))
    # The rounds: 0.02 / 2 with one degree of freedom; the yardstick: twice 0.01 with seven.
    error, freedom = statistics.provisional_error([pair])
    assert error == pytest.approx(math.sqrt(0.01 + 0.02))
    assert freedom == pytest.approx(0.03**2 / (0.01**2 / 1 + 0.02**2 / 7))
    error, freedom = statistics.provisional_error([pair, pair])
    assert error == pytest.approx(math.sqrt(0.03 / 2))
    assert freedom == pytest.approx(2 * 0.03**2 / (0.01**2 / 1 + 0.02**2 / 7))


def test_a_yardstick_that_wanders_does_not_unsettle_what_only_waits() -> None:
    def error_of(busy: float) -> float:
        pair = Pair(Rounds([2.0, 2.1], busy), Rounds([1.0, 1.1], busy), Variance(0.01, 7))
        return statistics.provisional_error([pair])[0]

    assert error_of(0.0) < error_of(0.1) < error_of(1.0)
    assert error_of(1.0) ** 2 - error_of(0.0) ** 2 == pytest.approx(2 * 0.01)


def noisy_pair(rng: random.Random, rounds: int, between: float, within: float, drift: float) -> Pair:
    """A run whose true ratio is 2: log-normal noise between benchmarks, between rounds, and of the whole machine."""

    def measure(seconds: float) -> tuple[list[float], float]:
        now = rng.gauss(0, drift)
        mean = math.log(seconds) + rng.gauss(0, between) + now
        return [math.exp(rng.gauss(mean, within)) for _ in range(rounds)], math.exp(now)

    (above, first), (below, second) = measure(2.0), measure(1.0)
    return Pair(Rounds(above), Rounds(below), wander([first, second, *(measure(1.0)[1] for _ in range(10))]))


def bootstrap(logs: list[float], rng: random.Random) -> tuple[float, float]:
    means = sorted(math.fsum(rng.choices(logs, k=len(logs))) / len(logs) for _ in range(200))
    return means[4], means[-5]


def test_five_runs_cover_the_truth_where_a_bootstrap_of_them_does_not() -> None:
    rng = random.Random(20261124)
    covered = by_bootstrap = 0
    for _ in range(1000):
        runs = [noisy_pair(rng, 3, between=0.02, within=0.01, drift=0.0) for _ in range(5)]
        interval = interval_of(runs)
        covered += interval.low <= 2 <= interval.high
        low, high = bootstrap([run.log_ratio for run in runs], rng)
        by_bootstrap += low <= math.log(2) <= high
    assert covered >= 930
    assert by_bootstrap < 880


@pytest.mark.parametrize(("runs", "rounds"), [(1, 2), (1, 5), (3, 3)])
def test_few_runs_cover_the_truth_when_the_yardstick_sees_the_noise(runs: int, rounds: int) -> None:
    rng = random.Random(runs * 100 + rounds)
    intervals = [
        interval_of([noisy_pair(rng, rounds, between=0.0, within=0.01, drift=0.03) for _ in range(runs)])
        for _ in range(400)
    ]
    assert sum(one.low <= 2 <= one.high for one in intervals) >= 372


@pytest.mark.parametrize("runs", [1, 3, 5, 12])
def test_the_mean_of_a_figure_over_runs_covers_the_truth_if_the_guess_for_few_is_right(runs: int) -> None:
    rng = random.Random(runs)
    covered = 0
    for _ in range(1000):
        centre, reach = statistics.mean_and_reach([rng.gauss(7, 0.3) for _ in range(runs)], guess=0.3)
        covered += abs(centre - 7) <= reach
    assert 930 <= covered <= 970


# Units

SCALE = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1, "B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


@given(st.floats(1e-9, 1e6))
def test_a_duration_reads_back_within_its_three_digits(value: float) -> None:
    number, unit = units.seconds(value).split()
    assert float(number.replace(",", "")) * SCALE[unit] == pytest.approx(value, rel=0.0051)
    assert unit == "s" or float(number) < 1000


@given(st.integers(0, 2**50))
def test_a_size_reads_back_within_its_three_digits(value: int) -> None:
    number, unit = units.size(value).split()
    assert float(number.replace(",", "")) * SCALE[unit] == pytest.approx(value, rel=0.0051)


@given(st.lists(st.floats(1e-9, 1e4), min_size=2))
def test_longer_durations_never_read_shorter(values: list[float]) -> None:
    def read(value: float) -> float:
        number, unit = units.seconds(value).split()
        return float(number.replace(",", "")) * SCALE[unit]

    assert all(read(a) <= read(b) * (1 + 1e-9) for a, b in pairwise(sorted(values)))


def test_numbers_read_as_people_write_them() -> None:
    assert [units.seconds(one) for one in (0, 44e-6, 0.15, 2.214, 0.9996, 1234)] == [
        "0 s", "44.0 µs", "150 ms", "2.21 s", "1.00 s", "1,230 s"
    ]  # fmt: skip
    assert [units.size(one) for one in (0, 812, 1023, 2**20, 24.1 * 2**20, 2**40)] == [
        "0 B", "812 B", "1023 B", "1.00 MiB", "24.1 MiB", "1.00 TiB"
    ]  # fmt: skip
    assert [units.percent(one) for one in (0, 0.0042, 0.056, 0.952, 1)] == ["0 %", "0.42 %", "5.6 %", "95 %", "100 %"]
    assert [units.factor(one) for one in (0.9534, 1.07, 17.63, 1240)] == ["0.953×", "1.07×", "17.6×", "1,240×"]


def test_a_bound_shows_on_which_side_of_one_it_is() -> None:
    assert units.ratio(Interval(1.07, 1.03, 1.11, 5)) == "1.07× [1.03–1.11]"
    assert units.ratio(Interval(1.012, 1.002, 1.022, 5)) == "1.01× [1.002–1.022]"
    assert units.ratio(Interval(1.0, 1.0, 1.0, 5)) == "1.00× [1.00–1.00]"
    assert units.ratio(Interval(2.0, 1e-9, 4e12, 1)) == "2.00× [0.00–4e+12]"
