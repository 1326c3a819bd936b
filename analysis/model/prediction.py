"""What some work takes with a pattern and so many workers, with intervals."""

from __future__ import annotations

import math

from msgspec import Struct

from analysis.model.costs import FIGURES, Calibration, PatternCosts, given
from analysis.model.laws import quantities
from analysis.model.work import Work
from analysis.stats.intervals import Interval

# Nine of ten measured times are within this factor of what the laws give, beyond what the calibration leaves open:
# docs/model.md says how that was measured.
LAWS_WITHIN = 1.25


class Prediction(Struct, frozen=True):
    """What work takes. The interval of the time holds nine of ten measured ones."""

    pattern: str
    workers: int
    seconds: Interval
    cpu_seconds: float  # of all processes
    peak_bytes: float  # above an idle interpreter


def predict(work: Work, pattern: str, workers: int, calibration: Calibration) -> Prediction:
    """What the laws say of work with a pattern and so many workers."""
    costs = calibration.of(pattern)
    known = known_of(work, costs, workers, calibration)
    found = quantities(known)
    seconds = found["seconds"]
    reach = math.hypot(math.log(LAWS_WITHIN), *_changes(known, reaches_of(costs, calibration), seconds))
    return Prediction(
        pattern=pattern,
        workers=int(known["workers"]),
        seconds=Interval(seconds, seconds * math.exp(-reach), seconds * math.exp(reach), len(calibration.sources)),
        cpu_seconds=found["cpu_seconds"],
        peak_bytes=found["peak_bytes"],
    )


def known_of(work: Work, costs: PatternCosts, workers: int, calibration: Calibration) -> dict[str, float]:
    """What the laws are given, all figures at their estimates."""
    return given(work, costs, workers, calibration.shared)


def reaches_of(costs: PatternCosts, calibration: Calibration) -> dict[str, float]:
    """How far the interval of each figure reaches, where it is known, by its name in the laws."""
    figures = {name: getattr(costs, name) for name in FIGURES} | {"core_share": calibration.core_share}
    return {name: figure.reach for name, figure in figures.items() if figure.reach}


def _changes(known: dict[str, float], reaches: dict[str, float], seconds: float) -> list[float]:
    """By how much the logarithm of the time changes if a figure is at the end of its interval, for each figure."""
    moved = [quantities({**known, name: known[name] + reach})["seconds"] for name, reach in reaches.items()]
    return [math.log(one / seconds) for one in moved]
