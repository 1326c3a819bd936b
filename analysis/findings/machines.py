"""The same suite on several machines or Pythons: where the choice of pattern changes, and how the machines differ.

Seconds of unlike machines are not held against each other. What is, are ratios within a machine: to the baseline, and
to what the physical limit would take. How fast a machine is on one core tells the yardstick, which is the same work
everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from pathlib import Path
from statistics import median

from msgspec import Struct

from analysis.criteria.align import AlignedQuestion, Match, asked, match
from analysis.criteria.comparable import newest_alike
from analysis.criteria.labels import are_pythons, build, labels
from analysis.findings.summary import SummarisedRun, Summary, SummaryTable, TableVerdict, summarise
from analysis.stats.intervals import Interval
from analysis.stats.units import count
from runfile.benchmarks import Benchmark, BenchmarkInfo
from runfile.digests import RunDigest
from runfile.runs import Machine, Run, RunError, own_tables
from runfile.selection import when


class Agreement(StrEnum):
    """What the machines that have a verdict on a table say together."""

    SAME = "same"  # the same contender wins on all
    CHANGES = "changes"  # what is best on one is not on another
    UNDECIDED = "undecided"  # a contender wins on one, and is among those that cannot be told apart on another
    TIE = "tie"  # on none is there a winner


class Host(Struct, frozen=True):
    """A machine with a Python on it, and its runs. `label` is short, and no other's."""

    label: str
    machine: Machine
    runs: tuple[SummarisedRun, ...]
    start_method: str
    packages: dict[str, str]
    yardstick_seconds: float  # median over the runs of their medians
    speed: float  # on that fixed work, over the first machine's
    left_out: tuple[str, ...]  # which of its runs are not taken
    doubts: tuple[str, ...]  # the names of what a summary of these runs tells against them
    differences: tuple[str, ...]  # sentences on what was not the same in all of them


class MachineCell(Struct, frozen=True):
    """A contender on one machine."""

    speed_up: Interval | None
    is_baseline: bool
    ideal_fraction: float | None
    flags: tuple[str, ...]


class MachineRow(Struct, frozen=True):
    """A contender on each machine; None where it was not measured."""

    contender: str
    cells: tuple[MachineCell | None, ...]


class SharedTable(Struct, frozen=True):
    """A table that several machines have. Its title is not quite each machine's where the workers are its cores."""

    name: str
    title: str
    titles: tuple[str | None, ...]
    rows: tuple[MachineRow, ...]
    verdicts: tuple[TableVerdict | None, ...]
    agreement: Agreement | None  # None with a verdict on fewer than two machines

    def best(self, machine: int) -> tuple[str, ...]:
        """The winner on a machine, or all that cannot be told from the fastest there; none without a verdict."""
        return best(self.verdicts[machine])

    def cell(self, contender: str, machine: int) -> MachineCell | None:
        return next((row.cells[machine] for row in self.rows if row.contender == contender), None)


class Only(Struct, frozen=True):
    """The titles of the tables that one machine alone has."""

    label: str
    titles: tuple[str, ...]


class Machines(Struct, frozen=True):
    """Machines side by side. `apart` has a sentence for each table that is not the same work on all."""

    hosts: tuple[Host, ...]
    contests: tuple[SharedTable, ...]
    only: tuple[Only, ...]
    apart: tuple[str, ...]

    @property
    def are_pythons(self) -> bool:
        """Whether all are one machine, so that the Python is what differs."""
        return are_pythons([host.machine for host in self.hosts])

    def contests_that(self, agreement: Agreement) -> list[SharedTable]:
        return [contest for contest in self.contests if contest.agreement is agreement]


@dataclass(frozen=True)
class _Work:
    """What has to be equal for a contender to have done the same on two machines."""

    workload: str
    tasks: int
    lifecycle: str
    baseline: str
    server: str

    @classmethod
    def of(cls, facts: BenchmarkInfo) -> _Work:
        return cls(facts.workload, facts.tasks, facts.lifecycle, facts.baseline, facts.server or "none")


@dataclass(frozen=True)
class _Gathered:
    """One machine's runs and what they say."""

    runs: list[Run]
    left_out: list[str]
    summary: Summary
    tables: dict[str, SummaryTable]
    benchmarks: dict[str, dict[str, Benchmark]]  # the newest by title and contender

    @property
    def machine(self) -> Machine:
        """As the newest run calls it."""
        return self.runs[-1].session.machine

    @property
    def yardstick_seconds(self) -> float:
        return median(median(one.facts.yardstick_seconds for one in run.benchmarks) for run in self.runs)

    def asked(self) -> list[AlignedQuestion]:
        return [asked(title, list(self.benchmarks[title].values())) for title in self.tables]


def machines(groups: Iterable[Sequence[RunDigest]], storage: Path) -> Machines:
    """Put machines side by side, in the order of the groups, and in a group from the oldest Python.

    Raises RunError when all runs are of one machine, or one cannot be used.
    """
    by_machine = _by_machine(groups)
    gathered = [_gather(records) for records in by_machine]
    if len(gathered) == 1:
        raise RunError(_only_one(gathered[0].machine, len(by_machine[0]), storage))
    names = labels([one.machine for one in gathered])
    contests, only, apart = [], dict[str, list[str]](), list[str]()
    for matched in match([one.asked() for one in gathered], [one.machine.usable_cores for one in gathered]):
        titles, sentence = _same_work(matched, gathered, names)
        apart += sentence
        present = [name for name, title in zip(names, titles, strict=True) if title]
        if len(present) > 1:
            contests.append(_contest(matched, titles, gathered))
        elif not sentence:
            only.setdefault(present[0], []).append(matched.title)
    return Machines(
        hosts=tuple(_host(name, one, gathered[0]) for name, one in zip(names, gathered, strict=True)),
        contests=tuple(contests),
        only=tuple(Only(name, tuple(only[name])) for name in names if name in only),
        apart=tuple(apart),
    )


