"""Measures the cells of some work: each once, and then in turns those that may be the best."""

from __future__ import annotations

import math
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import patterns
from analysis.findings.advice import advise
from analysis.model.costs import Calibration
from harness.contest.engine import ContenderUnfit, Contest, Entered, Round
from harness.contest.plan import Plan
from harness.host import cpu
from harness.host.yardstick import yardstick_seconds
from harness.servers.server import LocalServer
from harness.stands.contender import StandContender
from harness.stands.job import Job
from harness.stands.stands import Stands
from harness.tables import ONCE, fit_together
from tools.emulated import Amount, amount_for, cpu_alone
from tools.regret.cells import floor_seconds, grid
from tools.regret.draws import Drawn
from tools.regret.narrowing import Narrowing, near_the_best
from tools.regret.record import FIRST_PASS, Cell, Measured, TimedRound
from tools.regret.rules import RULES, Configuration

# What would take so many times as long as the best so far, however well it went, is not measured. It is no less, as the
# speed of a machine may change by about as much within seconds.
HOPELESS = 1.6
CANNOT_BE_BEST = "it cannot be the best"
# So many get ready at the same time in the first pass: where they wait, it takes no longer than for one.
READY_TOGETHER = 4
MOST_PASSES = 12
# Passes in turns go on for so long, even if the work's share of the time is spent: one of them tells little.
LEAST_SECONDS = 8.0
# Of rounds for a cell in a pass, if more than one fit.
ROUND_SECONDS = 0.3
LIMIT_SECONDS = 60.0


@dataclass(frozen=True)
class Setup:
    """Where work is done: by whom, what it downloads from, and a folder for files."""

    stands: Stands
    server: LocalServer
    folder: Path


def measure(drawn: Drawn, calibration: Calibration, cores: int, seconds: float, setup: Setup, seed: int) -> Measured:
    """Ask for advice on some work, then measure it, which takes about so many seconds.

    Raises RunError when there is no advice, and ServerError when there is no server.
    """
    began, spent = time.monotonic(), cpu.read()
    amount = amount_for(drawn.cpu_seconds * (1 - drawn.gil_free), drawn.cpu_seconds * drawn.gil_free)
    before = cpu_alone(amount)
    work = drawn.work(cores, before)
    advised = [Configuration(one.best.pattern, one.best.workers) for one in advise(calibration, work).named]
    choices = dict.fromkeys([*advised, *(rule(work) for rule in RULES.values()), *grid(work)])
    cells = [Cell(one.pattern, one.workers, floor_seconds(work, one)) for one in choices]
    contests = Contests(cells, drawn, write(drawn, amount, seed, setup.folder), setup, seed)
    contests.first_pass()
    contests.in_turns(max(LEAST_SECONDS, began + seconds - time.monotonic()))
    after, share = cpu_alone(amount), cpu.between(spent, cpu.read())
    return Measured(drawn, amount, before, after, cells, share.others, share.stolen)


def write(drawn: Drawn, amount: Amount, seed: int, folder: Path) -> Path:
    """A file that holds the work, as a reader has work of one's own."""
    arguments = {
        "name": drawn.name,
        "tasks": drawn.tasks,
        "latency_seconds": drawn.latency_seconds,
        "spread": drawn.spread,
        "size_bytes": drawn.size_bytes,
        "steps": amount.steps,
        "hashes": amount.hashes,
        "seed": seed + drawn.number,
    }
    given = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    file = folder / f"drawn_{drawn.number}.py"
    file.write_text(f"from tools.emulated import emulated\n\nWORKLOADS = (emulated({given}),)\n", encoding="utf-8")
    return file


@dataclass(frozen=True)
class _Noted:
    """A contender whose rounds are noted down in its cell, each with how fast the machine was just before."""

    contender: StandContender
    cell: Cell
    first: int  # the number of the first pass
    most_seconds: Callable[[], float]  # for what is worth a try

    @property
    def name(self) -> str:
        return self.contender.name

    @property
    def is_baseline(self) -> bool:
        return False

    @contextmanager
    def enter(self, repeat: int) -> Iterator[Entered]:
        if self.cell.floor_seconds > self.most_seconds():
            raise ContenderUnfit(CANNOT_BE_BEST)
        number = self.first + repeat - 1
        with self.contender.enter(number) as entered:

            def run() -> Round:
                yardstick = yardstick_seconds()
                done = entered.run()
                self.cell.rounds.append(TimedRound(number, done.seconds, yardstick))
                return done

            yield Entered(run, entered.wait, entered.leave)


@dataclass(frozen=True)
class Contests:
    """The contests of the cells of some work, the first of which is advised."""

    cells: Sequence[Cell]
    drawn: Drawn
    file: Path
    setup: Setup
    seed: int

    def first_pass(self) -> None:
        """Each that may be the best once, from what may be the fastest, but first what is advised."""
        advised, *others = self.cells
        ordered = [advised, *sorted(others, key=lambda cell: cell.floor_seconds)]
        those = [self._noted(cell, FIRST_PASS, lambda: HOPELESS * self._fastest()) for cell in ordered]
        self._hold(Contest(those, ONCE, self.seed, time.monotonic(), self._are_few))

    def in_turns(self, seconds: float) -> None:
        """Those that are near the best and what is advised, for so many seconds."""
        done = {str(cell.choice): cell for cell in self.cells if cell.rounds and not cell.failure}
        advised = str(self.cells[0].choice)
        near = near_the_best({name: math.log(cell.seconds) for name, cell in done.items()}, 0) | {advised}
        those = [self._noted(cell, FIRST_PASS + 1, lambda: math.inf) for name, cell in done.items() if name in near]
        if those:
            plan = Plan(1, seconds / len(those), ROUND_SECONDS, MOST_PASSES, strict=True)
            rule = Narrowing(advised, {one.name: [] for one in those})
            self._hold(Contest(those, plan, self.seed, time.monotonic(), _fit, rule=rule))

    def _are_few(self, those: Sequence[object]) -> bool:
        """What is advised is alone: until it is done, nothing is known that others could be held against."""
        is_advised = isinstance(those[0], _Noted) and those[0].cell is self.cells[0]
        return len(those) <= (1 if is_advised else READY_TOGETHER) and _fit(those)

    def _fastest(self) -> float:
        return min((cell.seconds for cell in self.cells if cell.rounds), default=math.inf)

    def _hold(self, contest: Contest) -> None:
        outcome = contest.hold()
        unfit = {name: why for name, why in outcome.unfit.items() if why != CANNOT_BE_BEST}
        for cell in self.cells:
            cell.failure = {**unfit, **outcome.failures}.get(str(cell.choice), cell.failure)

    def _noted(self, cell: Cell, first: int, most_seconds: Callable[[], float]) -> _Noted:
        job = Job(
            pattern=cell.pattern,
            workload=self.drawn.name,
            workers=cell.workers,
            cold=self.drawn.is_cold,
            start_method=multiprocessing.get_start_method(),
            server_url=self.setup.server.url,
            file=str(self.file),
        )
        contender = StandContender(
            name=str(cell.choice),
            is_baseline=False,
            job=job,
            tasks=self.drawn.tasks,
            bytes=cell.workers * patterns.get(cell.pattern).worker_bytes,
            stands=self.setup.stands,
            limit_seconds=LIMIT_SECONDS,
            observed=False,
            server=self.setup.server,
        )
        return _Noted(contender, cell, first, most_seconds)


def _fit(those: Sequence[object]) -> bool:
    return fit_together([one.contender for one in those if isinstance(one, _Noted)])
