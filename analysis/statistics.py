"""How sure a ratio is: intervals of a speed-up, over runs.

One pytest process is one independent observation, and its rounds are nested in it: they tell how a run wanders, not
how runs differ. So a speed-up is a ratio within a run, and its interval comes from how the ratios differ between runs.
Logarithms, because a ratio and its inverse must be equally far from 1. With fewer than `ENOUGH_RUNS` that difference
is not known well enough, and rounds and yardstick stand in for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, median, variance

from msgspec import Struct

LEVEL = 0.95
# A t interval of four or fewer values is mostly its quantile: 12.7 standard errors for two, 3.2 for four.
ENOUGH_RUNS = 5
# The median of many normal values varies this much more than their mean; of one or two, it is the mean.
MEDIAN_VARIANCE = math.pi / 2
# exp() of more overflows.
LARGEST_LOG = 700.0


class Interval(Struct, frozen=True):
    """A ratio, or another figure, with its 95 % interval, and the number of runs it comes from."""

    estimate: float
    low: float
    high: float
    runs: int

    @property
    def is_above_one(self) -> bool:
        return self.low > 1


class Variance(Struct, frozen=True):
    """A variance of logarithms, and the degrees of freedom it was estimated with."""

    value: float
    freedom: int


class Rounds(Struct, frozen=True):
    """The rounds of a benchmark in seconds, and the share of them that it spent computing: 0 waited, 1 never did."""

    seconds: Sequence[float]
    busy: float = 1.0


class Pair(Struct, frozen=True):
    """What one run says of a ratio: the rounds above and below the line, and how the run wandered."""

    above: Rounds
    below: Rounds
    wander: Variance

    @property
    def log_ratio(self) -> float:
        # Two logarithms: the quotient of extreme values may not be a number.
        return math.log(median(self.above.seconds)) - math.log(median(self.below.seconds))


def wander(yardsticks: Sequence[float]) -> Variance:
    """How much the machine's speed changed while a run was made: the variance of the log of the same fixed work."""
    return _log_variance(yardsticks)


def ratio(pairs: Sequence[Pair]) -> Interval | None:
    """The ratio above/below with its interval; None without a run to tell.

    The estimate is the geometric mean over the runs of r_i = median(above)/median(below). With `ENOUGH_RUNS`, the
    interval is Student's (1908): mean ± t(n-1) · s/√n of log r_i. A percentile bootstrap of five runs, which cannot
    leave the range of the five, covers 83 % and not 95 (tests/test_intervals.py has the simulation).
    With fewer it is `provisional_error`'s.
    """
    if not pairs:
        return None
    logs = [pair.log_ratio for pair in pairs]
    runs, centre = len(logs), fmean(logs)
    if runs >= ENOUGH_RUNS:
        error, freedom = math.sqrt(variance(logs) / runs), float(runs - 1)
    else:
        error, freedom = provisional_error(pairs)
    return interval(centre, quantile(freedom) * error if error else 0.0, runs)


def mean_and_reach(values: Sequence[float], guess: float) -> tuple[float, float]:
    """The mean over runs of a figure that each has one of, and how far its interval reaches to both sides.

    Student's, with `ENOUGH_RUNS`. With fewer, `guess` stands in for the standard deviation between runs: a single value
    tells nothing of it.
    """
    runs, centre = len(values), fmean(values)
    if runs < ENOUGH_RUNS:
        return centre, quantile(math.inf) * guess / math.sqrt(runs)
    return centre, quantile(runs - 1) * math.sqrt(variance(values) / runs)


def interval(log_ratio: float, reach: float, runs: int) -> Interval:
    """The interval that reaches so far to both sides of a log ratio."""
    return Interval(_exp(log_ratio), _exp(log_ratio - reach), _exp(log_ratio + reach), runs)


def provisional_error(pairs: Sequence[Pair]) -> tuple[float, float]:
    """The standard error of a mean log ratio over few runs, and its degrees of freedom.

        V = 1/n² · Σ_i [ c·s²_a,i/m_a,i + c·s²_b,i/m_b,i + (u²_a,i + u²_b,i)·τ²_i ]

    with s² the variance of the log rounds (0 for a single round), m their number, τ² the run's wander, u the share of
    a benchmark that is spent computing, since waiting takes as long on a slower machine, and c `MEDIAN_VARIANCE` from
    three rounds on. Degrees of freedom are Welch's (1947, Biometrika
    34:28) and Satterthwaite's (1946, Biometrics Bulletin 2:110): V² / Σ_j v²_j/ν_j over all components v_j of V.
    What only differs from process to process is not in it, so that it is a guess from below.
    """
    share = 1 / len(pairs) ** 2
    parts: list[tuple[float, int]] = []
    for pair in pairs:
        busy = pair.above.busy**2 + pair.below.busy**2
        parts.append((busy * pair.wander.value * share, pair.wander.freedom))
        for rounds in (pair.above, pair.below):
            factor = MEDIAN_VARIANCE if len(rounds.seconds) > 2 else 1.0
            found = _log_variance(rounds.seconds)
            parts.append((factor * found.value / len(rounds.seconds) * share, found.freedom))
    parts = [(value, freedom) for value, freedom in parts if value > 0]
    whole = sum(value for value, _ in parts)
    if not whole:
        return 0.0, math.inf
    # Shares rather than squares of variances, which may be too small to be squared.
    return math.sqrt(whole), 1 / sum((value / whole) ** 2 / freedom for value, freedom in parts)


def _log_variance(values: Sequence[float]) -> Variance:
    if len(values) < 2:
        return Variance(0.0, 0)
    return Variance(variance([math.log(value) for value in values]), len(values) - 1)


def quantile(freedom: float, level: float = LEVEL) -> float:
    """How many standard errors an interval of that level reaches to each side: Student's t."""
    # Here, because importing it takes longer than all the rest.
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + level) / 2))


def _exp(value: float) -> float:
    return math.exp(max(-LARGEST_LOG, min(LARGEST_LOG, value)))
