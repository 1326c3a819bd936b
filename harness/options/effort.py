"""How much is measured: --fast, as usual, or --rigorous."""

from __future__ import annotations

from enum import StrEnum

from harness.contest.plan import Plan

# Of rounds in a repeat. A process is one observation however many there are, so that a few are enough.
ROUND_SECONDS = 0.05


class Effort(StrEnum):
    """The words that pyperf uses. The work of a benchmark is the same in each; its repeats are more or fewer."""

    FAST = "fast"
    DEFAULT = "default"
    RIGOROUS = "rigorous"


def planned(fewest: int, seconds: float, effort: Effort) -> Plan:
    """What pytest-benchmark's options mean at that effort.

    `--benchmark-min-rounds` is how many repeats there are at least, and `--benchmark-max-time` for how many seconds
    more a race goes on, for each contender. --fast makes a third of the repeats and three quarters of that time,
    --rigorous three times as many in six times the time.
    """
    match effort:
        case Effort.FAST:
            return Plan(max(1, fewest // 3), seconds * 0.75, ROUND_SECONDS)
        case Effort.DEFAULT:
            return Plan(fewest, seconds, ROUND_SECONDS)
        case Effort.RIGOROUS:
            return Plan(fewest * 3, seconds * 6, ROUND_SECONDS)
