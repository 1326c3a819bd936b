"""An order of which each step is sure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

from analysis.stats.intervals import LEVEL, Estimate


def ranked(names: Sequence[str], log_ratio: Callable[[str, str], Estimate]) -> tuple[tuple[str, ...], ...]:
    """Groups of names, the fastest first: each of a group is surely faster than each of the next ones.

    `names` has the fastest first, and `log_ratio(above, below)` is how much longer one takes. All that is said holds
    together with 95 %: each of the m(m-1)/2 pairs has an equal part of the error (Bonferroni). What was measured in one
    repeat only is sure of nothing.
    """
    pairs = len(names) * (len(names) - 1) // 2
    level = 1 - (1 - LEVEL) / max(1, pairs)

    def is_sure(faster: str, slower: str) -> bool:
        found = log_ratio(slower, faster)
        return found.repeats > 1 and found.ratio(level).is_above_one

    ends = [
        place
        for place in range(1, len(names))
        if all(is_sure(faster, slower) for faster, slower in product(names[:place], names[place:]))
    ]
    return tuple(tuple(names[start:end]) for start, end in zip([0, *ends], [*ends, len(names)], strict=True))
