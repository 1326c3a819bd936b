"""The best partition of a series into levels: PELT, for the mean.

The least Σ (value - its level's mean)² + penalty · (levels - 1) over all partitions into levels of `shortest` values or
more. The best partition up to each place follows from the best ones before it (optimal partitioning, B. Jackson and
others, IEEE Signal Processing Letters 12, 2005). A beginning that has cost more than a new level would have is no
longer looked at (Killick, Fearnhead and Eckley, JASA 107, 2012), once that new level is long enough to be one.

The library `ruptures` has it too, but brings no build for Python 3.14 and later: there it takes a compiler.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def partition(values: NDArray[np.float64], penalty: float, shortest: int) -> list[int]:
    """Where the levels of a series begin, and its end. Takes n·n steps at worst, one after the other in C."""
    import numpy as np

    length = len(values)
    if length < 2 * shortest:
        return [0, length]
    sums = np.concatenate(([0.0], np.cumsum(values)))
    squares = np.concatenate(([0.0], np.cumsum(values**2)))
    least = np.full(length + 1, np.inf)  # of the values up to each place
    least[0] = -penalty
    begins = np.zeros(length + 1, dtype=int)  # where the last level of that partition begins
    looked_at_until = np.full(length + 1, length)
    candidates = np.array([], dtype=int)
    for end in range(shortest, length + 1):
        candidates = np.append(candidates, end - shortest)
        spread = squares[end] - squares[candidates] - (sums[end] - sums[candidates]) ** 2 / (end - candidates)
        cost = least[candidates] + spread
        best = np.argmin(cost)
        least[end], begins[end] = cost[best] + penalty, candidates[best]
        too_dear = candidates[cost > least[end]]
        looked_at_until[too_dear] = np.minimum(looked_at_until[too_dear], end + shortest - 1)
        candidates = candidates[looked_at_until[candidates] > end]
    places = [length]
    while places[-1]:
        places.append(int(begins[places[-1]]))
    return places[::-1]
