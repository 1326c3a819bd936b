"""When a contest is decided: which contenders are surely behind the fastest, and which are surely as good as it.

After each repeat there is a look at the evidence: for each contender, one log ratio to the fastest from each repeat
that both were in. Student's interval of their mean (Biometrika 6, 1908) is held against a margin, within which it makes
no practical difference who is faster:

    out       surely more than the margin behind the fastest: it takes no further part
    level     surely within the margin
    decided   every contender is one or the other

Looking again and again must not raise the rate of wrong decisions. Of the error α that is allowed in all, the look
after n repeats may spend 2α/(n(n-1)), which sums to α over all n from 3 on, however long the contest lasts; and each
of the m - 1 comparisons of a look spends an equal part of that. By Boole's inequality all decisions together are right
with a probability of 1 - α at least. So Student's intervals at these levels are a confidence sequence (Darling and
Robbins, "Confidence sequences for mean, variance, and median", PNAS 58, 1967), and dropping what is behind by such
bounds is a race (Maron and Moore, "Hoeffding races", NIPS 6, 1994). The margin is the indifference zone of selection
procedures (Kim and Nelson, "A fully sequential procedure for indifference-zone selection in simulation", ACM TOMACS
11, 2001).

`python -m tools.simulate_contests` shows by simulation what rate of errors is kept, and how soon contests are decided.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from statistics import fmean, stdev

ERROR = 0.05
# Below it, other things than speed decide: what a team knows, what its libraries can do.
MARGIN = 1.05
FEWEST_REPEATS = 3
# One or two repeats say nothing of how repeats differ. By how much a machine's speed can change from one moment to the
# next: what is further behind is out all the same.
SPEEDS = 2.5
# Seconds that any clock tells from none.
RESOLUTION = 1e-9


class Standing(StrEnum):
    """What is known of a contender."""

    OPEN = "open"
    LEVEL = "level"
    OUT = "out"


@dataclass
class Race:
    """The contenders that are still in it, by what their repeats have shown."""

    names: Sequence[str]
    margin: float = MARGIN
    error: float = ERROR
    logs: dict[str, list[float]] = field(init=False)  # of seconds, a repeat each, of those still in it
    standings: dict[str, Standing] = field(init=False)

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

    def add(self, seconds: Mapping[str, float]) -> None:
        """Take in what each contender in the race took in a repeat, and look at what that shows."""
        for name, logs in self.logs.items():
            logs.append(math.log(max(seconds[name], RESOLUTION)))
        if not self.logs:
            return
        fastest = min(self.logs, key=lambda name: fmean(self.logs[name]))
        for name in self.logs:
            self.standings[name] = Standing.LEVEL if name == fastest else self._standing(name, fastest)

    def _standing(self, name: str, fastest: str) -> Standing:
        ratios = [one - other for one, other in zip(self.logs[name], self.logs[fastest], strict=True)]
        repeats, limit = len(ratios), math.log(self.margin)
        if repeats < FEWEST_REPEATS:
            return Standing.OUT if min(ratios) > limit + math.log(SPEEDS) else Standing.OPEN
        spent = 2 * self.error / (repeats * (repeats - 1)) / max(1, len(self.names) - 1)
        reach = quantile(repeats - 1, spent) * stdev(ratios) / math.sqrt(repeats)
        if fmean(ratios) - reach > limit:
            return Standing.OUT
        return Standing.LEVEL if fmean(ratios) + reach < limit else Standing.OPEN


@cache
def quantile(freedom: int, error: float) -> float:
    """How many standard errors Student's interval reaches to each side when it errs with that probability."""
    # Here, because importing it takes longer than all the rest.
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 1 - error / 2))