def are_several(records: Iterable[RunDigest]) -> bool:
    """Whether runs are of more than one machine, or more than one Python."""
    return len({record.session.machine.fingerprint for record in records}) > 1


def best(verdict: TableVerdict | None) -> tuple[str, ...]:
    if verdict is None:
        return ()
    return (verdict.fastest, *(() if verdict.is_win else (rival.contender for rival in verdict.rivals)))


def agreement(verdicts: Sequence[TableVerdict | None]) -> Agreement | None:
    """What verdicts of several machines say together: None when there are fewer than two."""
    choices = [set(best(verdict)) for verdict in verdicts if verdict]
    if len(choices) < 2:
        return None
    if any(not one & other for one, other in combinations(choices, 2)):
        return Agreement.CHANGES
    wins = [verdict.is_win for verdict in verdicts if verdict]
    if all(wins):
        return Agreement.SAME
    return Agreement.UNDECIDED if any(wins) else Agreement.TIE


def _by_machine(groups: Iterable[Sequence[RunDigest]]) -> list[list[RunDigest]]:
    machines: dict[str, dict[Path, RunDigest]] = {}
    for records in groups:
        for record in sorted(records, key=lambda one: (_version(one.session.machine), when(one))):
            machines.setdefault(record.session.machine.fingerprint, {})[record.path.resolve()] = record
    return [list(records.values()) for records in machines.values()]


def _version(machine: Machine) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"[0-9]{1,9}", machine.python)))


def _gather(records: Sequence[RunDigest]) -> _Gathered:
    alike = newest_alike(records)
    summary = summarise(alike.runs)
    benchmarks: dict[str, dict[str, Benchmark]] = {}
    for run in alike.runs:
        for title, found in own_tables(run):
            benchmarks.setdefault(title, {}).update((one.facts.contender, one) for one in found)
    return _Gathered(alike.runs, alike.left_out, summary, {one.title: one for one in summary.tables}, benchmarks)


def _only_one(machine: Machine, number: int, storage: Path) -> str:
    where = f"{machine.name or machine.fingerprint} ({machine.implementation} {build(machine)})"
    runs = "the one run there is was" if number == 1 else f"the {number:,} runs there are were"
    return (
        f"{runs} made on one machine with one Python, {where}: copy the folder of another's runs into {storage}, or "
        "name its files as well; another Python here will do too, as with `make bench PYTHON=python3.13`"
    )


def _same_work(
    matched: Match, gathered: Sequence[_Gathered], names: Sequence[str]
) -> tuple[list[str | None], list[str]]:
    """The titles of those machines that did the same work as the first, and a sentence on the others."""
    titles: list[str | None] = []
    works: dict[str, tuple[str, _Work]] = {}
    unlike: list[str] = []
    for title, one, name in zip(matched.titles, gathered, names, strict=True):
        own = {rival: _Work.of(found.facts) for rival, found in one.benchmarks[title].items()} if title else {}
        others = [(*works[rival], work) for rival, work in own.items() if rival in works and works[rival][1] != work]
        if others:
            first, theirs, mine = others[0]
            what = next(field for field in vars(mine) if getattr(mine, field) != getattr(theirs, field))
            unlike.append(f"{what} {getattr(mine, what)} on {name}, and {getattr(theirs, what)} on {first}")
        else:
            works = {**{rival: (name, work) for rival, work in own.items()}, **works}
        titles.append(None if others else title)
    if not unlike:
        return titles, []
    return titles, [f"{matched.title} is not the same work everywhere, and is kept apart: {'; '.join(unlike)}"]


def _contest(matched: Match, titles: Sequence[str | None], gathered: Sequence[_Gathered]) -> SharedTable:
    tables = [one.tables[title] if title else None for title, one in zip(titles, gathered, strict=True)]
    contenders = dict.fromkeys(row.contender for table in tables if table for row in table.rows)
    verdicts = tuple(table.verdict if table else None for table in tables)
    return SharedTable(
        name=matched.name,
        title=matched.title,
        titles=tuple(titles),
        rows=tuple(MachineRow(one, tuple(_cell(one, table) for table in tables)) for one in contenders),
        verdicts=verdicts,
        agreement=agreement(verdicts),
    )


def _cell(contender: str, table: SummaryTable | None) -> MachineCell | None:
    for row in table.rows if table else ():
        if row.contender == contender:
            return MachineCell(row.speed_up, row.is_baseline, row.ideal_fraction, row.flags)
    return None


def _host(label: str, one: _Gathered, first: _Gathered) -> Host:
    summary = one.summary
    flags = [f"{flag.name} ({count(flag.rows, 'row')})" for flag in summary.flags]
    called = dict.fromkeys(run.session.machine.name or "nothing" for run in one.runs)
    names = [f"runs of the same kind of machine are called {', '.join(called)}, and taken as of one machine"]
    return Host(
        label=label,
        machine=one.machine,
        runs=summary.runs,
        start_method=summary.start_method,
        packages=summary.packages,
        yardstick_seconds=one.yardstick_seconds,
        speed=first.yardstick_seconds / one.yardstick_seconds,
        left_out=tuple(one.left_out),
        doubts=(*flags, *(noticed.name for noticed in summary.conditions)),
        differences=(*(names if len(called) > 1 else []), *summary.differences),
    )
