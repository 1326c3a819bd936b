"""The benchmarks of some runs, by what they measure, and what each of them costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from analysis.findings.claims.model import Unit
from analysis.findings.summary import BenchmarkFigure, OverRuns, log_ratio_of, observed
from analysis.stats.intervals import Estimate, Pair, Sample, difference
from runfile.benchmarks import Benchmark
from runfile.runs import Machine, Run


@dataclass(frozen=True)
class Bench:
    """A benchmark, by what it measures."""

    question: str
    pattern: str
    workload: str

    def __str__(self) -> str:
        return f"{self.pattern} on {self.workload} ({self.question})"


@dataclass(frozen=True)
class Cost:
    """What a benchmark costs: a figure of it, and by how much runs of the same differ in it.

    Of what is observed once a run, `share` of it and `amount`, in its unit, stand in for what fewer than five runs do
    not tell of how runs differ: nine of ten benchmarks of one machine's runs have a smaller standard deviation. Times
    have repeats for that.
    """

    name: str
    unit: Unit
    of: BenchmarkFigure
    share: float = 0.0
    amount: float = 0.0

    def spread(self, value: float) -> float:
        """The standard deviation between runs of a benchmark that costs so much."""
        return math.hypot(self.share * value, self.amount)


TIME = Cost("time", Unit.SECONDS, lambda one: median(one.seconds))
CPU_TIME = Cost("CPU time", Unit.SECONDS, observed(lambda seen: seen.cpu_seconds), share=0.2)
# However little a benchmark takes, the memory of a process differs by some pages.
MEMORY = Cost("memory", Unit.BYTES, observed(lambda seen: seen.peak_bytes), share=0.02, amount=50 * 1024)
CPUS = Cost("CPUs", Unit.CPUS, observed(lambda seen: seen.cpu_seconds / seen.seconds if seen.seconds else 0), share=0.1)
WORKERS = Cost("workers", Unit.PER_CPU, lambda one: one.facts.workers)


@dataclass(frozen=True)
class Gathered:
    """The benchmarks of some runs of one machine; of two that measure the same in one run, the first."""

    runs: Sequence[Run]

    @cached_property
    def _benchmarks(self) -> dict[Bench, OverRuns]:
        found: dict[Bench, OverRuns] = {}
        for number, run in enumerate(self.runs):
            for one in run.benchmarks:
                bench = Bench(one.facts.question, one.facts.pattern, one.facts.workload)
                found.setdefault(bench, {}).setdefault(number, one)
        return found

    @property
    def machine(self) -> Machine:
        return self.runs[0].session.machine

    def over_runs(self, bench: Bench) -> OverRuns:
        return self._benchmarks.get(bench, {})

    def costs(self, bench: Bench, cost: Cost) -> dict[int, float]:
        """What a benchmark costs in each run that knows it, by the number of the run."""
        found = {number: cost.of(one) for number, one in self.over_runs(bench).items()}
        return {number: value for number, value in found.items() if value is not None}

    def lacks(self, bench: Bench, cost: Cost) -> str | None:
        """None, or what is missing in all runs to know a cost, in words."""
        if not self.over_runs(bench):
            return str(bench)
        return None if self.costs(bench, cost) else f"an observation of {bench}, which --fast leaves out"

    def fastest(self, benches: Sequence[Bench]) -> Bench:
        """The one whose median over the runs is the least."""
        return min(benches, key=lambda bench: median(self.costs(bench, TIME).values()))

    def log_ratio(self, above: Bench, below: Bench) -> Estimate | None:
        """How many times as long one takes as another, within a run, as a logarithm; None if no run has both."""
        return log_ratio_of(self.over_runs(above), self.over_runs(below))

    def seconds_more(self, above: Bench, below: Bench) -> Estimate | None:
        """How many seconds more one takes than another; None if no run has both."""
        many, few = self.over_runs(above), self.over_runs(below)
        return difference([Pair(_seconds(many[run]), _seconds(few[run])) for run in many if run in few])


def _seconds(one: Benchmark) -> Sample:
    return Sample(one.facts.contest.id, one.repeats)
