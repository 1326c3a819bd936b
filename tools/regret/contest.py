"""Measures the cells of some work: each once, one after the other, and then in turns those that may be the best."""

from __future__ import annotations

import math
import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, stdev

import patterns
from analysis.findings.advice import advise
from analysis.model.costs import Calibration
from analysis.model.work import Work
from harness.contest.engine import ContenderUnfit, Contest, Entered, Plan
from harness.contest.engine import Round as EngineRound
from harness.contest.race import Standing
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
from tools.regret.record import FIRST_PASS, Cell, Measured, Round
from tools.regret.rules import RULES, Choice

# What could take so many times as long as the best so far, however it went, is not measured. The machine's speed
# changes by about as much within seconds.
HOPELESS = 1.6
# After none of the passes in turns, one, two and so on: who takes more than so many times as long as the best takes no
# further part, and no more than so many do, however close they are.
BEHIND = (2.0, 1.5, 1.3, 1.2, 1.15)
MOST_LEFT = (8, 6, 5, 4)
FEWEST_PASSES, MOST_PASSES = 4, 12
# So well is it to be known how what is advised compares with the best: one standard error of the ratio.
KNOWN = 0.01
# Even if its share of the time is spent already: one pass tells little.
LEAST_SECONDS = 8.0
ROUND_SECONDS = 0.3
# So many get ready at the same time in the first pass: it takes as long as the slowest where they wait.
READY_TOGETHER = 4
LIMIT_SECONDS = 60.0


@dataclass(frozen=True)
class Place:
    """Where work is done: by whom, what it downloads from, and a folder for files."""

    stands: Stands
    server: LocalServer
    folder: Path


def chosen(calibration: Calibration, work: Work) -> tuple[list[Choice], list[Choice]]:
    """What is advised and is as fast in practice, the first the best; and what the rules name."""
    advice = advise(calibration, work)
    return [Choice(one.best.pattern, one.best.workers) for one in advice.named], [rule(work) for rule in RULES.values()]


def measure(drawn: Drawn, calibration: Calibration, cores: int, seconds: float, place: Place, seed: int) -> Measured:
    """Ask for advice on some work and measure it, which takes about so many seconds. Raises RunError."""
    began, spent = time.monotonic(), cpu.read()
    amount = amount_for(drawn.cpu_seconds * (1 - drawn.gil_free), drawn.cpu_seconds * drawn.gil_free)
    before = cpu_alone(amount)
    work = drawn.work(cores, before)
    advised, by_rules = chosen(calibration, work)
    cells = [
        Cell(one.pattern, one.workers, floor_seconds(work, one))
        for one in dict.fromkeys([*advised, *by_rules, *grid(work)])
    ]
    contenders = _Entry(drawn, _write(drawn, amount, seed, place.folder), place)
    contest = _Contests(cells, contenders, seed * 1_000 + drawn.number)
    contest.first_pass()
    contest.in_turns(advised[0], began + seconds - time.monotonic())
    after, share = cpu_alone(amount), cpu.between(spent, cpu.read())
    return Measured(drawn, amount, before, after, cells, share.others, share.stolen)


def _write(drawn: Drawn, amount: Amount, seed: int, folder: Path) -> Path:
    """Work of one's own as --workload takes it, in a file."""
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
    file = folder / f"drawn_{drawn.number}.py"
    given = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    file.write_text(f"from tools.emulated import emulated\n\nWORKLOADS = (emulated({given}),)\n", encoding="utf-8")
    return file


@dataclass(frozen=True)
class _Entry:
    """Makes contenders of cells."""

    drawn: Drawn
    file: Path
    place: Place

    def contender(self, cell: Cell) -> StandContender:
        job = Job(
            pattern=cell.pattern,
            workload=self.drawn.name,
            workers=cell.workers,
            cold=self.drawn.is_cold,
            start_method=multiprocessing.get_start_method(),
            server_url=self.place.server.url,
            file=str(self.file),
        )
        return StandContender(
            name=str(cell.choice),
            is_baseline=False,
            job=job,
            tasks=self.drawn.tasks,
            bytes=cell.workers * patterns.get(cell.pattern).worker_bytes,
            stands=self.place.stands,
            limit_seconds=LIMIT_SECONDS,
            observed=False,
            server=self.place.server,
        )


