"""A guide to the patterns by what runs say: for each, when it wins, when it loses, and what it costs.

What belongs where is told by the facts of the benchmarks: a table is a contest if each of its contenders is a pattern.
A pattern that nobody knows yet, and a workload of one's own, find their place in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from msgspec import Struct
from msgspec.structs import replace

from analysis.findings.evidence.workers import WorkerCounts, worker_counts
from analysis.findings.summary import (
    PRACTICAL,
    BenchmarkFigure,
    ByTable,
    OverRuns,
    Summary,
    SummaryTable,
    TableVerdict,
    by_table,
    median_of,
    observed,
    over_runs,
    ratio_of,
    summarise,
)
from analysis.stats.intervals import Interval
from runfile.benchmarks import Benchmark
from runfile.runs import PatternFacts, Run

STARTUP = "startup"
DISPATCH = "dispatch"
DOWNLOADS = "io-bound"
# What has a price rather than a winner, and what shows how a condition spoils a result.
NO_CONTEST = {STARTUP, DISPATCH, "server-bias"}
PER_DOWNLOADS = 100


class Placing(Struct, frozen=True):
    """How a pattern did in a table. `behind` is its time over the fastest one's, exactly 1 for the fastest itself."""

    title: str
    question: str
    workload: str
    workers: int
    lifecycle: str
    median_seconds: float
    baseline: str
    speed_up: Interval | None  # over the baseline; None where there is none, and for the baseline itself
    behind: Interval | None  # None if no run has both
    verdict: TableVerdict
    flags: tuple[str, ...]

    @property
    def is_close(self) -> bool:
        """Whether it is the fastest, or takes at most 5 % longer."""
        return self.behind is not None and self.behind.estimate <= PRACTICAL

    @property
    def is_win(self) -> bool:
        return self.is_close and not self.is_loss

    @property
    def is_loss(self) -> bool:
        """Whether it takes longer than the baseline, whatever the uncertainty."""
        return self.speed_up is not None and self.speed_up.high < 1


class Costs(Struct, frozen=True):
    """What a pattern costs, medians over the runs; None where no run tells. The baseline starts no workers.

    Starting and stopping is what a cold round takes above its naps: of one worker, and of each beyond it. CPU time and
    peak memory are medians over the downloads that all patterns have in common, 16 at a time.
    """

    first_worker_seconds: float | None
    further_worker_seconds: float | None
    task_seconds: float | None  # to hand out a task that does nothing
    download_cpu_seconds: float | None  # of 100 downloads
    worker_bytes: float | None  # of each worker beyond the first, without a client
    download_peak_bytes: float | None  # above an idle interpreter


class Chapter(Struct, frozen=True):
    """A pattern: what it says of itself, where runs know that, and what the runs say."""

    name: str
    facts: PatternFacts | None
    places: tuple[Placing, ...]
    costs: Costs
    enough: tuple[WorkerCounts, ...] = ()  # how many workers are, on each work that it was measured on

    @property
    def wins(self) -> list[Placing]:
        return [place for place in self.places if place.is_win]

    @property
    def losses(self) -> list[Placing]:
        return [place for place in self.places if place.is_loss]

    @property
    def furthest(self) -> Placing | None:
        """Where it is furthest behind the fastest; None if it is nowhere behind."""
        behind = [place for place in self.places if place.behind and not place.is_close]
        return max(behind, key=lambda place: place.behind.estimate if place.behind else 1.0, default=None)


class Guide(Struct, frozen=True):
    """The patterns in the order in which the runs describe them, and the summary of the tables that all is from."""

    chapters: tuple[Chapter, ...]
    summary: Summary
    left_out: tuple[str, ...] = ()  # which runs are not taken, and why


def guide(runs: Sequence[Run], left_out: Sequence[str] = ()) -> Guide:
    """What runs of one machine say of each pattern. Raises RunError when they cannot be taken together."""
    benchmarks = by_table(runs)
    whole = summarise(runs)
    summary = _summary(whole, runs, benchmarks)
    places = _places(summary, benchmarks)
    described = {name: facts for run in runs for name, facts in run.session.patterns.items()}
    measured = dict.fromkeys(one.facts.pattern for run in runs for one in run.benchmarks)
    names = [*(name for name in described if name in measured), *(name for name in measured if name not in described)]
    shared, counted = _shared_downloads(benchmarks), worker_counts(whole, runs)
    return Guide(
        tuple(
            Chapter(
                name,
                described.get(name),
                tuple(places.get(name, ())),
                _costs(name, benchmarks, shared),
                tuple(one for one in counted if one.pattern == name),
            )
            for name in names
        ),
        summary,
        tuple(left_out),
    )


def _summary(whole: Summary, runs: Sequence[Run], benchmarks: ByTable) -> Summary:
    """The summary of what the guide tells of: what is doubted elsewhere is not a concern of its."""
    told = {title for title, rows in benchmarks.items() if _is_contest(rows) or _has_prices(rows)}
    parts = [replace(run, benchmarks=tuple(one for one in run.benchmarks if one.table in told)) for run in runs]
    parts = [run for run in parts if run.benchmarks]
    return replace(
        whole,
        tables=tuple(table for table in whole.tables if table.title in told),
        flags=summarise(parts).flags if parts else (),
    )


