"""Predicted times beside those that were measured then."""

from __future__ import annotations

from msgspec import Struct

from analysis.model.calibration import seconds_of
from analysis.model.costs import Calibration
from analysis.model.prediction import Prediction, predict
from analysis.model.work import Work
from runfile.runs import Run


class Checked(Struct, frozen=True):
    """A pattern with so many workers. Durations are in seconds."""

    pattern: str
    workers: int
    measured: float
    predicted: Prediction | None  # None for a pattern that the calibration does not have
    flags: tuple[str, ...] = ()  # what makes the measurement doubtful

    @property
    def holds(self) -> bool | None:
        """Whether the interval holds what was measured."""
        if self.predicted is None:
            return None
        return self.predicted.seconds.low <= self.measured <= self.predicted.seconds.high

    @property
    def ratio(self) -> float | None:
        """What was predicted over what was measured."""
        return self.predicted.seconds.estimate / self.measured if self.predicted else None


def checked(work: Work, calibration: Calibration, run: Run) -> tuple[Checked, ...]:
    """The benchmarks of a run, which are all of that work, from the fastest; a baseline, which has one worker, once."""
    found: dict[tuple[str, int], Checked] = {}
    names = {one.pattern for one in calibration.patterns}
    for one in run.benchmarks:
        pattern, flags = one.facts.pattern, tuple(flag.name for flag in one.facts.flags)
        workers = 1 if pattern == one.facts.baseline else one.facts.workers
        predicted = predict(work, pattern, workers, calibration) if pattern in names else None
        found[pattern, workers] = Checked(pattern, workers, seconds_of([one]).value, predicted, flags)
    return tuple(sorted(found.values(), key=lambda one: one.measured))
