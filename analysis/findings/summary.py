"""What runs say: for each question and workload, which pattern is fastest, by how much, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from msgspec import Struct
from msgspec.structs import replace

from analysis.criteria.comparable import check_alike, differences_of
from analysis.stats.intervals import LEVEL, Estimate, Interval, Pair, Prior, Sample, difference
from runfile.benchmarks import Benchmark, NotMeasured, Observation
from runfile.runs import Condition, Machine, Run, own_tables

PRACTICAL = 1.07  # whoever is surely below it is not measured for longer: no choice loses more

# A benchmark in several runs, by the number of the run.
OverRuns = dict[int, Benchmark]
# Benchmarks by the title of their table and by contender, in the order in which the runs hold them.
ByTable = dict[str, dict[str, OverRuns]]
# What a benchmark of a run tells; None if it does not.
BenchmarkFigure = Callable[[Benchmark], float | None]


class SummaryRow(Struct, frozen=True):
    """One contender. Figures are medians over the runs that have them; None where none has."""

    contender: str
    runs: int
    repeats: int  # in all runs
    median_seconds: float
    is_baseline: bool
    speed_up: Interval | None  # over the baseline; exactly 1 for the baseline itself, None where there is none
    ideal_fraction: float | None  # what the physical limit would take, of what it took
    cpu_seconds: float | None
    peak_bytes: float | None  # above the idle interpreter
    p99_seconds: float | None
    flags: tuple[str, ...]  # those raised in at least half of the runs


class Rival(Struct, frozen=True):
    """A contender beside the fastest: how many times as long it takes; None if no run has both.

    The fastest was picked by the same data, so all intervals of a table hold together with 95 % (Bonferroni).
    """

    contender: str
    ratio: Interval | None


class TableVerdict(Struct, frozen=True):
    """Who is fastest in a table: significantly so, which names the runner-up as its rival, or with whom it ties.

    What was measured in one repeat only wins nothing, however far the runner-up is behind.
    """

    fastest: str
    is_win: bool
    rivals: tuple[Rival, ...]

    @property
    def is_one_repeat(self) -> bool:
        """Whether all others are behind, and yet nothing is won."""
        return not self.is_win and all(one.ratio and one.ratio.is_above_one for one in self.rivals)

    @property
    def is_close(self) -> bool:
        """Whether it is a tie of contenders that are all the same in practice."""
        return not self.is_win and all(one.ratio and one.ratio.high < PRACTICAL for one in self.rivals)


class SummaryTable(Struct, frozen=True):
    """The contenders for one piece of work, from the fastest. There is no verdict on a single one."""

    title: str
    rows: tuple[SummaryRow, ...]
    verdict: TableVerdict | None


class Flagged(Struct, frozen=True):
    """A flag, the number of rows that have it, and where it is worst: the value and the sentence are from there."""

    name: str
    rows: int
    value: float
    sentence: str
    table: str
    contender: str


class Noticed(Struct, frozen=True):
    """A condition of the machine, and in how many runs it was noticed."""

    name: str
    runs: int
    sentence: str


class SummarisedRun(Struct, frozen=True):
    """A run that is summarised."""

    file: str
    datetime: str
    order_seed: int
    effort: str
    workload: str  # the file of one's own work, or empty
    missing: tuple[NotMeasured, ...] = ()


class Findings(Struct, frozen=True):
    """What is found by runs of one machine: which they are, and what they were made with."""

    runs: tuple[SummarisedRun, ...]
    machine: Machine
    start_method: str
    packages: dict[str, str]


class Summary(Findings, frozen=True):
    """All that runs say, and all that is known against believing it."""

    tables: tuple[SummaryTable, ...]
    flags: tuple[Flagged, ...]
    conditions: tuple[Noticed, ...]
    differences: tuple[str, ...]  # sentences on what was not the same in all runs


@dataclass(frozen=True)
class _Entry:
    """A contender in several runs."""

    contender: str
    benchmarks: OverRuns

    def repeats(self) -> int:
        return sum(len(one.facts.contest.repeats) for one in self.benchmarks.values())

    def median_seconds(self) -> float:
        return median(median(one.seconds) for one in self.benchmarks.values())


def summarise(runs: Sequence[Run]) -> Summary:
    """Summarise one run, or several of one machine. Raises RunError when they cannot be taken together."""
    check_alike(runs)
    entries = {title: [_Entry(*row) for row in rows.items()] for title, rows in by_table(runs).items()}
    session = runs[0].session
    return Summary(
        runs=sources_of(runs),
        machine=session.machine,
        start_method=session.start_method,
        packages=session.packages,
        tables=tuple(_table(title, rows) for title, rows in entries.items()),
        flags=tuple(_flags(entries)),
        conditions=tuple(_conditions(runs)),
        differences=tuple(differences_of(runs)),
    )


def sources_of(runs: Sequence[Run]) -> tuple[SummarisedRun, ...]:
    """The runs, for whoever reads what was made of them."""
    made = [(run, run.session, run.session.run) for run in runs]
    return tuple(
        SummarisedRun(run.source, run.datetime, how.order_seed, how.effort, how.workload, session.missing)
        for run, session, how in made
    )


def by_table(runs: Sequence[Run]) -> ByTable:
    """The benchmarks of some runs."""
    found: ByTable = {}
    for number, run in enumerate(runs):
        for title, benchmarks in own_tables(run):
            rows = found.setdefault(title, {})
            for one in benchmarks:
                rows.setdefault(one.facts.contender, {})[number] = one
    return found


def _table(title: str, entries: Sequence[_Entry]) -> SummaryTable:
    by_name = {entry.contender: entry for entry in entries}
    fastest_first = _fastest_first(entries)

    def row(entry: _Entry) -> SummaryRow:
        baseline = by_name.get(next(iter(entry.benchmarks.values())).facts.baseline)
        return SummaryRow(
            contender=entry.contender,
            runs=len(entry.benchmarks),
            repeats=entry.repeats(),
            median_seconds=entry.median_seconds(),
            is_baseline=entry is baseline,
            speed_up=_ratio(baseline, entry) if baseline else None,
            ideal_fraction=over_runs(entry.benchmarks, _ideal_fraction),
            cpu_seconds=over_runs(entry.benchmarks, observed(lambda seen: seen.cpu_seconds)),
            peak_bytes=over_runs(entry.benchmarks, observed(lambda seen: seen.peak_bytes)),
            p99_seconds=over_runs(entry.benchmarks, observed(lambda seen: seen.latency_seconds.p99)),
            flags=tuple(flags_of(entry.benchmarks)),
        )

    return SummaryTable(title, tuple(row(entry) for entry in fastest_first), _verdict(fastest_first))


def _fastest_first(entries: Sequence[_Entry]) -> list[_Entry]:
    """By their ratios to one of them: seconds of who dropped out are of other moments than those of the others."""
    reference = max(entries, key=lambda entry: (entry.repeats(), -entry.median_seconds()))

    def slowness(entry: _Entry) -> float:
        found = _ratio(entry, reference)
        return found.estimate if found else entry.median_seconds() / reference.median_seconds()

    return sorted(entries, key=slowness)


def _verdict(entries: Sequence[_Entry]) -> TableVerdict | None:
    """Judge contenders, the fastest first: it wins when it is significantly faster than all of the others."""
    if len(entries) < 2:
        return None
    fastest, *others = entries
    level = 1 - (1 - LEVEL) / len(others)
    rivals = [Rival(other.contender, ratio_of(other.benchmarks, fastest.benchmarks, level)) for other in others]
    inseparable = [rival for rival in rivals if not (rival.ratio and rival.ratio.is_above_one)]
    if inseparable:
        return TableVerdict(fastest.contender, is_win=False, rivals=tuple(inseparable))
    runner_up = min(rivals, key=lambda rival: rival.ratio.estimate if rival.ratio else math.inf)
    pairs = runner_up.ratio.repeats if runner_up.ratio else 0
    return TableVerdict(fastest.contender, is_win=min(fastest.repeats(), pairs) > 1, rivals=(runner_up,))


def _ratio(above: _Entry, below: _Entry) -> Interval | None:
    if above is below:
        return Interval(1.0, 1.0, 1.0, runs=len(above.benchmarks), repeats=above.repeats())
    return ratio_of(above.benchmarks, below.benchmarks)


def ratio_of(above: OverRuns, below: OverRuns, level: float = LEVEL) -> Interval | None:
    """How many times as long one benchmark takes as another, within a repeat; None if no run has both."""
    found = log_ratio_of(above, below)
    return found.ratio(level) if found else None


def log_ratio_of(above: OverRuns, below: OverRuns) -> Estimate | None:
    """The logarithm of that ratio; None if no run has both."""
    both = [number for number in above if number in below]
    return difference([Pair(_logs(above[one]), _logs(below[one])) for one in both])


def _logs(one: Benchmark) -> Sample:
    contest = one.facts.contest
    prior = Prior(contest.spread.variance, contest.spread.freedom) if contest.spread else None
    logs = {number: math.log(value) for number, value in one.repeats.items()}
    return Sample(contest.id, logs, prior, {each.number: each.rounds for each in contest.repeats}, one.waiting_share)


def flags_of(benchmarks: OverRuns) -> list[str]:
    """The flags that were raised in at least half of the runs."""
    raised = [flag.name for one in benchmarks.values() for flag in one.facts.flags]
    return [name for name in dict.fromkeys(raised) if 2 * raised.count(name) >= len(benchmarks)]


def _ideal_fraction(one: Benchmark) -> float | None:
    return one.facts.ideal_seconds / median(one.seconds) if one.facts.ideal_seconds else None


def observed(figure: Callable[[Observation], float | None]) -> BenchmarkFigure:
    """A figure of what was observed, where that was."""
    return lambda one: figure(one.facts.observation) if one.facts.observation else None


def over_runs(benchmark: OverRuns, figure: BenchmarkFigure) -> float | None:
    """The median of a figure over the runs that tell it."""
    return median_of(map(figure, benchmark.values()))


def median_of(values: Iterable[float | None]) -> float | None:
    """The median of those that are known; None if none is."""
    found = [value for value in values if value is not None]
    return median(found) if found else None


def _flags(entries: dict[str, list[_Entry]]) -> list[Flagged]:
    """Each flag that a row shows, told once, by the worst that was measured."""
    worst: dict[str, Flagged] = {}
    rows: dict[str, int] = {}
    for title, table in entries.items():
        for entry in table:
            shown = flags_of(entry.benchmarks)
            for name in shown:
                rows[name] = rows.get(name, 0) + 1
            for flag in (flag for one in entry.benchmarks.values() for flag in one.facts.flags if flag.name in shown):
                if flag.name not in worst or flag.value > worst[flag.name].value:
                    worst[flag.name] = Flagged(flag.name, 0, flag.value, flag.sentence, title, entry.contender)
    return [replace(one, rows=rows[one.name]) for one in worst.values()]


def _conditions(runs: Sequence[Run]) -> list[Noticed]:
    """What was noticed of the machine, each thing once, in the words of the run where its value is largest."""
    seen: dict[str, list[Condition]] = {}
    for run in runs:
        for condition in run.session.conditions:
            seen.setdefault(condition.name, []).append(condition)

    def size(condition: Condition) -> float:
        return condition.value if isinstance(condition.value, float) else -math.inf

    return [Noticed(name, len(found), max(found, key=size).sentence) for name, found in seen.items()]
