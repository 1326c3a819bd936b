"""What a machine costs, out of benchmarks that every whole run has: each figure makes the laws true for one of them.

Nothing is measured for it alone, so it takes no time, and what it rests on is in the summary.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median, variance

from msgspec.structs import replace

from analysis.model.costs import FIGURES, Calibration, CostFigure, PatternCosts, given
from analysis.model.laws import quantities
from analysis.model.work import Work
from analysis.stats.intervals import ENOUGH_RUNS, quantile
from runfile.benchmarks import Benchmark
from runfile.runs import Machine, Run, RunError

KIB = 1024
# A speed-up on all cores that is below this is noise.
LEAST_GAIN = 1.2
# Seconds, or times as much: no figure is larger.
MOST = 1e4
MOST_STEPS = 200
EXACT = 1e-12


@dataclass(frozen=True)
class CalibrationSource:
    """The benchmarks of a question on some work, one for each pattern, and what that work is, which no id changes."""

    question: str
    workload: str
    lifecycle: str = "warm"
    latency_seconds: float = 0.0
    size_bytes: int = 0
    requests: bool = True
    workers: int | None = None  # None where every run has but one number of them


OVERHEAD = CalibrationSource("io-bound", "download-overhead", size_bytes=KIB)
TYPICAL = CalibrationSource("io-bound", "download-typical", latency_seconds=0.02, size_bytes=16 * KIB)
LARGE = CalibrationSource("io-bound", "download-large", latency_seconds=0.005, size_bytes=KIB * KIB)
CROWD = CalibrationSource("io-scaling", "download-typical-x100", latency_seconds=0.02, size_bytes=16 * KIB, workers=64)
COLD = CalibrationSource("lifecycle", "download-typical-x20", "cold", latency_seconds=0.02, size_bytes=16 * KIB)
ONE_NAP = CalibrationSource("startup", "nap-x1", "cold", latency_seconds=0.01, requests=False)
NAPS = CalibrationSource("startup", "nap-x16", "cold", latency_seconds=0.01, requests=False)
NOTHING = CalibrationSource("dispatch", "nothing", requests=False)
PRIMES = CalibrationSource("cpu-bound", "math-primes", requests=False)
HASHING = CalibrationSource("cpu-bound", "math-hashing", requests=False)


# What makes which law true, in the order in which one follows from those before it.
SOLVED = (
    ("request", OVERHEAD),
    ("idle", TYPICAL),
    ("byte", LARGE),
    ("crowding", CROWD),
    ("task", NOTHING),
    ("first", ONE_NAP),
    ("further", NAPS),
    ("connect", COLD),
)
# A plain loop never has more than one task in flight, and starts no workers.
NOT_OF_A_LOOP = (CROWD, COLD)


def calibrate(runs: Sequence[Run]) -> Calibration:
    """What the machine of some runs costs, which have to be alike. Raises RunError when they do not tell enough."""
    measured = _Measured(runs)
    names = measured.patterns()
    if not names:
        raise RunError(_lacks(runs[-1], OVERHEAD))
    core_share = max((measured.share(PRIMES, name) for name in names), key=lambda share: share.value)
    served = measured.served(names)
    shared = {"core_share": core_share.value, "served": served.value, "late": 0.0}
    found = [_PatternMeasured(measured, name, shared).costs() for name in names]
    late = min((one.idle for one in found if not one.blocking), key=lambda idle: idle.value)
    shared["late"] = late.value
    found = [_PatternMeasured(measured, name, shared).costs() for name in names]
    return Calibration(
        sources=tuple(run.source for run in runs),
        datetime=max(run.datetime for run in runs),
        machine=measured.machine,
        core_share=core_share,
        served=served,
        late=late,
        patterns=tuple(found),
    )


@dataclass(frozen=True)
class _Measured:
    """What runs of one machine measured."""

    runs: Sequence[Run]

    @property
    def machine(self) -> Machine:
        return self.runs[-1].session.machine

    def patterns(self) -> list[str]:
        """Those that the last of the runs measured on requests, in its order."""
        return [one.facts.pattern for one in self.runs[-1].benchmarks if _is_of(one, OVERHEAD)]

    def find(self, source: CalibrationSource, pattern: str) -> list[Benchmark]:
        """A benchmark in each run that has it. Raises RunError if none has, naming what makes it."""
        found = [one for run in self.runs for one in run.benchmarks if _is_of(one, source)]
        if own := [one for one in found if one.facts.pattern == pattern]:
            return own
        raise RunError(_lacks(self.runs[-1], source, pattern))

    def share(self, source: CalibrationSource, pattern: str) -> CostFigure:
        """What a further core adds to the speed of a pattern that has a worker for each, from 0 to 1."""
        ones = self.find(source, pattern)
        workers = min(ones[-1].facts.workers, self.machine.usable_cores)
        plain, seconds = (seconds_of(found) for found in (self.find(source, ones[-1].facts.baseline), ones))
        gain = plain.value / seconds.value
        if workers < 2 or gain < LEAST_GAIN:
            return CostFigure(0.0, 0.0)
        reaches = [one.reach / one.value for one in (plain, seconds) if one.reach is not None]
        reach = gain * math.hypot(*reaches) / (workers - 1) if len(reaches) == 2 else None
        return CostFigure(min(1.0, (gain - 1) / (workers - 1)), reach)

    def served(self, patterns: Sequence[str]) -> CostFigure:
        """CPU time of the local server for a request."""
        found = [one for name in patterns for one in self.find(OVERHEAD, name)]
        return CostFigure(
            median((one.facts.server_cores or 0.0) * fmean(one.repeats.values()) / one.facts.tasks for one in found)
        )


def _is_of(benchmark: Benchmark, source: CalibrationSource) -> bool:
    facts = benchmark.facts
    if source.workers not in (None, facts.workers):
        return False
    return (facts.question, facts.workload, facts.lifecycle) == (source.question, source.workload, source.lifecycle)


def _lacks(run: Run, source: CalibrationSource, pattern: str = "a pattern") -> str:
    return (
        f"{run.source} does not tell what {pattern} costs, for lack of {source.workload} ({source.question}, "
        f"{source.lifecycle}): make a whole run with `make bench`"
    )


@dataclass(frozen=True)
class _PatternMeasured:
    """What runs measured of a pattern, and the figures that follow."""

    measured: _Measured
    pattern: str
    shared: Mapping[str, float]

    def costs(self) -> PatternCosts:
        newest = self.measured.runs[-1]
        told = newest.session.patterns.get(self.pattern)
        if told is None or told.blocking is None or told.chunked is None:
            raise RunError(
                f"{newest.source} does not tell how {self.pattern} takes its tasks, as a run of this version does: "
                "make one with `make bench`"
            )
        python, free = (self.measured.share(source, self.pattern) for source in (PRIMES, HASHING))
        overhead = self.measured.find(OVERHEAD, self.pattern)
        unknown = dict.fromkeys(FIGURES, CostFigure(0.0))
        costs = PatternCosts(
            pattern=self.pattern,
            is_baseline=overhead[-1].facts.baseline == self.pattern,
            blocking=told.blocking,
            chunked=told.chunked,
            **unknown
            | {"python_share": python, "free_share": max(python, free, key=lambda share: share.value)}
            | self.memory()
            | {"waking": self.waking()},
        )
        for name, source in SOLVED:
            if source not in NOT_OF_A_LOOP or not costs.is_baseline:
                costs = replace(costs, **{name: self.solved(costs, name, source)})
        return replace(costs, request_cpu=self.request_cpu(overhead))

    def solved(self, costs: PatternCosts, name: str, source: CalibrationSource) -> CostFigure:
        """The figure with which the laws give the time that was measured: nothing if they give more without it."""
        ones = self.measured.find(source, self.pattern)
        facts = ones[-1].facts
        work = Work(
            tasks=facts.tasks,
            cores=max(1, self.measured.machine.usable_cores),
            latency_seconds=source.latency_seconds,
            size_bytes=source.size_bytes,
            requests=source.requests,
            is_warm=source.lifecycle == "warm",
            is_local=source.requests,
        )
        known = given(work, costs, facts.workers, self.shared)

        def takes(figure: float) -> float:
            return quantities({**known, name: figure})["seconds"]

        if takes(MOST) == takes(0.0):
            return CostFigure(0.0, 0.0)
        seconds = seconds_of(ones)
        figure = _where(takes, seconds.value)
        if seconds.reach is None:
            return CostFigure(figure)
        ends = [_where(takes, max(0.0, seconds.value + sign * seconds.reach)) for sign in (-1, 1)]
        return CostFigure(figure, (ends[1] - ends[0]) / 2)

    def request_cpu(self, overhead: Sequence[Benchmark]) -> CostFigure:
        """CPU time of a request with the workers busy, as observed once; no more than the cores gave meanwhile."""
        seen = [one.facts.observation.cpu_seconds for one in overhead if one.facts.observation]
        tasks, cores = overhead[-1].facts.tasks, self.measured.machine.usable_cores
        most = (
            seconds_of(overhead).value * (1 + self.shared["core_share"] * (cores - 1)) / tasks - self.shared["served"]
        )
        return CostFigure(max(0.0, min(most, median(seen) / tasks if seen else most)))

    def waking(self) -> CostFigure:
        """How many times as much CPU time a request takes where each is waited for."""
        woken, busy = (self.cpu(source) for source in (TYPICAL, OVERHEAD))
        return CostFigure(max(1.0, woken / busy) if woken and busy else 1.0)

    def cpu(self, source: CalibrationSource) -> float:
        """CPU time of a task, as observed."""
        ones = self.measured.find(source, self.pattern)
        seen = [one.facts.observation.cpu_seconds for one in ones if one.facts.observation]
        return median(seen) / ones[-1].facts.tasks if seen else 0.0

    def memory(self) -> dict[str, CostFigure]:
        """What one worker takes, each further one, and a client for each, by the peaks that were observed."""
        first, naps, typical = (self.peak(source) for source in (ONE_NAP, NAPS, TYPICAL))
        workers = self.measured.find(NAPS, self.pattern)[-1].facts.workers
        asked = self.measured.find(TYPICAL, self.pattern)[-1].facts
        results = TYPICAL.size_bytes * asked.tasks
        return {
            "first_bytes": CostFigure(first),
            "further_bytes": CostFigure(max(0.0, (naps - first) / max(1, workers - 1))),
            "client_bytes": CostFigure(max(0.0, (typical - naps - results) / max(1, asked.workers))),
        }

    def peak(self, source: CalibrationSource) -> float:
        found = [one.facts.observation for one in self.measured.find(source, self.pattern)]
        return median(float(one.peak_bytes) for one in found if one) if any(found) else 0.0


def _where(takes: Callable[[float], float], seconds: float) -> float:
    """The figure with which something that grows takes so long, from nothing to `MOST`.

    Regula falsi with Illinois' correction (Dowell and Jarratt, BIT 11, 1971): the laws are lines with few corners, on
    which it takes a fifteenth of the steps that halving takes.
    """
    low, high = 0.0, MOST
    short, long = takes(low) - seconds, takes(high) - seconds
    if short >= 0 or long <= 0:
        return low if short >= 0 else high
    side = 0
    for _ in range(MOST_STEPS):
        middle = (low * long - high * short) / (long - short)
        off = takes(middle) - seconds
        if abs(off) <= EXACT * seconds:
            return middle
        if off < 0:
            low, short, long = middle, off, long / 2 if side < 0 else long
        else:
            high, long, short = middle, off, short / 2 if side > 0 else short
        side = -1 if off < 0 else 1
    return low


def seconds_of(benchmarks: Sequence[Benchmark]) -> CostFigure:
    """How long a round takes: the mean over runs of the median of their repeats, of which some are disturbed."""
    samples = [list(one.repeats.values()) for one in benchmarks]
    means, freedom = [median(sample) for sample in samples], sum(len(sample) - 1 for sample in samples)
    if len(means) >= ENOUGH_RUNS:
        return CostFigure(fmean(means), quantile(len(means) - 1) * math.sqrt(variance(means) / len(means)))
    if not freedom:
        return CostFigure(fmean(means))
    spread = sum(variance(sample) * (len(sample) - 1) for sample in samples if len(sample) > 1) / freedom
    error = math.sqrt(spread * sum(1 / len(sample) for sample in samples)) / len(means)
    return CostFigure(fmean(means), quantile(freedom) * error)