def _newest(benchmark: OverRuns) -> Benchmark:
    return benchmark[max(benchmark)]


def _is_contest(rows: dict[str, OverRuns]) -> bool:
    """Whether a table compares patterns, and not with one worker each, which leaves nothing to choose."""
    facts = [_newest(benchmark).facts for benchmark in rows.values()]
    compares = all(one.contender == one.pattern and one.question not in NO_CONTEST for one in facts)
    return compares and any(one.workers > 1 for one in facts)


def _has_prices(rows: dict[str, OverRuns]) -> bool:
    return all(_newest(benchmark).facts.question in (STARTUP, DISPATCH) for benchmark in rows.values())


def _places(summary: Summary, benchmarks: ByTable) -> dict[str, list[Placing]]:
    """Of each pattern, its places in the contests that have a verdict."""
    found: dict[str, list[Placing]] = {}
    for table in summary.tables:
        rows = benchmarks[table.title]
        if table.verdict is None or not _is_contest(rows):
            continue
        fastest = rows[table.verdict.fastest]
        for name, benchmark in rows.items():
            alone = Interval(1.0, 1.0, 1.0, runs=len(benchmark))
            behind = alone if benchmark is fastest else ratio_of(benchmark, fastest)
            found.setdefault(name, []).append(_place(table, table.verdict, _newest(benchmark), behind))
    return found


def _place(table: SummaryTable, verdict: TableVerdict, newest: Benchmark, behind: Interval | None) -> Placing:
    facts = newest.facts
    row = next(row for row in table.rows if row.contender == facts.contender)
    return Placing(
        title=table.title,
        question=facts.question,
        workload=facts.workload,
        workers=facts.workers,
        lifecycle=facts.lifecycle,
        median_seconds=row.median_seconds,
        baseline=facts.baseline,
        speed_up=None if row.is_baseline else row.speed_up,
        behind=behind,
        verdict=verdict,
        flags=row.flags,
    )


def _costs(name: str, benchmarks: ByTable, shared: Sequence[str]) -> Costs:
    asked: dict[str, list[OverRuns]] = {}
    for rows in benchmarks.values():
        if (benchmark := rows.get(name)) and _newest(benchmark).facts.pattern == name:
            asked.setdefault(_newest(benchmark).facts.question, []).append(benchmark)
    startup = sorted(
        (one for one in asked.get(STARTUP, []) if _newest(one).facts.baseline != name),
        key=lambda one: _newest(one).facts.workers,
    )
    dispatch = asked.get(DISPATCH, [])
    downloads = [benchmarks[title][name] for title in shared if name in benchmarks[title]]
    return Costs(
        first_worker_seconds=over_runs(startup[0], _starting) if startup and _workers(startup[0]) == 1 else None,
        further_worker_seconds=_further(startup, _starting),
        task_seconds=over_runs(dispatch[0], lambda one: median(one.seconds) / one.facts.tasks) if dispatch else None,
        download_cpu_seconds=median_of(over_runs(one, _download_cpu) for one in downloads),
        worker_bytes=_further(startup, _peak),
        download_peak_bytes=median_of(over_runs(one, _peak) for one in downloads),
    )


def _shared_downloads(benchmarks: ByTable) -> list[str]:
    """The tables of downloads that have all patterns which are in any, each with an observation."""
    with_memory = {
        title: {name for name, one in rows.items() if over_runs(one, _peak) is not None}
        for title, rows in benchmarks.items()
        if _is_contest(rows) and all(_newest(one).facts.question == DOWNLOADS for one in rows.values())
    }
    everyone = set[str]().union(*with_memory.values())
    return [title for title, names in with_memory.items() if names == everyone]


def _workers(benchmark: OverRuns) -> int:
    return _newest(benchmark).facts.workers


def _starting(one: Benchmark) -> float | None:
    """What a cold round takes above what the naps themselves do."""
    ideal = one.facts.ideal_seconds
    return None if ideal is None else max(0.0, median(one.seconds) - ideal)


_peak = observed(lambda seen: float(seen.peak_bytes))


def _download_cpu(one: Benchmark) -> float | None:
    seen = one.facts.observation
    return seen.cpu_seconds / one.facts.tasks * PER_DOWNLOADS if seen and one.facts.tasks else None


def _further(startup: Sequence[OverRuns], figure: BenchmarkFigure) -> float | None:
    """What each worker adds, from the fewest to the most; 0 where that is too little to be seen."""
    if len(startup) < 2:
        return None
    few, many = startup[0], startup[-1]
    added = []
    for run in few.keys() & many.keys():
        low, high = figure(few[run]), figure(many[run])
        if low is not None and high is not None:
            added.append((high - low) / (_workers(many) - _workers(few)))
    return max(0.0, median(added)) if added else None
