"""How many workers are enough? For each pattern the smallest number that is as fast as any, and where more are slower.

The numbers of workers of one pattern are the contenders of one table. A number is enough if it surely takes at most
`ENOUGH` times as long as each other, and slower if it surely takes longer than that beside any. What is neither is
open, and then several numbers may be the smallest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from analysis.findings.evidence.tables import log_ratio
from analysis.findings.summary import OverRuns, Summary, SummaryTable, by_table
from analysis.stats.intervals import Interval
from runfile.runs import Run

QUESTION = "workers"
# The smallest number that is hardly slower than the best is chosen: each worker has its price.
ENOUGH = 1.05


class Sufficiency(StrEnum):
    """Where a number of workers is beside the others, by 95 % intervals."""

    ENOUGH = "enough"
    SLOWER = "slower"
    OPEN = "open"


class WorkerCount(Struct, frozen=True):
    """A number of workers. Of the fastest `slowness` is exactly 1."""

    workers: int
    standing: Sufficiency
    slowness: Interval  # how many times as long as the fastest it takes
    median_seconds: float
    peak_bytes: float | None  # above the idle interpreter


class WorkerCounts(Struct, frozen=True):
    """What more workers bring a pattern on some work.

    `fewest` is the smallest number that is enough, or several where it is not decided which of them it is. `worse` is
    the smallest number beyond that is surely slower; None if there is none.
    """

    pattern: str
    workload: str
    tasks: int
    counts: tuple[WorkerCount, ...]  # from the fewest workers
    fewest: tuple[int, ...]
    worse: int | None

    def of(self, workers: int) -> WorkerCount:
        return next(one for one in self.counts if one.workers == workers)

    @property
    def fewer(self) -> tuple[WorkerCount, ...]:
        """Those that are too few."""
        return tuple(one for one in self.counts if one.workers < self.fewest[0])

    @property
    def more(self) -> tuple[WorkerCount, ...]:
        """Those beyond what is enough."""
        return tuple(one for one in self.counts if one.workers > self.fewest[-1])


def worker_counts(summary: Summary, runs: Sequence[Run]) -> list[WorkerCounts]:
    """What runs and their summary say of numbers of workers, in the order of the summary."""
    asked = {
        title: rows
        for title, rows in by_table(runs).items()
        if all(one.facts.question == QUESTION for benchmark in rows.values() for one in benchmark.values())
    }
    return [_counts(table, asked[table.title]) for table in summary.tables if len(asked.get(table.title, ())) > 1]


def _counts(table: SummaryTable, benchmarks: Mapping[str, OverRuns]) -> WorkerCounts:
    facts = {row.contender: next(iter(benchmarks[row.contender].values())).facts for row in table.rows}
    fastest, *_ = table.rows
    found = []
    for row in sorted(table.rows, key=lambda row: facts[row.contender].workers):
        over = {other.contender: log_ratio(row, other, benchmarks).ratio() for other in table.rows if other is not row}
        found.append(
            WorkerCount(
                workers=facts[row.contender].workers,
                standing=_standing(list(over.values())),
                slowness=over.get(fastest.contender, Interval(1.0, 1.0, 1.0, row.runs, row.repeats)),
                median_seconds=row.median_seconds,
                peak_bytes=row.peak_bytes,
            )
        )
    fewest = _fewest(found)
    worse = [one.workers for one in found if one.workers > fewest[-1] and one.standing is Sufficiency.SLOWER]
    of_all = facts[fastest.contender]
    return WorkerCounts(
        pattern=of_all.pattern,
        workload=of_all.workload,
        tasks=of_all.tasks,
        counts=tuple(found),
        fewest=fewest,
        worse=worse[0] if worse else None,
    )


def _standing(over: Sequence[Interval]) -> Sufficiency:
    """The standing of a number, given how many times as long as each other it takes."""
    if any(one.low > ENOUGH for one in over):
        return Sufficiency.SLOWER
    return Sufficiency.ENOUGH if all(one.high < ENOUGH for one in over) else Sufficiency.OPEN


def _fewest(counts: Sequence[WorkerCount]) -> tuple[int, ...]:
    """All that may be the smallest that is enough: up to the first that surely is, but for what is too slow."""
    possible: list[int] = []
    for one in counts:
        if one.standing is not Sufficiency.SLOWER:
            possible.append(one.workers)
        if one.standing is Sufficiency.ENOUGH:
            break
    return tuple(possible)
