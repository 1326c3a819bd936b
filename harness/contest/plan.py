"""How long a contest goes on, and how many rounds a contender makes in each repeat."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

# What takes no time is not repeated for ever.
MOST_ROUNDS = 10
MOST_REPEATS = 30


@dataclass(frozen=True)
class Plan:
    """How long a contest goes on.

    So many repeats; and then, while it is not decided, for so many seconds more for each contender that it began with,
    or, if it is `strict`, for what is left of them.

    When at most half of the contenders are left, each makes `close_rounds` times as many rounds in a repeat. Where
    rounds differ by more than processes do, a second round says as much as a second process, which takes longer
    (Kalibera and Jones, "Rigorous benchmarking in reasonable time", ISMM 2013).
    """

    fewest_repeats: int
    seconds: float  # 0: no race
    round_seconds: float  # of rounds for a contender in a repeat, on average, and at least one of them
    most_repeats: int = MOST_REPEATS
    strict: bool = False
    close_rounds: int = 1
    short_seconds: float = 0.0  # rounds that take less are as many as can be

    def turns(self, seconds: Sequence[float]) -> int:
        """How many rounds each contender has in a repeat, given what a round of each takes.

        All have as many. The first rounds of a process differ from later ones, so that whoever had more of them would
        be ahead, and by how much would depend on how long the very first one happened to take.
        """
        whole = sum(seconds)
        if whole < self.short_seconds * len(seconds):
            return MOST_ROUNDS
        wanted = self.round_seconds * len(seconds) / whole if whole else MOST_ROUNDS
        return max(1, math.ceil(min(MOST_ROUNDS, wanted)))  # endless for what takes next to nothing
