"""When a contest is decided: which contenders are surely behind the fastest, and which are surely as good as it.

After each repeat there is a look at the evidence: one log ratio of two contenders from each repeat. An interval of its
mean is held against a margin, within which it makes no practical difference who is faster:

    out       surely more than the margin behind the fastest: it takes no further part
    level     surely within the margin of everyone who is not out, and so of the best (Hsu, "Constrained simultaneous
              confidence intervals for multiple comparisons with the best", Annals of Statistics 12, 1984)
    decided   every contender is one or the other

Looking again and again must not raise the rate of wrong decisions. Of the error α that is allowed in all, the look
after n repeats may spend 2/(n(n-1)), which sums to 1 over all n from 3 on, however long the contest lasts; and each of
the m - 1 comparisons with the best spends an equal part of that. Bounds at these levels are a confidence sequence
(Darling and Robbins, "Confidence sequences for mean, variance, and median", PNAS 58, 1967), and dropping what is behind
by such bounds is a race (Maron and Moore, "Hoeffding races", NIPS 6, 1994). The margin is the indifference zone of
selection procedures (Kim and Nelson, "A fully sequential procedure for indifference-zone selection in simulation", ACM
TOMACS 11, 2001).

A few repeats say little of how repeats spread. So the variance of two contenders' log ratio is moderated: it is worth
n - 1 degrees of freedom, and what all contenders together spread by another `PRIOR` (Smyth, "Linear models and
empirical Bayes methods for assessing differential expression", SAGMB 3, 2004). That is not exact where
contenders spread very unequally, and who is fastest is seen in the same repeats. What rate of errors is kept all the
same, and how soon contests are decided, is shown by simulation:

    python -m tools.simulate_contests
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from statistics import fmean, geometric_mean
from typing import Protocol

from harness.contest.spread import spread_of, squares_about_mean
from runfile.benchmarks import Spread

ERROR = 0.05
# Below it, other things than speed decide: what a team knows, what its libraries can do.
MARGIN = 1.07
FEWEST_REPEATS = 3
# How many degrees of freedom the spread of all contenders together is worth for that of two.
PRIOR = 2
# One repeat says nothing of how repeats differ, and two say little: what others spread says nothing of who spreads
# more, as who keeps all cores busy does. The speed of a machine has been seen to change by 2.6 times from one moment to
# the next: what is further behind than this after one repeat is out all the same, and after two what is that far behind
# in each, as a machine is hardly slow for the same contender twice.
SPEEDS = {1: 3.5, 2: 1.4}


class Standing(StrEnum):
    """What is known of a contender."""

    OPEN = "open"
    LEVEL = "level"
    OUT = "out"


class Rule(Protocol):
    """Says when a contest is decided, and who is out before."""

    @property
    def standings(self) -> Mapping[str, Standing]:
        """What is known of each contender that has not failed."""
        ...

    @property
    def decided(self) -> bool:
        """Whether nothing is open."""
        ...

    def figure(self, rounds: Sequence[float], /) -> float:
        """What the rounds of a contender in a repeat count by, in seconds."""
        ...

    def add(self, seconds: Mapping[str, float], elapsed: float) -> None:
        """Take in what each contender took in a repeat, and for how many seconds the contest has gone on."""
        ...

    def drop(self, name: str) -> None:
        """Go on without a contender that is out."""
        ...

    def forget(self, name: str) -> None:
        """Go on as if a contender had never been there."""
        ...


@dataclass
class Race:
    """The contenders that are still in it, by what their repeats have shown."""

    names: Sequence[str]
    margin: float = MARGIN
    error: float = ERROR
    logs: dict[str, list[float]] = field(init=False)  # of seconds, a repeat each, of those still in it
    standings: dict[str, Standing] = field(init=False)

    figure = staticmethod(geometric_mean)  # logarithms are what is compared

    def __post_init__(self) -> None:
        self.logs = {name: [] for name in self.names}
        self.standings = dict.fromkeys(self.names, Standing.OPEN)

    @property
    def decided(self) -> bool:
        """Whether nothing is open."""
        return Standing.OPEN not in self.standings.values()

    def drop(self, name: str) -> None:
        """Go on without a contender."""
        self.logs.pop(name, None)

    def forget(self, name: str) -> None:
        """Go on as if a contender had never been there: it has failed."""
        self.drop(name)
        self.standings.pop(name, None)

    def add(self, seconds: Mapping[str, float], elapsed: float = 0.0) -> None:
        """Take in what each contender in the race took in a repeat, and look at what that shows."""
        for name, logs in self.logs.items():
            logs.append(math.log(seconds[name]))
        if not self.logs:
            return
        means = {name: fmean(logs) for name, logs in self.logs.items()}
        fastest, limit = min(means, key=means.__getitem__), math.log(self.margin)
        spread = spread_of(list(self.logs.values()))
        out = {name for name in self.logs if means[name] - means[fastest] - self._reach(name, fastest, spread) > limit}
        others = self.logs.keys() - out
        for name in self.logs:
            level = all(means[name] - means[one] + self._reach(name, one, spread) < limit for one in others)
            self.standings[name] = Standing.OUT if name in out else Standing.LEVEL if level else Standing.OPEN

    def _reach(self, one: str, other: str, together: Spread | None) -> float:
        """How far the mean log ratio of two may be from the true one, to one side, at the level of this look."""
        if one == other:
            return 0.0
        ratios = [a - b for a, b in zip(self.logs[one], self.logs[other], strict=True)]
        repeats = len(ratios)
        if repeats in SPEEDS or together is None:
            return math.log(SPEEDS[repeats]) + fmean(ratios) - min(ratios)
        spread = (PRIOR * 2 * together.variance + squares_about_mean(ratios)) / (PRIOR + repeats - 1)
        spent = self.error * share_of_error(repeats) / (len(self.names) - 1)
        return quantile(min(PRIOR + repeats - 1, together.freedom), spent) * math.sqrt(spread / repeats)


def share_of_error(repeats: int) -> float:
    """What the look after so many repeats, three or more, may spend of the error that is allowed in all."""
    return 2 / (repeats * (repeats - 1))


@cache
def quantile(freedom: int, error: float) -> float:
    """How many standard errors Student's bound is from the mean when it errs, to one side, with that probability."""
    # Here, because importing it takes longer than all the rest.
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 1 - error))
