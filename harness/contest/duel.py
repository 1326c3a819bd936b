"""When a contest of two is over: as soon as it is known whether one is slower than the other by more than a threshold.

After five pairs of repeats, and then each time there are half as many again, there is a look at the log ratios,
candidate over base, one from each pair; and a last one when the time is spent. A process counts by its fastest round,
as both of a pair make equally many: what else goes on makes rounds slower and none faster, and fastest rounds vary the
least (J. Chen and J. Revels, "Robust benchmarking in noisy environments", 2016).

    regression, improvement   the interval excludes no change, and the estimate is beyond the threshold
    unchanged                 the interval is within the threshold, to both sides

Looking again and again must not raise the rate of false alarms. So each look spends a part of the error that is
allowed in all (Lan and DeMets, "Discrete sequential boundaries for clinical trials", Biometrika 70, 1983): those on the
way half of it, in proportion to the time that has passed, and the last one what is left. By Boole's inequality the
intervals of all looks hold together. Fewer pairs than five decide nothing: the tails of so few are not known.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from harness.contest.race import Standing, quantile

FEWEST_PAIRS = 5
# How many times as many pairs as at one look there are at the next.
GROWTH = 1.5
# Of a hundred comparisons of what is the same, one at most finds a regression, and one an improvement.
ERROR = 0.02


@dataclass
class Duel:
    """A base and a candidate, which have so many seconds. A change smaller than `threshold`, such as 0.05, is none."""

    base: str
    candidate: str
    threshold: float
    seconds: float
    error: float = ERROR
    logs: list[float] = field(default_factory=list)  # of candidate ÷ base, one for each pair
    standings: dict[str, Standing] = field(init=False)
    _next: int = FEWEST_PAIRS  # how many pairs there are at the next look
    _spent: float = 0.0  # of the error, by all looks but the newest
    _newest: float = 0.0  # what that one spends
    _has_verdict: bool = False

    def __post_init__(self) -> None:
        self.standings = {self.base: Standing.OPEN, self.candidate: Standing.OPEN}

    @property
    def level(self) -> float:
        """At which the interval holds: that of the look that has decided, or else that of the last one."""
        return 1 - (self._newest if self._has_verdict else self.error - self._spent)

    @property
    def decided(self) -> bool:
        """Whether there is a verdict, or nothing to be had: one of the two has failed."""
        return self._has_verdict or len(self.standings) < 2

    def drop(self, name: str) -> None:
        """Nobody leaves a duel before it is over."""

    def forget(self, name: str) -> None:
        """One of the two has failed."""
        self.standings.pop(name, None)

    def figure(self, rounds: Sequence[float]) -> float:
        """The fastest."""
        return min(rounds)

    def add(self, seconds: Mapping[str, float], elapsed: float) -> None:
        """Take in what each took in a pair of repeats, and look at all pairs if there are enough new ones."""
        if not seconds.keys() >= {self.base, self.candidate}:
            return
        self._spent, self._newest = self._spent + self._newest, 0.0
        self.logs.append(math.log(seconds[self.candidate] / seconds[self.base]))
        if len(self.logs) >= self._next:
            self._next = math.ceil(GROWTH * len(self.logs))
            self._newest = self.error / 2 * min(1.0, elapsed / self.seconds) - self._spent
            self._has_verdict = self._look()

    def _look(self) -> bool:
        """Whether the pairs give a verdict, at the level of this look."""
        pairs, change, limit = len(self.logs), fmean(self.logs), math.log1p(self.threshold)
        # Not statistics.stdev, which is exact and takes fifty times as long.
        spread = math.sqrt(math.fsum((log - change) ** 2 for log in self.logs) / (pairs - 1))
        reach = quantile(pairs - 1, self._newest / 2) * spread / math.sqrt(pairs)
        return (abs(change) > reach and abs(change) > limit) or abs(change) + reach < limit
