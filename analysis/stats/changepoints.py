"""Where a series of runs changes its level for good: its steps.

Each value becomes the normal score of its rank, Φ⁻¹((rank - 3/8) / (n + 1/4)) (van der Waerden 1952, with Blom's 3/8
of 1958), and the best partition of the scores into levels is found by PELT (`analysis.stats.partition`): the least
Σ (score - its level's mean)² / σ² + penalty · steps, with σ² half the mean squared difference of neighbours (J. von
Neumann 1941), which a step hardly changes.

As only ranks count, in a series without a step every order is as likely as any other, whatever the noise: heavy tails
and outliers raise no more false alarms than normal noise. So the penalty depends on the length alone, and is set by
simulation to give a step to fewer than 1 in 200 flat series of 10 to 500 runs (`python -m tools.trend_power`). The
Schwarz criterion's 2·log n (Yao, Statistics & Probability Letters 6, 1988) gives one to 1 in 15 of 100 runs.

What is not seen is a step of fewer than `SHORTEST` runs. Noise of which neighbours have a share, such as a machine that
is slow for a day, is not told from a step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from analysis.stats.partition import partition

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Two outliers in a row are not rare, nor is a third slow run beside them.
SHORTEST = 4
# With fewer runs even a large step can hardly be told from an order that is due to chance.
FEWEST_RUNS = 10
# A change of the level of less than half a percent is told by nobody, however sure it is.
SMALLEST_LOG = 0.005
# Of standard normal noise, 95 % lie within so many standard deviations.
TWO_SIDED_95 = 1.96


@dataclass(frozen=True)
class Step:
    """A change of level between the values `at - 1` and `at`.

    The level before it begins at `start`, and the one after it ends before `end`. The size is a difference of logs,
    with its 95 % interval.
    """

    start: int
    at: int
    end: int
    size: float
    low: float
    high: float


def penalty(length: int) -> float:
    """What a step must gain to be one, in variances of the noise."""
    return 16 + 20 / length


def find_steps(logs: Sequence[float]) -> list[Step]:
    """The steps in a series of logarithms, from the first; none in a series that is too short to have one."""
    import numpy as np

    values = np.asarray(logs, dtype=float)
    places = [*_beginnings(values, 0, len(values)), len(values)]
    places = _settled(values, places)
    while True:
        found = [_step(values, *bounds) for bounds in zip(places, places[1:], places[2:], strict=False)]
        least = min(found, key=lambda step: abs(step.size), default=None)
        if least is None or abs(least.size) >= SMALLEST_LOG:
            return found
        places.remove(least.at)


def _beginnings(values: Floats, start: int, end: int) -> list[int]:
    """Where the levels of a stretch begin.

    What is found to be a level is searched again, with ranks of its own: beside a large step a small one hardly shows.
    """
    if end - start < FEWEST_RUNS:
        return [start]
    places = [start + place for place in _partition(_scores(values[start:end]))]
    if len(places) == 2:
        return [start]
    return [begin for level in pairwise(places) for begin in _beginnings(values, *level)]


def _scores(values: Floats) -> Floats:
    import numpy as np
    from scipy.special import ndtri  # scipy.stats has ranks too, and takes half a second to import

    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[which]  # equal values share the mean of their ranks
    scores: Floats = ndtri((ranks - 3 / 8) / (len(values) + 1 / 4))
    return scores


def _partition(scores: Floats) -> list[int]:
    """Where the levels of a series begin, and its end."""
    import numpy as np

    noise = math.sqrt(np.mean(np.diff(scores) ** 2) / 2)
    return partition(scores / noise, penalty(len(scores)), SHORTEST) if noise else [0, len(scores)]


def _settled(values: Floats, places: list[int]) -> list[int]:
    """The places by the values themselves, without those that another one stands for as well.

    By ranks, a large step among unlucky neighbours may look like two small ones.
    """
    while True:
        for number in range(1, len(places) - 1):
            places[number] = _place(values, *places[number - 1 : number + 2])
        for number in range(1, len(places) - 1):
            fewer = places[:number] + places[number + 1 :]
            for other in range(max(1, number - 1), min(number + 1, len(fewer) - 1)):
                fewer[other] = _place(values, *fewer[other - 1 : other + 2])
            if _misfit(values, fewer) < _misfit(values, places):
                places = fewer
                break
        else:
            return places


def _misfit(values: Floats, places: Sequence[int]) -> float:
    """How far all values are from the median of their level."""
    import numpy as np

    return float(sum(np.abs(values[start:end] - np.median(values[start:end])).sum() for start, end in pairwise(places)))


def _place(values: Floats, start: int, at: int, end: int) -> int:
    """Where in a stretch the second level begins: where all values are nearest to the median of their level.

    Ranks tell that there is a step, but not how large it is: some slow runs just before a large one would be given to
    it. That a value counts by its distance rather than its square keeps an outlier from moving the place.
    """
    import numpy as np

    nearer_to_second = np.abs(values - np.median(values[start:at])) - np.abs(values - np.median(values[at:end]))
    misfit = np.cumsum(nearer_to_second[start:end])[SHORTEST - 1 : -SHORTEST]
    return start + SHORTEST + int(np.argmin(misfit))


def _step(values: Floats, start: int, at: int, end: int) -> Step:
    """The step between two levels, with its size after Hodges and Lehmann (Annals of Mathematical Statistics 34, 1963).

    The median of all differences between a value after and one before; a few outliers do not move it. The interval is
    Moses': from the k-th smallest to the k-th largest difference, k by the normal approximation of the rank sum.
    """
    import numpy as np

    before, after = values[start:at], values[at:end]
    differences = np.sort(np.subtract.outer(after, before), axis=None)
    pairs = len(differences)
    reach = TWO_SIDED_95 * math.sqrt(pairs * (len(before) + len(after) + 1) / 12)
    k = max(0, math.floor(pairs / 2 - reach))
    return Step(start, at, end, float(np.median(differences)), float(differences[k]), float(differences[-1 - k]))
