"""Candidate beside base: for each benchmark how much slower or faster, and whether that is a regression.

All intervals of a comparison hold together with 98 % (Bonferroni): each is given a level of 1 - 0.02 ÷ their number, so
that a hundred benchmarks raise no more false alarms than one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from msgspec import Struct

from analysis.criteria.commands import bench
from analysis.criteria.thresholds import Thresholds
from analysis.stats.change import Change, Verdict, between, judge
from analysis.stats.intervals import ENOUGH_RUNS, Interval
from analysis.stats.units import count
from runfile.benchmarks import OfBenchmark
from runfile.digests import RunDigest, WorkDigest
from runfile.runs import Machine, RunError

# Of a hundred comparisons of what is the same, one at most may find a regression, and one an improvement.
LEVEL = 0.98
# Fewer say nothing of how runs differ.
FEWEST_RUNS = 3


class ChangeRow(OfBenchmark, frozen=True):
    """One benchmark in both groups. `change` is candidate ÷ base; None where no spread can be known.

    Measurements that were disturbed are left out, so that a row may have fewer runs than its group, or none.
    """

    base_seconds: float | None
    candidate_seconds: float | None
    base_runs: int
    candidate_runs: int
    left_out: int  # measurements that were disturbed
    change: Interval | None
    threshold: float
    verdict: Verdict
    runs_needed: int | None  # of each, to decide what is inconclusive; None where that is not known
    flags: tuple[str, ...]


class Group(Struct, frozen=True):
    """The runs of one side, and what they were made with."""

    runs: int
    first: str
    last: str
    commits: tuple[str, ...]
    python: str
    packages: dict[str, str]
    files: tuple[str, ...]


class Comparison(Struct, frozen=True):
    """All benchmarks that both sides have, the gravest change first."""

    base: Group
    candidate: Group
    level: float  # at which all intervals hold together
    rows: tuple[ChangeRow, ...]
    differences: tuple[str, ...]  # what besides the code differs: versions, start method, effort
    only_in_base: tuple[str, ...]
    only_in_candidate: tuple[str, ...]

    def with_verdict(self, verdict: Verdict) -> list[ChangeRow]:
        return [row for row in self.rows if row.verdict is verdict]


@dataclass(frozen=True)
class Sides:
    """The runs of base and candidate."""

    base: Sequence[RunDigest]
    candidate: Sequence[RunDigest]


def compare(sides: Sides, thresholds: Thresholds, level: float = LEVEL) -> Comparison:
    """Compare two groups of runs. Raises RunError when they are not of one machine or not of the same work."""
    _check_groups(sides)
    _check_machine(sides)
    _check_settings(sides)
    _check_work(sides)
    names = [
        list(dict.fromkeys(name for run in group for name in run.works)) for group in (sides.base, sides.candidate)
    ]
    common = [name for name in names[0] if name in names[1]]
    if not common:
        raise RunError(
            f"{sides.base[0].path} and {sides.candidate[0].path} have no benchmark in common: "
            "compare runs of the same ones"
        )
    each = 1 - (1 - level) / len(common)
    rows = [_row(name, sides, thresholds.of(name.rpartition("::")[2]), each) for name in common]
    order = list(Verdict)
    return Comparison(
        base=_group(sides.base),
        candidate=_group(sides.candidate),
        level=level,
        rows=tuple(sorted(rows, key=lambda row: (order.index(row.verdict), -_distance(row)))),
        differences=tuple(differences(sides)),
        only_in_base=tuple(name for name in names[0] if name not in common),
        only_in_candidate=tuple(name for name in names[1] if name not in common),
    )


def _row(name: str, sides: Sides, threshold: float, level: float) -> ChangeRow:
    base, candidate = (
        [run.seconds[name] for run in group if name in run.seconds] for group in (sides.base, sides.candidate)
    )
    change = between(base, candidate)
    interval = change.interval(level) if change else None
    # The tails of so few are not known: three runs that happened to be slow together look like a regression.
    enough = min(len(base), len(candidate)) >= ENOUGH_RUNS
    verdict = judge(interval, threshold) if interval and enough else Verdict.INCONCLUSIVE
    return ChangeRow(
        benchmark=name,
        base_seconds=median(base) if base else None,
        candidate_seconds=median(candidate) if candidate else None,
        base_runs=len(base),
        candidate_runs=len(candidate),
        left_out=sum(name in run.works for run in [*sides.base, *sides.candidate]) - len(base) - len(candidate),
        change=interval,
        threshold=threshold,
        verdict=verdict,
        runs_needed=_needed(change, threshold, level) if verdict is Verdict.INCONCLUSIVE else None,
        flags=_flags(name, [*sides.base, *sides.candidate]),
    )


def _needed(change: Change | None, threshold: float, level: float) -> int | None:
    runs = change.runs_needed(threshold, level) if change else None
    return None if runs is None else max(runs, ENOUGH_RUNS)


def _distance(row: ChangeRow) -> float:
    """How far a change is from none, in either direction."""
    return max(row.change.estimate, 1 / row.change.estimate) if row.change else 0.0


def _flags(name: str, runs: Sequence[RunDigest]) -> tuple[str, ...]:
    """The flags that were raised in half of the runs or more."""
    raised = [flag for run in runs for flag in run.flags.get(name, ())]
    return tuple(flag for flag in dict.fromkeys(raised) if 2 * raised.count(flag) >= len(runs))


def _group(runs: Sequence[RunDigest]) -> Group:
    machines = [run.session.machine for run in runs]
    return Group(
        runs=len(runs),
        first=min(run.datetime for run in runs),
        last=max(run.datetime for run in runs),
        commits=tuple(dict.fromkeys(run.commit.short for run in runs)),
        python=" and ".join(dict.fromkeys(f"{one.implementation} {one.version}" for one in machines)),
        packages={
            name: " and ".join(dict.fromkeys(run.session.packages.get(name, "none") for run in runs))
            for name in dict.fromkeys(name for run in runs for name in run.session.packages)
        },
        files=tuple(str(run.path) for run in runs),
    )


def differences(sides: Sides) -> list[str]:
    """What besides the measured code is not the same on both sides, or within one of them."""
    everything = [*sides.base, *sides.candidate]
    packages = dict.fromkeys(name for run in everything for name in run.session.packages)
    facts: dict[str, Callable[[RunDigest], str]] = {
        "Python": lambda run: f"{run.session.machine.implementation} {run.session.machine.version}",
        "compiler of Python": lambda run: run.session.machine.compiler,
        "JIT": lambda run: "on" if run.session.machine.jit else "off",
        "start method": lambda run: run.session.start_method,
        "effort": lambda run: run.session.run.effort,
        "settings": lambda run: ", ".join(run.session.settings) or "none",
        "Dask": lambda run: str(run.session.dask or "no cluster named"),
        **{name: lambda run, name=name: run.session.packages.get(name, "none") for name in packages},  # type: ignore[misc]
    }
    found = []
    for what, fact in facts.items():
        base, candidate = (" and ".join(dict.fromkeys(map(fact, group))) for group in (sides.base, sides.candidate))
        if base != candidate:
            found.append(f"{what}: {base} → {candidate}")
        elif " and " in base:
            found.append(f"{what}: {base} on both sides")
    return found


def _check_groups(sides: Sides) -> None:
    ours = {run.path.resolve(): run for run in sides.base}
    for run in sides.candidate:
        if run.path.resolve() in ours:
            raise RunError(f"{run.path} is on both sides: a run cannot be compared with itself")
    if len(sides.base) + len(sides.candidate) < FEWEST_RUNS:
        more = bench(sides.candidate[-1].session.run.workload, 5)
        raise RunError(
            f"{sides.base[0].path} and {sides.candidate[0].path} are one run each, "
            f"which cannot tell a change from noise: make more of both, with `{more}`"
        )


def _check_machine(sides: Sides) -> None:
    first = sides.base[0]
    for run in [*sides.base, *sides.candidate]:
        here, there = first.session.machine, run.session.machine
        if here.hardware != there.hardware:
            raise RunError(
                f"{first.path} was made on a machine with {_told(here)} and {run.path} on one with {_told(there)}: "
                "seconds of unlike machines are not compared; `python -m analysis machines` shows them side by side"
            )


def _check_settings(sides: Sides) -> None:
    """What is set on one side and not on the other may be what is compared; within a side it is a mixture."""
    for group in (sides.base, sides.candidate):
        first = group[0]
        for run in group:
            here, there = (" and ".join(one.session.settings) or "no settings" for one in (first, run))
            if here != there:
                raise RunError(
                    f"{first.path} was made with {here} and {run.path} with {there}, which are not runs of the same: "
                    "name those that were made alike"
                )


def _told(machine: Machine) -> str:
    cpu, cores, gibibytes, system, architecture = machine.hardware
    return f"{cpu}, {count(cores, 'core')}, {gibibytes} GiB, {system} {architecture}"


def _check_work(sides: Sides) -> None:
    seen: dict[str, tuple[RunDigest, WorkDigest]] = {}
    for run in [*sides.base, *sides.candidate]:
        for name, work in run.works.items():
            other, expected = seen.setdefault(name, (run, work))
            if work != expected:
                what = next(
                    field for field in WorkDigest.__struct_fields__ if getattr(work, field) != getattr(expected, field)
                )
                raise RunError(
                    f"{name} is not the same work in two runs ({what}: {getattr(expected, what)} in {other.path}, "
                    f"{getattr(work, what)} in {run.path}): compare runs that did the same"
                )