@dataclass(frozen=True)
class _Noted:
    """A contender whose rounds are noted down, each with the speed of the machine; it has to be worth a try."""

    contender: StandContender
    cell: Cell
    fastest: Callable[[], float]  # of all so far, in seconds; infinite if it is to be tried in any case
    first: int  # the number of the first pass

    @property
    def name(self) -> str:
        return self.contender.name

    @property
    def is_baseline(self) -> bool:
        return False

    @contextmanager
    def enter(self, repeat: int) -> Iterator[Entered]:
        number = self.first + repeat - 1
        if self.cell.floor_seconds > HOPELESS * self.fastest():
            raise ContenderUnfit(f"{self.name} cannot be the best")
        with self.contender.enter(number) as entered:

            def run() -> EngineRound:
                yardstick = yardstick_seconds()
                done = entered.run()
                self.cell.rounds.append(Round(number, done.seconds, yardstick))
                return done

            yield Entered(run, entered.wait, entered.leave)


def near_the_best(logs: Mapping[str, float], passes: int) -> set[str]:
    """Who goes on after so many passes in turns, by the mean logarithms of their seconds."""
    ranked = sorted(logs, key=logs.__getitem__)[: MOST_LEFT[min(passes, len(MOST_LEFT) - 1)]]
    limit = math.log(BEHIND[min(passes, len(BEHIND) - 1)])
    return {name for name in ranked if logs[name] - logs[ranked[0]] <= limit}


@dataclass
class _Narrowing:
    """The rule of the passes in turns: the longer they go on, the closer to the best one has to be."""

    kept: str  # takes part to the end
    logs: dict[str, list[float]]
    standings: dict[str, Standing] = field(init=False)

    def __post_init__(self) -> None:
        self.standings = dict.fromkeys(self.logs, Standing.OPEN)

    @property
    def decided(self) -> bool:
        """Whether nobody is left to compare with what is advised, or it is known well enough how that compares."""
        if list(self.standings.values()).count(Standing.OPEN) < 2:
            return True
        best, kept = min(self.logs.values(), key=fmean), self.logs.get(self.kept, [])
        if len(best) < FEWEST_PASSES or len(kept) < len(best):
            return False
        return stdev(a - b for a, b in zip(kept, best, strict=True)) / math.sqrt(len(best)) < KNOWN

    def add(self, seconds: Mapping[str, float], elapsed: float) -> None:
        for name, logs in self.logs.items():
            logs.append(math.log(seconds[name]))
        passes = max(map(len, self.logs.values()), default=0)
        near = near_the_best({name: fmean(logs) for name, logs in self.logs.items()}, passes)
        for name in self.logs.keys() - near - {self.kept}:
            self.standings[name] = Standing.OUT

    def drop(self, name: str) -> None:
        self.logs.pop(name, None)

    def forget(self, name: str) -> None:
        self.drop(name)
        self.standings.pop(name, None)


@dataclass(frozen=True)
class _Contests:
    cells: Sequence[Cell]
    entry: _Entry
    seed: int

    def first_pass(self) -> None:
        """Each that may be the best once, from the one that may be the fastest; the first is advised."""
        first, *others = self.cells
        ordered = [first, *sorted(others, key=lambda cell: cell.floor_seconds)]
        those = [_Noted(self.entry.contender(cell), cell, self._fastest, FIRST_PASS) for cell in ordered]
        self._hold(
            Contest(
                those, ONCE, self.seed, time.monotonic(), lambda group: _fit(group) and len(group) <= READY_TOGETHER
            )
        )

    def in_turns(self, advised: Choice, seconds: float) -> None:
        """Those that are near the best and what is advised, for so many seconds."""
        done = [cell for cell in self.cells if cell.rounds]
        near = near_the_best({str(cell.choice): math.log(cell.seconds) for cell in done}, 0) | {str(advised)}
        those = [
            _Noted(self.entry.contender(cell), cell, lambda: math.inf, FIRST_PASS + 1)
            for cell in done
            if str(cell.choice) in near
        ]
        if not those:
            return
        plan = Plan(1, max(seconds, LEAST_SECONDS) / len(those), ROUND_SECONDS, MOST_PASSES, strict=True)
        rule = _Narrowing(str(advised), {one.name: [] for one in those})
        self._hold(Contest(those, plan, self.seed, time.monotonic(), _fit, rule=rule))

    def _fastest(self) -> float:
        return min((cell.seconds for cell in self.cells if cell.rounds), default=math.inf)

    def _hold(self, contest: Contest) -> None:
        outcome = contest.hold()
        for cell in self.cells:
            cell.failure = cell.failure or outcome.failures.get(str(cell.choice), "")


def _fit(those: Sequence[object]) -> bool:
    return fit_together([one.contender for one in those if isinstance(one, _Noted)])
