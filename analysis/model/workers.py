"""Which number of workers is best for some work, by what the laws say of each."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from analysis.model.costs import Calibration, PatternCosts
from analysis.model.laws import quantities
from analysis.model.prediction import known_of
from analysis.model.work import Work

# Numbers of workers that are looked at: about six for each tenfold.
WORKERS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
# Numbers that take at most so many times as long as the best are all the same to the laws. The fewest are advised of
# workers that have their price, or only compute. Of others the middle number: who waits for a lane that has just enough
# to do by the laws may find it idle by a small error of theirs.
SAME = 1.02
LIGHT_BYTES = 2**20  # of a further worker
# The smallest number of workers that takes at most so many times as long as the best is enough.
ENOUGH = 1.05


class Point(Struct, frozen=True):
    """A number of workers, and the time it is predicted to take."""

    workers: int
    seconds: float


def curve(calibration: Calibration, work: Work, pattern: str, memory_bytes: int) -> tuple[Point, ...]:
    """The time over the number of workers, for those numbers that there is the memory for."""
    known = known_of(work, calibration.of(pattern), 1, calibration)
    found = []
    for workers in counts(calibration, work, pattern):
        takes = quantities({**known, "workers": float(workers)})
        if takes["peak_bytes"] <= memory_bytes:
            found.append(Point(workers, takes["seconds"]))
    return tuple(found)


def best_of(costs: PatternCosts, work: Work, points: Sequence[Point]) -> Point:
    """The number of workers to advise, of those that are as good as the best."""
    least = min(point.seconds for point in points)
    same = [point for point in points if point.seconds <= SAME * least]
    return same[len(same) // 2 if is_light(costs, work) else 0]


def is_light(costs: PatternCosts, work: Work) -> bool:
    """Whether a worker more than needed does no harm."""
    return work.requests and costs.further_bytes.value < LIGHT_BYTES


def counts(calibration: Calibration, work: Work, pattern: str) -> list[int]:
    """The numbers of workers that are looked at: no more than tasks, and as many as cores and tasks too."""
    if calibration.of(pattern).is_baseline:
        return [1]
    more = {one for one in (work.cores, work.tasks) if one <= WORKERS[-1]}
    return sorted(one for one in {*WORKERS, *more} if one <= work.tasks)
