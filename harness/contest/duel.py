"""When a contest of two is over: as soon as it is known whether one is slower than the other by more than a threshold.

After each pair of repeats from the fifth on there is a look at the log ratios, candidate over base, one from each pair:

    regression, improvement   the interval excludes no change, and the estimate is beyond the threshold
    unchanged                 the interval is within the threshold, to both sides

Looking again and again must not raise the rate of false alarms. Of the error that is allowed in all, the look after n
pairs spends 4·error/(n(n-1)), which sums to it over all n from 5 on, so that the intervals of all looks hold together
(Boole's inequality): they are a confidence sequence, as in `harness.contest.race`. Fewer pairs than five decide
nothing: the tails of so few are not known.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import fmean

from harness.contest.race import Standing, quantile

FEWEST_PAIRS = 5
# Of a hundred comparisons of what is the same, one at most finds a regression, and one an improvement.
ERROR = 0.02


def spent(pairs: int, error: float) -> float:
    """What the look after so many pairs spends of the error that is allowed in all."""
    return (FEWEST_PAIRS - 1) * error / (pairs * (pairs - 1))


@dataclass
class Duel:
    """A base and a candidate. A change that is smaller than `threshold`, such as 0.05, does not matter."""

    base: str
    candidate: str
    threshold: float
    error: float = ERROR
    logs: list[float] = field(default_factory=list)  # of candidate ÷ base, one for each pair
    standings: dict[str, Standing] = field(init=False)

    def __post_init__(self) -> None:
        self.standings = {self.base: Standing.OPEN, self.candidate: Standing.OPEN}

    @property
    def level(self) -> float:
        """At which the interval of the look after the last pair holds."""
        return 1 - spent(max(len(self.logs), FEWEST_PAIRS), self.error)

    @property
    def decided(self) -> bool:
        """Whether there is a verdict, or nothing to be had: one of the two has failed."""
        if len(self.standings) < 2:
            return True
        pairs = len(self.logs)
        if pairs < FEWEST_PAIRS:
            return False
        change, limit = fmean(self.logs), math.log1p(self.threshold)
        # Not statistics.stdev, which is exact and takes fifty times as long.
        spread = math.sqrt(math.fsum((log - change) ** 2 for log in self.logs) / (pairs - 1))
        reach = quantile(pairs - 1, spent(pairs, self.error) / 2) * spread / math.sqrt(pairs)
        return (abs(change) > reach and abs(change) > limit) or abs(change) + reach < limit

    def drop(self, name: str) -> None:
        """Nobody leaves a duel before it is over."""

    def forget(self, name: str) -> None:
        """One of the two has failed."""
        self.standings.pop(name, None)

    def add(self, seconds: Mapping[str, float]) -> None:
        """Take in what each took in a pair of repeats."""
        if seconds.keys() >= {self.base, self.candidate}:
            self.logs.append(math.log(seconds[self.candidate] / seconds[self.base]))
