"""Predicted times beside those that were measured then."""

from __future__ import annotations

from collections.abc import Iterator

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
    found = {(one.pattern, one.workers): one for one in _checked(work, calibration, run)}
    return tuple(sorted(found.values(), key=lambda one: one.measured))


def _checked(work: Work, calibration: Calibration, run: Run) -> Iterator[Checked]:
    names = {one.pattern for one in calibration.patterns}
    for one in run.benchmarks:
        facts = one.facts
        workers = 1 if facts.pattern == facts.baseline else facts.workers
        predicted = predict(work, facts.pattern, workers, calibration) if facts.pattern in names else None
        flags = tuple(flag.name for flag in facts.flags)
        yield Checked(facts.pattern, workers, seconds_of([one]).value, predicted, flags)
