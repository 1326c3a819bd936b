"""How much slower, how sure that is, and what it would take to be surer.

Two groups of runs, or pairs of processes that took turns. A run, or a process, is one observation, the median of a
benchmark's rounds in it, and logarithms are what is averaged. Between runs, what differs from one to the next, such as
the hour and the state of the machine, is what a change has to be larger than.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, variance

from analysis.stats.intervals import Interval, interval, quantile

# More runs than this to decide something is as good as never.
MOST_RUNS = 1_000


class Verdict(StrEnum):
    """What is known of a change, beside a threshold."""

    REGRESSION = "regression"  # surely slower, and by more than the threshold
    IMPROVEMENT = "improvement"  # surely faster, and by more than the threshold
    INCONCLUSIVE = "inconclusive"  # none of the others
    UNCHANGED = "unchanged"  # surely within the threshold, to both sides


@dataclass(frozen=True)
class Change:
    """A log ratio, candidate over base, from runs whose logs have the standard deviation `spread`."""

    log_ratio: float
    spread: float
    freedom: int
    share: float  # of the spread's square that is the square of the standard error
    runs: int
    in_pairs: bool

    def interval(self, level: float) -> Interval:
        """Student's interval (Biometrika 6, 1908): log ratio ± t · spread · √share."""
        reach = quantile(self.freedom, level) * self.spread * math.sqrt(self.share) if self.spread else 0.0
        return interval(self.log_ratio, reach, self.runs)

    def runs_needed(self, threshold: float, level: float) -> int | None:
        """About how many runs of each would decide, if more of them give the same ratio and the same spread.

        None if a thousand would not: the change is about as large as the threshold itself.
        """
        size, limit = abs(self.log_ratio), math.log1p(threshold)
        reach = size if size > limit else limit - size
        per_side = 1 if self.in_pairs else 2

        def decides(runs: int) -> bool:
            return quantile(per_side * (runs - 1), level) * self.spread * math.sqrt(per_side / runs) < reach

        return next((runs for runs in range(2, MOST_RUNS + 1) if decides(runs)), None)


def between(base: Sequence[float], candidate: Sequence[float]) -> Change | None:
    """The change between two groups of runs, of seconds in each run; None if no spread can be known.

    The spread is pooled, after Student: if nothing has changed, both groups spread alike, and it is then that no alarm
    may be raised. So a single run can be held against many.
    """
    freedom = len(base) + len(candidate) - 2
    if not base or not candidate or freedom < 1:
        return None
    logs = [[math.log(value) for value in group] for group in (base, candidate)]
    squares = sum(variance(group) * (len(group) - 1) for group in logs if len(group) > 1)
    return Change(
        log_ratio=fmean(logs[1]) - fmean(logs[0]),
        spread=math.sqrt(squares / freedom),
        freedom=freedom,
        share=1 / len(base) + 1 / len(candidate),
        runs=len(base) + len(candidate),
        in_pairs=False,
    )


def in_pairs(base: Sequence[float], candidate: Sequence[float]) -> Change | None:
    """The change over pairs of processes that took turns; None if no spread can be known.

    What made the machine faster or slower for both of a pair is not in it.
    """
    if len(base) < 2:
        return None
    logs = [math.log(after) - math.log(before) for before, after in zip(base, candidate, strict=True)]
    return Change(
        log_ratio=fmean(logs),
        spread=math.sqrt(variance(logs)),
        freedom=len(logs) - 1,
        share=1 / len(logs),
        runs=len(logs),
        in_pairs=True,
    )


def judge(found: Interval, threshold: float) -> Verdict:
    """What an interval says beside a threshold, such as 0.05 for 5 %; to be faster is measured by the same factor."""
    limit = 1 + threshold
    if found.low > 1 and found.estimate > limit:
        return Verdict.REGRESSION
    if found.high < 1 and found.estimate < 1 / limit:
        return Verdict.IMPROVEMENT
    if found.low > 1 / limit and found.high < limit:
        return Verdict.UNCHANGED
    return Verdict.INCONCLUSIVE
