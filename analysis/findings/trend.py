"""What has changed for good over a long history: the steps in the series of each benchmark.

Runs of one machine, Python and effort are a group, and a benchmark that did the same work in them is a series of it.
How a step is told from noise is in `analysis.stats.changepoints`.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from statistics import median

from msgspec import Struct

from analysis.criteria.commands import bench
from analysis.findings.comparison import Sides, differences
from analysis.stats.change import Verdict
from analysis.stats.changepoints import FEWEST_RUNS, Step, find_steps
from analysis.stats.intervals import LARGEST_LOG, Interval
from analysis.stats.units import count
from runfile.digests import RunDigest, WorkDigest
from runfile.runs import RunError
from runfile.selection import when


class TrendPoint(Struct, frozen=True):
    """A run beside a step."""

    number: str
    datetime: str
    commit: str
    file: str


class ChangePoint(Struct, frozen=True):
    """A step of one benchmark: the medians of the levels before and after it, and how many runs are of each."""

    before_seconds: float
    after_seconds: float
    runs_before: int
    runs_after: int
    change: Interval  # after ÷ before
    verdict: Verdict
    last_before: TrendPoint
    first_after: TrendPoint
    differences: tuple[str, ...]  # between these two runs: versions, start method


class Series(Struct, frozen=True):
    """A benchmark that has changed, and its steps from the first."""

    benchmark: str
    work: str  # what tells it from others under the same name; empty if there are none
    runs: int
    steps: tuple[ChangePoint, ...]

    @property
    def name(self) -> str:
        """Without the file it is in."""
        name = self.benchmark.rpartition("::")[2]
        return f"{name} ({self.work})" if self.work else name

    @property
    def largest(self) -> float:
        """How far its largest step is from none, in either direction."""
        return max(abs(math.log(step.change.estimate)) for step in self.steps)


class TrendGroup(Struct, frozen=True):
    """Runs that were made alike: the benchmarks that have changed in them, the largest change first."""

    machine: str
    fingerprint: str
    python: str
    effort: str
    runs: int
    first: str
    last: str
    changed: tuple[Series, ...]
    unchanged: int
    too_short: int  # series of too few runs to tell
    measurements: int
    disturbed: int  # of these, which are left out


class Trend(Struct, frozen=True):
    """All groups, those of most runs first."""

    fewest_runs: int
    groups: tuple[TrendGroup, ...]


def trend(records: Sequence[RunDigest]) -> Trend:
    """Find the steps in a history. Raises RunError when no benchmark has runs enough."""
    groups = sorted(map(_group, alike(records)), key=lambda group: -group.runs)
    if not any(group.changed or group.unchanged for group in groups):
        newest = max(records, key=when).session.run.workload if records else ""
        raise RunError(_too_few(groups, newest))
    return Trend(FEWEST_RUNS, tuple(groups))


def alike(records: Sequence[RunDigest]) -> list[list[RunDigest]]:
    """The runs of each machine, Python, effort, Dask cluster and settings, from the oldest."""
    found: dict[Hashable, list[RunDigest]] = {}
    for record in sorted(records, key=lambda record: (when(record), record.path)):
        session = record.session
        key = session.machine.fingerprint, session.run.effort, session.dask, session.settings
        found.setdefault(key, []).append(record)
    return list(found.values())


def works_of(records: Sequence[RunDigest]) -> dict[tuple[str, WorkDigest], list[RunDigest]]:
    """The runs that have each benchmark, in the order of the records. Other work under the same name is another one."""
    found: dict[tuple[str, WorkDigest], list[RunDigest]] = {}
    for record in records:
        for name in record.seconds:
            found.setdefault((name, record.works[name]), []).append(record)
    return found


def _too_few(groups: Sequence[TrendGroup], file: str) -> str:
    most = max((group.runs for group in groups), default=0)
    remedy = f"make more with `{bench(file, FEWEST_RUNS)}` on a machine that is left alone, or name more runs"
    where = f" on {groups[0].machine}" if groups else ""
    if disturbed := sum(group.disturbed for group in groups):
        remedy = f"{count(disturbed, 'measurement')} were disturbed by other programs and left out; {remedy}"
    if most >= FEWEST_RUNS:
        return (
            f"no benchmark is in {FEWEST_RUNS} of the {most} runs{where} with the same work, as a trend needs: {remedy}"
        )
    return f"there are {count(most, 'run')} of one machine and effort{where}, and a trend needs {FEWEST_RUNS}: {remedy}"


def _group(records: Sequence[RunDigest]) -> TrendGroup:
    series = works_of(records)
    found = {key: find_steps([math.log(run.seconds[key[0]]) for run in runs]) for key, runs in series.items()}
    changed = [
        Series(name, told_apart(name, work, series), len(runs), tuple(_change(name, runs, step) for step in steps))
        for (name, work), runs in series.items()
        if (steps := found[name, work])
    ]
    too_short = sum(len(runs) < FEWEST_RUNS for runs in series.values())
    machine = records[0].session.machine
    return TrendGroup(
        machine=f"{machine.name}-{machine.fingerprint}" if machine.name else machine.fingerprint,
        fingerprint=machine.fingerprint,
        python=f"{machine.implementation} {machine.version}",
        effort=records[0].session.run.effort,
        runs=len(records),
        first=records[0].datetime,
        last=records[-1].datetime,
        changed=tuple(sorted(changed, key=lambda one: -one.largest)),
        unchanged=len(series) - len(changed) - too_short,
        too_short=too_short,
        measurements=sum(len(run.works) for run in records),
        disturbed=sum(len(run.disturbed) for run in records),
    )


def told_apart(name: str, work: WorkDigest, series: Iterable[tuple[str, WorkDigest]]) -> str:
    """What tells a benchmark's work from others under the same name; empty if there are none."""
    works = [other for key, other in series if key == name]
    fields = [field for field in WorkDigest.__struct_fields__ if len({getattr(one, field) for one in works}) > 1]
    return ", ".join(f"{field} {getattr(work, field)}" for field in fields)


def _change(name: str, runs: Sequence[RunDigest], step: Step) -> ChangePoint:
    before, after = runs[step.at - 1], runs[step.at]
    return ChangePoint(
        before_seconds=median(run.seconds[name] for run in runs[step.start : step.at]),
        after_seconds=median(run.seconds[name] for run in runs[step.at : step.end]),
        runs_before=step.at - step.start,
        runs_after=step.end - step.at,
        change=Interval(_ratio(step.size), _ratio(step.low), _ratio(step.high), step.end - step.start),
        verdict=Verdict.REGRESSION if step.size > 0 else Verdict.IMPROVEMENT,
        last_before=_point(before),
        first_after=_point(after),
        differences=tuple(differences(Sides([before], [after]))),
    )


def _ratio(log: float) -> float:
    return math.exp(max(-LARGEST_LOG, min(LARGEST_LOG, log)))


def _point(run: RunDigest) -> TrendPoint:
    return TrendPoint(run.number, run.datetime, run.commit.short, str(run.path))
