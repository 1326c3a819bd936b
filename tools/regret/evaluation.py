"""What the laws, as they are now, are worth on work that was measured: regrets, and how far predictions are off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from analysis.findings.advice import Advice, advise, calibrated
from analysis.model.costs import Calibration
from analysis.model.prediction import Prediction, predict
from analysis.model.work import Work
from runfile.runs import Run
from tools.regret.judging import Judge, Regret
from tools.regret.kinds import WorkKind, kind_of
from tools.regret.record import Cell, Measured
from tools.regret.rules import RULES, Configuration


@dataclass(frozen=True)
class Calibrated:
    """What a machine costs, and what the yardstick took while that was measured."""

    calibration: Calibration
    yardstick_seconds: float


def calibrate(runs: Sequence[Run]) -> Calibrated:
    """Raises RunError when the runs are not alike, or do not tell enough."""
    yardstick = median(median(one.facts.yardstick_seconds for one in run.benchmarks) for run in runs)
    return Calibrated(calibrated(runs), yardstick)


@dataclass(frozen=True)
class Predicted:
    """What was predicted of a cell, and what it took."""

    prediction: Prediction
    measured_seconds: float
    speed: float  # how many times as long the machine took for the same as when it was calibrated
    waiting_seconds: float  # the part of the prediction that no speed changes
    is_advised: bool

    @property
    def ratio(self) -> float:
        return self.prediction.seconds.estimate / self.measured_seconds

    @property
    def corrected(self) -> float:
        """The same at the speed that the machine had when it was measured."""
        predicted = self.prediction.seconds.estimate
        waiting = min(predicted, self.waiting_seconds)
        return (waiting + (predicted - waiting) * self.speed) / self.measured_seconds

    def is_held(self, ratio: float) -> bool:
        """Whether the interval holds what was measured, if the prediction is so many times that."""
        seconds = self.prediction.seconds
        return seconds.low / seconds.estimate <= 1 / ratio <= seconds.high / seconds.estimate


@dataclass(frozen=True)
class Evaluated:
    """A workload, what is advised for it, and what came of that."""

    measured: Measured
    cores: int
    machine: Calibrated

    @cached_property
    def asked(self) -> Work:
        return self.measured.asked(self.cores)

    @cached_property
    def advice(self) -> Advice:
        return advise(self.machine.calibration, self.asked)

    @property
    def kind(self) -> WorkKind:
        return kind_of(self.asked)

    @cached_property
    def judge(self) -> Judge:
        return Judge(self.measured.cells)

    @property
    def advised(self) -> Configuration:
        best = self.advice.options[0].best
        return Configuration(best.pattern, best.workers)

    @cached_property
    def regret(self) -> Regret:
        return self.judge.regret(self.advised)

    @cached_property
    def regrets_of_rules(self) -> dict[str, Regret]:
        return {name: self.judge.regret(rule(self.asked)) for name, rule in RULES.items()}

    @cached_property
    def predictions(self) -> list[Predicted]:
        """Of every cell that was measured and whose pattern is in the calibration."""
        known = {one.pattern for one in self.machine.calibration.patterns}
        done = (cell for cell in self.measured.cells if cell.rounds and not cell.failure and cell.pattern in known)
        return [self._predicted(cell) for cell in done]

    def _predicted(self, cell: Cell) -> Predicted:
        work = self.measured.work(self.cores)
        return Predicted(
            prediction=predict(work, cell.pattern, cell.workers, self.machine.calibration),
            measured_seconds=cell.seconds,
            speed=cell.yardstick_seconds / self.machine.yardstick_seconds,
            waiting_seconds=work.tasks * work.latency_seconds / min(cell.workers, work.tasks),
            is_advised=cell.choice == self.advised,
        )


def evaluate(measured: Sequence[Measured], cores: int, machine: Calibrated) -> list[Evaluated]:
    """Leaves out work of which no cell was measured, so that nothing can be the best."""
    return [Evaluated(one, cores, machine) for one in measured if Judge(one.cells).finalists]


def by_kind(those: Sequence[Evaluated]) -> Iterator[tuple[str, list[Evaluated]]]:
    """All of them, and those of each kind that there is."""
    yield "all", list(those)
    for kind in WorkKind:
        if own := [one for one in those if one.kind is kind]:
            yield kind, own
