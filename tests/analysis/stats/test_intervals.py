"""How sure a ratio is."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import fmean
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.stats import intervals as statistics
from analysis.stats.intervals import BETWEEN_RUNS, WORST_CHANGE, Estimate, Interval, Pair, Prior, Sample, difference
from harness.contest.spread import spread_of

T = TypeVar("T")
statistics.quantile(1)  # which imports SciPy: that takes longer than Hypothesis gives a test

values = st.dictionaries(st.integers(1, 9), st.floats(-14, 7), min_size=1, max_size=6)
samples = st.builds(Sample, st.sampled_from(["one", "other"]), values)
pairs = st.builds(Pair, samples, samples)
few_and_many = st.lists(pairs, min_size=1, max_size=8)


def sample(logs: Sequence[float], contest: str = "one", prior: Prior | None = None) -> Sample:
    return Sample(contest, dict(enumerate(logs, 1)), prior)


def paired(*logs: float, prior: Prior | None = None) -> Pair:
    """A run in which the ratio had these logarithms, one in each repeat."""
    return Pair(sample(logs, prior=prior), sample([0.0] * len(logs), prior=prior))


def there(found: T | None) -> T:
    assert found is not None
    return found


def interval_of(some: list[Pair]) -> Interval:
    """Of benchmarks that do not wait."""
    working = [Pair(replace(pair.above, waiting=0.0), replace(pair.below, waiting=0.0)) for pair in some]
    return there(difference(working)).ratio()


def estimate_of(*some: Pair) -> Estimate:
    return there(difference(some))


def logs_of(interval: Interval) -> list[float]:
    return [math.log(one) for one in (interval.low, interval.estimate, interval.high)]


@given(few_and_many)
def test_an_interval_holds_its_estimate_and_counts_its_runs(some: list[Pair]) -> None:
    interval = interval_of(some)
    assert 0 < interval.low <= interval.estimate <= interval.high < math.inf
    assert interval.runs == len(some) <= interval.repeats


@given(few_and_many, st.floats(-5, 5))
def test_a_machine_that_is_slower_for_all_of_a_run_changes_nothing(some: list[Pair], slower: float) -> None:
    def on_it(one: Sample) -> Sample:
        return Sample(one.contest, {number: value + slower for number, value in one.values.items()})

    before, after = interval_of(some), interval_of([Pair(on_it(pair.above), on_it(pair.below)) for pair in some])
    assert logs_of(after) == pytest.approx(logs_of(before), rel=1e-6, abs=1e-6)


@given(few_and_many)
def test_the_other_way_round_is_the_inverse(some: list[Pair]) -> None:
    there, back = interval_of(some), interval_of([Pair(pair.below, pair.above) for pair in some])
    assert logs_of(there) == pytest.approx([-one for one in reversed(logs_of(back))], rel=1e-6, abs=1e-9)


@given(pairs, st.integers(1, 12))
def test_more_runs_that_say_the_same_do_not_move_the_estimate(pair: Pair, times: int) -> None:
    assert interval_of([pair] * times).estimate == pytest.approx(interval_of([pair]).estimate)


def test_without_runs_there_is_no_interval() -> None:
    assert difference([]) is None


def test_one_run_gives_students_interval_over_its_repeats() -> None:
    interval = interval_of([paired(0.1, 0.2, 0.3, 0.4, 0.5)])
    reach = 2.7764451 * math.hypot(math.sqrt(0.025 / 5), BETWEEN_RUNS)  # t(0.975, 4) from a table
    assert logs_of(interval) == pytest.approx([0.3 - reach, 0.3, 0.3 + reach])
    assert (interval.runs, interval.repeats) == (1, 5)


def test_only_repeats_that_both_have_are_compared() -> None:
    slow_moment = Pair(Sample("one", {1: 1.1, 2: 3.2, 4: 1.3}), Sample("one", {1: 1.0, 2: 3.0, 3: 9.0, 4: 1.0}))
    assert slow_moment.differences == pytest.approx({1: 0.1, 2: 0.2, 4: 0.3})


def test_repeats_count_by_their_rounds() -> None:
    rounds = {1: 2, 2: 6}
    found = estimate_of(
        Pair(Sample("one", {1: 0.1, 2: 0.2}, None, rounds), Sample("one", {1: 0.0, 2: 0.0}, None, rounds))
    )
    assert found.value == pytest.approx(0.175)
    assert found.error == pytest.approx(math.sqrt((0.075**2 + 3 * 0.025**2) / 4))
    assert found.freedom == 1


@given(few_and_many, st.integers(1, 9))
def test_as_many_rounds_in_each_repeat_change_nothing(some: list[Pair], rounds: int) -> None:
    def with_rounds(one: Sample) -> Sample:
        return Sample(one.contest, one.values, one.prior, dict.fromkeys(one.values, rounds))

    assert interval_of([Pair(*map(with_rounds, (pair.above, pair.below))) for pair in some]) == interval_of(some)


def test_intervals_of_repeats_with_more_and_fewer_rounds_hold_what_they_promise() -> None:
    generator, rounds = random.Random(6), {1: 1, 2: 1, 3: 1, 4: 3, 5: 3, 6: 3}
    held = weighted = plain = 0.0
    for _ in range(2_000):
        logs = {number: generator.gauss(0.0, 1 / math.sqrt(made)) for number, made in rounds.items()}
        zeros = dict.fromkeys(logs, 0.0)
        found = estimate_of(Pair(Sample("one", logs, None, rounds), Sample("one", zeros, None, rounds)))
        held += abs(found.value) < there(found.reach())
        weighted += found.value**2
        plain += fmean(logs.values()) ** 2
    assert 0.935 < held / 2_000 < 0.965
    assert weighted < 0.85 * plain


def test_few_runs_share_a_variance_of_repeats() -> None:
    found = estimate_of(paired(0.0, 0.2), paired(1.0, 1.1, 1.2))
    assert found.value == pytest.approx((0.1 + 1.1) / 2)
    assert found.freedom == 3
    assert found.error == pytest.approx(math.sqrt((0.02 + 0.02) / 3 * (1 / 2 + 1 / 3)) / 2)


def test_how_far_two_pairs_lie_apart_is_told_by_the_whole_contest_too() -> None:
    prior = Prior(0.005, 5)
    found = estimate_of(paired(0.1, 0.3, prior=prior))
    assert found.value == pytest.approx(0.2)
    assert found.freedom == 3
    assert found.error == pytest.approx(math.sqrt((0.02 + 2 * 2 * 0.005) / 3 / 2))
    assert estimate_of(paired(0.1, 0.3, prior=Prior(0.005, 2))).freedom == 2
    two_runs = estimate_of(paired(0.1, 0.3, prior=prior), paired(0.1, 0.3, prior=prior))
    assert two_runs.freedom == 4
    assert two_runs.error == pytest.approx(math.sqrt((0.04 + 2 * 2 * 0.005) / 4 / 4))


def test_how_sure_a_single_pair_is_is_told_by_the_whole_contest() -> None:
    found = estimate_of(paired(0.1, prior=Prior(0.005, 5)))
    assert found.freedom == 2
    assert found.error == pytest.approx(math.sqrt(2 * 0.005))
    assert estimate_of(paired(0.1, prior=Prior(0.005, 1))).freedom == 1
    assert estimate_of(paired(0.1)).error is None


def test_three_pairs_and_a_contest_of_two_say_that_themselves() -> None:
    logs = (0.1, 0.2, 0.4)
    assert estimate_of(paired(*logs, prior=Prior(9.0, 8))) == estimate_of(paired(*logs))
    of_two = there(spread_of([[0.1, 0.3], [0.0, 0.0]]))
    alone = estimate_of(paired(0.1, 0.3))
    together = estimate_of(paired(0.1, 0.3, prior=Prior(of_two.variance, of_two.freedom)))
    assert together.freedom == alone.freedom
    assert together.error == pytest.approx(alone.error)


def test_five_runs_count_as_one_value_each() -> None:
    runs = [paired(log - 0.3, log + 0.3) for log in (0.1, 0.2, 0.3, 0.4, 0.5)]
    reach = 2.7764451 * math.sqrt(0.025 / 5)
    assert logs_of(interval_of(runs)) == pytest.approx([0.3 - reach, 0.3, 0.3 + reach])


def test_a_single_pair_is_as_unsure_as_a_machine_was_ever_seen_to_be() -> None:
    interval = interval_of([paired(math.log(1.2))])
    assert (interval.low, interval.high) == pytest.approx((1.2 / WORST_CHANGE, 1.2 * WORST_CHANGE))


def test_of_different_contests_nothing_is_paired() -> None:
    above, below = [1.0, 1.2, 1.4], [0.5, 0.6]
    found = estimate_of(Pair(sample(above), sample(below, "other")))
    parts = [0.04 / 3, 0.005 / 2]  # Welch's, with two and one degrees of freedom
    assert found.value == pytest.approx(1.2 - 0.55)
    assert found.error == pytest.approx(math.sqrt(sum(parts)))
    assert found.freedom == pytest.approx(sum(parts) ** 2 / (parts[0] ** 2 / 2 + parts[1] ** 2 / 1))
    assert estimate_of(Pair(sample(above), sample([0.5], "other"))).error is None


def test_tables_that_are_pooled_count_the_same() -> None:
    one, other = Estimate(0.1, 0.03, 4, 1, 5), Estimate(0.3, 0.04, 9, 1, 10)
    found = statistics.pooled([one, other])
    assert found.value == pytest.approx(0.2)
    assert found.error == pytest.approx(0.025)
    assert 4 < found.freedom < 13
    assert statistics.pooled([one, Estimate(0.3, None, 0, 1, 1)]).error is None


def test_what_a_run_has_of_its_own_is_in_all_of_its_tables() -> None:
    means = (0.0, 0.1, 0.2, 0.3, 0.4)
    one = estimate_of(*(paired(mean, mean) for mean in means))
    assert statistics.pooled([one, one, one]).error == pytest.approx(one.error)
    opposite = estimate_of(*(paired(-mean, -mean) for mean in means))
    assert statistics.pooled([one, opposite]).error == pytest.approx(0)


def test_what_would_decide_is_told_in_repeats() -> None:
    found = estimate_of(paired(0.0, 0.1, 0.2, 0.3, 0.4))
    needed = there(statistics.repeats_needed(found, 1.05))
    spread = math.sqrt(0.025)
    for repeats, decides in ((needed - 1, False), (needed, True)):
        reach = statistics.quantile(repeats - 1) * spread / math.sqrt(repeats)
        assert (0.2 - reach > math.log(1.05)) == decides
    assert statistics.repeats_needed(found, math.exp(0.2)) is None
    assert statistics.repeats_needed(estimate_of(paired(0.4)), 1.0) is None


class SwitchingMachine:
    """A machine with two speeds, which change between repeats and between the rounds in one, whoever is at work."""

    def __init__(self, rng: random.Random, within: float, between: float = 0.3) -> None:
        self.rng, self.within, self.between = rng, within, between
        self.is_slow = rng.random() < 0.5

    def repeat(self, ratio: float, rounds: int = 2) -> tuple[float, float]:
        """The mean logs of two contenders: rounds in turns, and processes that differ by three percent."""
        self._may_switch(self.between)
        processes = (math.log(ratio) + self.rng.gauss(0, 0.03), self.rng.gauss(0, 0.03))
        made: tuple[list[float], list[float]] = ([], [])
        for number in range(rounds):
            for contender in (0, 1) if number % 2 == 0 else (1, 0):
                self._may_switch(self.within)
                now = math.log(WORST_CHANGE) if self.is_slow else 0.0
                made[contender].append(processes[contender] + self.rng.gauss(0, 0.02) + now)
        return fmean(made[0]), fmean(made[1])

    def _may_switch(self, chance: float) -> None:
        if self.rng.random() < chance:
            self.is_slow = not self.is_slow


def coverage(
    ratio: float, within: float, fewest: int, most: int, is_over: Callable[[Estimate], bool] = lambda _: True
) -> float:
    """How many of so many contests end with an interval that holds the ratio; they are looked at from a repeat on."""
    rng, contests, covered = random.Random(f"{ratio} {within} {most}"), 1000, 0
    for _ in range(contests):
        machine = SwitchingMachine(rng, within)
        above, below = dict[int, float](), dict[int, float]()
        for number in range(1, most + 1):
            above[number], below[number] = machine.repeat(ratio)
            if number >= fewest:
                found = estimate_of(Pair(Sample("one", above), Sample("one", below)))
                if is_over(found):
                    break
        interval = found.ratio()
        covered += interval.low <= ratio <= interval.high
    return covered / contests


@pytest.mark.parametrize("within", [0.0, 0.05])
@pytest.mark.parametrize("repeats", [2, 3, 10])
def test_repeats_cover_the_truth_though_the_machine_switches_its_speed(repeats: int, within: float) -> None:
    assert coverage(1.3, within, repeats, repeats) >= 0.935


@pytest.mark.parametrize("within", [0.0, 0.05])
@pytest.mark.parametrize("ratio", [1.1, 1.3, 2.0])
def test_to_drop_out_early_takes_little_of_the_coverage(ratio: float, within: float) -> None:
    """From the third repeat on, by a stricter interval: who drops out by chance looks further behind than it is."""
    assert coverage(ratio, within, 3, 15, lambda one: one.ratio(0.99).low > 1) >= 0.93


@pytest.mark.parametrize("deviations", [(0.03,) * 6, (0.002, 0.01, 0.01, 0.02, 0.04, 0.06)])
def test_two_repeats_cover_the_truth_where_others_help_and_reach_less_far(deviations: Sequence[float]) -> None:
    """Of each contender beside the first, though some spread by more than others."""
    rng = random.Random(f"{deviations}")
    covered, reaches = [], []
    for _ in range(600):
        slow = [rng.choice((0.0, math.log(WORST_CHANGE))) for _ in range(2)]
        logs = [[moment + rng.gauss(0, deviation) for moment in slow] for deviation in deviations]
        found = there(spread_of(logs))
        samples = [sample(one, prior=Prior(found.variance, found.freedom)) for one in logs]
        alone = [sample(one) for one in logs]
        for number in range(1, len(logs)):
            helped = estimate_of(Pair(samples[number], samples[0]))
            reach, student = there(helped.reach()), there(estimate_of(Pair(alone[number], alone[0])).reach())
            covered.append(abs(helped.value) <= reach)
            reaches.append(reach / student)
    assert fmean(covered) >= 0.935
    assert sorted(reaches)[len(reaches) // 2] < 0.6


def bootstrap(logs: list[float], rng: random.Random) -> tuple[float, float]:
    means = sorted(math.fsum(rng.choices(logs, k=len(logs))) / len(logs) for _ in range(200))
    return means[4], means[-5]


def test_five_runs_cover_the_truth_where_a_bootstrap_of_them_does_not() -> None:
    rng = random.Random(20261124)
    covered = by_bootstrap = 0
    for _ in range(1000):
        centres = [rng.gauss(0, 0.03) for _ in range(5)]
        runs = [paired(*(rng.gauss(centre, 0.01) for _ in range(3))) for centre in centres]
        interval = interval_of(runs)
        covered += interval.low <= 1 <= interval.high
        low, high = bootstrap([run.mean for run in runs], rng)
        by_bootstrap += low <= 0 <= high
    assert covered >= 930
    assert by_bootstrap < 880


@pytest.mark.parametrize("runs", [1, 3, 5, 12])
def test_the_mean_of_a_figure_over_runs_covers_the_truth_if_the_guess_for_few_is_right(runs: int) -> None:
    rng = random.Random(runs)
    covered = 0
    for _ in range(1000):
        centre, reach = statistics.mean_and_reach([rng.gauss(7, 0.3) for _ in range(runs)], guess=0.3)
        covered += abs(centre - 7) <= reach
    assert 930 <= covered <= 970
