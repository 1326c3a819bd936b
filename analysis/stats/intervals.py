"""How sure a ratio is: intervals over the repeats of a contest, and over runs.

The unit of evidence is a contender's process. A benchmark has one value for each repeat of its contest, and two
benchmarks of a contest are compared within a repeat: what made the machine slower meanwhile did so for both. Logarithms
are compared, because a ratio and its inverse must be equally far from 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, variance

from msgspec import Struct

LEVEL = 0.95
# A t interval of four or fewer values is mostly its quantile: 12.7 standard errors for two, 3.2 for four.
ENOUGH_RUNS = 5
# Two pairs tell next to nothing of how pairs differ.
ENOUGH_PAIRS = 3
# What ratios differ by from run to run, however much their repeats agree: a standard deviation of logs. Without it the
# intervals of single runs of what hardly spreads, as of naps, held the ratio over twenty runs in 79 of 100 cases.
BETWEEN_RUNS = 0.01
# And by how much the speed of a machine differs from one run to another, a standard deviation of logs: 8 % by the
# yardstick in twenty runs. Of two that wait for unlike shares of their time it changes the ratio.
MACHINE_SPEED = 0.08
# How many degrees of freedom the spread of all benchmarks of a contest is worth for that of two, as in a race.
PRIOR = 2
# The speed of a machine has been seen to change by 2.6 times within a run, and 3.5 leaves room for noise. It is all
# that can be said of a single pair.
WORST_CHANGE = 3.5
# More repeats than this to decide something is as good as never.
MOST_REPEATS = 1_000
# exp() of more overflows.
LARGEST_LOG = 700.0


class Interval(Struct, frozen=True):
    """A ratio, or another figure, with its 95 % interval, and the runs and the pairs of repeats that it comes from.

    Without pairs it comes from a value for each run.
    """

    estimate: float
    low: float
    high: float
    runs: int
    repeats: int = 0

    @property
    def is_above_one(self) -> bool:
        return self.low > 1


@dataclass(frozen=True)
class Prior:
    """A variance that is known beforehand, and its degrees of freedom."""

    variance: float
    freedom: float


@dataclass(frozen=True)
class Sample:
    """What one run measured of a benchmark: a value for each repeat of a contest, by the number of the repeat."""

    contest: str
    values: Mapping[int, float]
    prior: Prior | None = None  # by all benchmarks of the contest, from repeat to repeat
    rounds: Mapping[int, int] = field(default_factory=dict)  # of those repeats that have more than one
    waiting: float | None = None  # the share of its time that it waits; None for what does not differ between runs

    def weighted(self, values: Mapping[int, float]) -> Weighted:
        """Values of its repeats, each of which counts by its rounds."""
        rounds = [self.rounds.get(number, 1) for number in values]
        return Weighted(list(values.values()), [number / min(rounds) for number in rounds])


@dataclass(frozen=True)
class Weighted:
    """Values, and how many times as much as the least sure of them each counts.

    A value with the weight w has a w-th of the variance: rounds differ, and their processes hardly do, where some
    repeats have more of them (docs/method.md).
    """

    values: Sequence[float]
    weights: Sequence[float]

    @property
    def mean(self) -> float:
        return fmean(self.values, self.weights)

    @property
    def squares(self) -> float:
        """About the mean, in floats: `statistics` computes in fractions, which take ten times as long."""
        mean = self.mean
        return sum(weight * (value - mean) ** 2 for value, weight in zip(self.values, self.weights, strict=True))


@dataclass(frozen=True)
class Pair:
    """Two benchmarks of one run. They are paired by repeat if they were in the same contest."""

    above: Sample
    below: Sample

    @property
    def differences(self) -> dict[int, float]:
        """Above - below in each repeat that both have."""
        if self.above.contest != self.below.contest:
            return {}
        values = self.below.values
        return {number: value - values[number] for number, value in self.above.values.items() if number in values}

    @property
    def samples(self) -> list[Weighted]:
        """What a mean comes from: the differences, or the two samples where nothing is paired."""
        if differences := self.differences:
            return [self.above.weighted(differences)]
        return [one.weighted(one.values) for one in (self.above, self.below)]

    @property
    def between(self) -> float:
        """What it differs by from run to run, a standard deviation of logs.

        Who waits for more of its time gains less by a faster machine.
        """
        if self.above.waiting is None or self.below.waiting is None:
            return 0.0
        return math.hypot(BETWEEN_RUNS, MACHINE_SPEED * (self.above.waiting - self.below.waiting))

    @property
    def mean(self) -> float:
        first, *second = (sample.mean for sample in self.samples)
        return first - sum(second)


@dataclass(frozen=True)
class Estimate:
    """A mean difference with its standard error, which is None where a single repeat tells nothing of it."""

    value: float
    sampling_error: float | None  # by how the repeats spread, or the means of the runs
    freedom: float
    runs: int
    repeats: int
    means: tuple[float, ...] = ()  # of the runs, where the error comes from these
    between: float = 0.0  # the part of the error that more repeats do not make smaller

    @property
    def error(self) -> float | None:
        return None if self.sampling_error is None else math.hypot(self.sampling_error, self.between)

    def reach(self, level: float = LEVEL) -> float | None:
        """How far the interval of that level reaches to both sides."""
        if not self.error:  # with an error of 0 there may be no degrees of freedom
            return self.error
        return quantile(self.freedom, level) * self.error

    def ratio(self, level: float = LEVEL) -> Interval:
        """The ratio of which this is the logarithm. A single pair is within `WORST_CHANGE` of it, to both sides."""
        reach = self.reach(level)
        return interval(self.value, math.log(WORST_CHANGE) if reach is None else reach, self.runs, self.repeats)


def difference(pairs: Sequence[Pair]) -> Estimate | None:
    """The mean difference above - below over runs, each of which counts the same; None without a run.

    With `ENOUGH_RUNS` its error is that of the mean of the runs' means, with n - 1 degrees of freedom (Student,
    Biometrika 6, 1908). A percentile bootstrap of five runs, which cannot leave the range of the five, covers 83 % and
    not 95 (tests/analysis/stats/test_intervals.py has the simulation). With fewer it is `_within_runs`, and what
    runs are taken to differ by besides is added to it. Student's quantile then stretches that too, which errs on the
    safe side.
    """
    if not pairs:
        return None
    means, runs = [pair.mean for pair in pairs], len(pairs)
    repeats = sum(min(len(one.values) for one in pair.samples) for pair in pairs)
    if runs >= ENOUGH_RUNS:
        return _over_runs(means, repeats)
    error, freedom = _within_runs(pairs)
    between = math.hypot(*(pair.between for pair in pairs)) / runs
    return Estimate(fmean(means), error, freedom, runs, repeats, between=between)


def _over_runs(means: Sequence[float], repeats: int) -> Estimate:
    """What the means of many runs say."""
    runs = len(means)
    return Estimate(fmean(means), math.sqrt(variance(means) / runs), runs - 1, runs, repeats, tuple(means))


def _within_runs(pairs: Sequence[Pair]) -> tuple[float | None, float]:
    """The standard error of the mean of few runs, from their repeats, and its degrees of freedom.

    Pairs of repeats are nested in runs, and spread alike in all of them: with n_i pairs in run i of k, the variance s²
    is pooled, with Σ(n_i - 1) degrees of freedom, and the error is s · √(Σ 1/n_i) / k. Of a run in which nothing is
    paired, each of the two samples has a variance of its own (Welch, Biometrika 34, 1947).
    """
    share = 1 / len(pairs) ** 2
    paired = [pair for pair in pairs if len(pair.samples) == 1]
    alone = [[sample] for pair in pairs if len(pair.samples) == 2 for sample in pair.samples]
    parts = [_mean_variance([pair.samples[0] for pair in paired], _prior(paired))] if paired else []
    parts += [_mean_variance(group) for group in alone]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None, 0.0
    return combined_error([(error * math.sqrt(share), freedom) for error, freedom in known])


def _prior(pairs: Sequence[Pair]) -> Prior | None:
    """What the contests of few pairs say of how far pairs lie apart; None where the pairs say enough of it."""
    known = [pair.above.prior for pair in pairs if pair.above.prior]
    if not known or any(len(pair.differences) >= ENOUGH_PAIRS for pair in pairs):
        return None
    return Prior(2 * fmean(one.variance for one in known), sum(one.freedom for one in known))


def _mean_variance(samples: Sequence[Weighted], prior: Prior | None = None) -> tuple[float, float] | None:
    """The standard error of the sum of the samples' means, with one variance for all, and its degrees of freedom.

    The variance is moderated by a prior one, which is worth `PRIOR` degrees of freedom (Smyth, "Linear models and
    empirical Bayes methods for assessing differential expression", SAGMB 3, 2004).
    """
    freedom: float = sum(len(sample.values) - 1 for sample in samples)
    squares = sum(sample.squares for sample in samples)
    if prior:
        found = (squares + PRIOR * prior.variance) / (freedom + PRIOR)
        freedom = min(freedom + PRIOR, prior.freedom)
    elif freedom:
        found = squares / freedom
    else:
        return None
    return math.sqrt(found * sum(1 / sum(sample.weights) for sample in samples)), float(freedom)


def combined_error(parts: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The error of a sum of independent parts, each with its error and its degrees of freedom.

    Its own degrees of freedom are Satterthwaite's (Biometrics Bulletin 2, 1946): V² / Σ v²_i/ν_i, with V = Σ v_i.
    """
    whole = math.hypot(*(error for error, _ in parts))
    if not whole:
        return 0.0, sum(freedom for _, freedom in parts)
    # Shares rather than variances, which may be too small to be squared.
    return whole, 1 / sum((error / whole) ** 4 / freedom for error, freedom in parts)


def pooled(estimates: Sequence[Estimate]) -> Estimate:
    """The mean of estimates of different contests, each of which counts the same.

    Where all have the means of as many runs, these are averaged first, since what a run has of its own is in all of its
    contests. Within fewer runs, repeats of different contests are independent. What their runs differ by from others is
    taken to be in all of them alike: where a machine's speed changed, it correlated by up to 0.7 between tables.
    """
    repeats = min(one.repeats for one in estimates)
    if estimates[0].means and len({len(one.means) for one in estimates}) == 1:
        return _over_runs(
            [fmean(of_a_run) for of_a_run in zip(*(one.means for one in estimates), strict=True)], repeats
        )
    number, errors = len(estimates), [(one.sampling_error, one.freedom) for one in estimates]
    known = [(error / number, freedom) for error, freedom in errors if error is not None]
    error, freedom = combined_error(known) if len(known) == number else (None, 0.0)
    return Estimate(
        value=fmean(one.value for one in estimates),
        sampling_error=error,
        freedom=freedom,
        runs=min(one.runs for one in estimates),
        repeats=repeats,
        between=fmean(one.between for one in estimates),
    )


def repeats_needed(found: Estimate, limit: float, level: float = LEVEL) -> int | None:
    """About how many repeats until the interval of a ratio is on one side of a limit.

    That is if more of them give the same ratio and the same spread. None if a thousand would not do, as the ratio is
    about the limit itself or runs differ by more than it is away, or if the spread is not known.
    """
    if found.sampling_error is None:
        return None
    distance = abs(found.value - math.log(limit))
    spread = found.sampling_error * math.sqrt(found.repeats)
    gained = found.freedom / max(1, found.repeats - 1)  # by each repeat

    def decides(repeats: int) -> bool:
        error = math.hypot(spread / math.sqrt(repeats), found.between)
        return quantile(gained * (repeats - 1), level) * error < distance

    return next((number for number in range(found.repeats, MOST_REPEATS + 1) if decides(number)), None)


def mean_and_reach(values: Sequence[float], guess: float) -> tuple[float, float]:
    """The mean over runs of a figure that each has one of, and how far its interval reaches to both sides.

    Student's, with `ENOUGH_RUNS`. With fewer, `guess` stands in for the standard deviation between runs: a single value
    tells nothing of it.
    """
    runs, centre = len(values), fmean(values)
    if runs < ENOUGH_RUNS:
        return centre, quantile(math.inf) * guess / math.sqrt(runs)
    return centre, quantile(runs - 1) * math.sqrt(variance(values) / runs)


def interval(log_ratio: float, reach: float, runs: int, repeats: int = 0) -> Interval:
    """The interval that reaches so far to both sides of a log ratio."""
    return Interval(_exp(log_ratio), _exp(log_ratio - reach), _exp(log_ratio + reach), runs, repeats)


def quantile(freedom: float, level: float = LEVEL) -> float:
    """How many standard errors an interval of that level reaches to each side: Student's t."""
    # Here, because importing it takes longer than all the rest.
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + level) / 2))


def _exp(value: float) -> float:
    return math.exp(max(-LARGEST_LOG, min(LARGEST_LOG, value)))
