"""How much is measured: --fast, as usual, or --rigorous."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

# A benchmark that takes no time is not repeated for ever.
MAX_ROUNDS = 20
# A run that takes longer than this is warmed up with a task for each worker rather than whole.
WARM_UP_SECONDS = 0.3


class Effort(StrEnum):
    """The words that pyperf uses. The work of a benchmark is the same in each; its rounds are more or fewer."""

    FAST = "fast"
    DEFAULT = "default"
    RIGOROUS = "rigorous"


@dataclass(frozen=True)
class Rounds:
    """How often a benchmark is repeated: until `max_seconds` are spent, but `fewest` times at least."""

    fewest: int
    max_seconds: float
    most: int = MAX_ROUNDS

    def of(self, seconds: float) -> int:
        """The number of rounds for a program that takes so many seconds."""
        wanted = self.max_seconds / seconds if seconds > 0 else self.most
        return max(self.fewest, math.ceil(max(0, min(self.most, wanted))))

    def scaled(self, effort: Effort) -> Rounds:
        """Fewer or more of them: half as many in an eighth of the time, or three times as many in five times it."""
        match effort:
            case Effort.FAST:
                return Rounds(max(1, self.fewest // 2), self.max_seconds / 8, self.most)
            case Effort.DEFAULT:
                return self
            case Effort.RIGOROUS:
                return Rounds(self.fewest * 3, self.max_seconds * 5, self.most * 5)
