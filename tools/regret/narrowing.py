"""Who goes on from pass to pass, and when enough is known: the rule of the contests that cells are measured in.

The suite's own race (`harness.contest.race`) decides between all contenders. Here one of them is advised, and only how
that compares with the best matters: it is never out, and the others are cut down to the few that are closest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import fmean, geometric_mean, stdev

from harness.contest.race import Standing

# After none of the passes in turns, one, two and so on: who takes more than so many times as long as the best takes no
# further part, and no more than so many do, however close they are.
BEHIND = (2.0, 1.5, 1.3, 1.2, 1.15)
MOST_LEFT = (8, 6, 5, 4)
# How what is advised compares with another cell is known after so many passes, if the standard error of the ratio is
# below this, or if it is faster by so many of them.
FEWEST_PASSES = 4
KNOWN, SURE = 0.01, 3


def near_the_best(logs: Mapping[str, float], passes: int) -> set[str]:
    """Who goes on after so many passes in turns, by the mean logarithms of their seconds."""
    ranked = sorted(logs, key=logs.__getitem__)[: MOST_LEFT[min(passes, len(MOST_LEFT) - 1)]]
    limit = math.log(BEHIND[min(passes, len(BEHIND) - 1)])
    return {name for name in ranked if logs[name] - logs[ranked[0]] <= limit}


@dataclass
class Narrowing:
    """The contenders that are still in it, by their logarithms of seconds in each pass. What is advised stays in it."""

    advised: str
    logs: dict[str, list[float]]
    standings: dict[str, Standing] = field(init=False)

    figure = staticmethod(geometric_mean)

    def __post_init__(self) -> None:
        self.standings = dict.fromkeys(self.logs, Standing.OPEN)

    @property
    def decided(self) -> bool:
        """Whether it is known of all who are left how what is advised compares with them."""
        others = self.logs.keys() - {self.advised}
        return not others or (self.advised in self.logs and all(map(self._is_known, others)))

    def _is_known(self, other: str) -> bool:
        ratios = [theirs - own for theirs, own in zip(self.logs[other], self.logs[self.advised], strict=True)]
        if len(ratios) < FEWEST_PASSES:
            return False
        error = stdev(ratios) / math.sqrt(len(ratios))
        return error < KNOWN or fmean(ratios) > SURE * error

    def add(self, seconds: Mapping[str, float], elapsed: float) -> None:
        """Take in what each took in a pass."""
        for name, logs in self.logs.items():
            logs.append(math.log(seconds[name]))
        passes = max(map(len, self.logs.values()), default=0)
        near = near_the_best({name: fmean(logs) for name, logs in self.logs.items()}, passes)
        for name in self.logs.keys() - near - {self.advised}:
            self.standings[name] = Standing.OUT

    def drop(self, name: str) -> None:
        """Go on without a contender that is out."""
        self.logs.pop(name, None)

    def forget(self, name: str) -> None:
        """Go on as if a contender had never been there: it has failed."""
        self.drop(name)
        self.standings.pop(name, None)
