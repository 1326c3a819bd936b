"""What text and Markdown have in common: the columns of a table, and the sentences around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from analysis.findings.summary import PRACTICAL, Row, Source, Summary, Table, Verdict
from analysis.stats.units import bounds, count, factor, percent, ratio, seconds, size
from runfile.runs import Machine

WINNER = "★"
MARGIN = percent(PRACTICAL - 1)
DOUBTS = "What to know before believing it"


class Made(Protocol):
    """What was made of some runs of one machine."""

    @property
    def runs(self) -> tuple[Source, ...]: ...
    @property
    def machine(self) -> Machine: ...
    @property
    def start_method(self) -> str: ...
    @property
    def packages(self) -> dict[str, str]: ...


@dataclass(frozen=True)
class Column:
    """A column of figures; `explained` is what its heading stands for."""

    heading: str
    cell: Callable[[Row], str]
    explained: str = ""


@dataclass(frozen=True)
class Doubt:
    """Something against believing the figures: what kind, what about, and what to do."""

    is_warning: bool
    subject: str
    sentence: str
    place: str = ""


def _speed_up(row: Row) -> str:
    return factor(row.speed_up.estimate) if row.speed_up else ""


def _interval(row: Row) -> str:
    if row.is_baseline:
        return "baseline"
    return bounds(row.speed_up) if row.speed_up else ""


def _if_known(value: float | None, unit: Callable[[float], str]) -> str:
    return "" if value is None else unit(value)


COLUMNS = (
    Column("median", lambda row: seconds(row.median_seconds), "of the rounds"),
    Column("speed-up", _speed_up, "over the baseline, within a repeat"),
    Column("95 %", _interval, "the interval of the speed-up"),
    Column("ideal", lambda row: _if_known(row.ideal_fraction, percent), "physical limit ÷ median"),
    Column("CPU", lambda row: _if_known(row.cpu_seconds, seconds), "time on all cores"),
    Column("peak", lambda row: _if_known(row.peak_bytes, size), "memory above an idle interpreter"),
    Column("p99", lambda row: _if_known(row.p99_seconds, seconds), "latency of single tasks"),
)
# The headings of what stands on the left of its column; numbers stand on the right.
LEFT = {"95 %", "flags"}
FLAGS = Column("flags", lambda row: ", ".join(row.flags))


def columns_of(summary: Summary) -> list[Column]:
    """The columns that any row has something in."""
    rows = [row for table in summary.tables for row in table.rows]
    return [column for column in COLUMNS if any(column.cell(row) for row in rows)]


def explain(columns: Sequence[Column]) -> str:
    return "; ".join(f"{column.heading}: {column.explained}" for column in columns)


def mark(table: Table, row: Row) -> str:
    wins = table.verdict is not None and table.verdict.is_win and table.verdict.fastest == row.contender
    return WINNER if wins else ""


def judge(verdict: Verdict) -> str:
    """A verdict as a sentence."""
    lead = "; ".join(ratio(rival.ratio) if rival.ratio else "no run has both" for rival in verdict.rivals)
    if verdict.is_win:
        return f"{verdict.fastest} is fastest: {lead} as fast as {verdict.rivals[0].contender}"
    if verdict.is_one_repeat:
        return f"not decided, by one repeat: {verdict.fastest} is {lead} as fast as {verdict.rivals[0].contender}"
    *names, last = [verdict.fastest, *(rival.contender for rival in verdict.rivals)]
    finding = f"tie, less than {MARGIN}" if verdict.is_close else "no significant difference"
    return f"{finding} between {', '.join(names)} and {last}: {lead}"


def made_from(found: Made) -> str:
    """The runs, the machine and the versions in a sentence."""
    machine = found.machine
    where = [machine.cpu, count(machine.usable_cores, "usable core"), size(machine.memory_bytes)]
    build = "" if machine.gil else " without the GIL"
    build += " with JIT" if machine.jit else ""
    versions = ", ".join(f"{name} {version}" for name, version in found.packages.items())
    return (
        f"{count(len(found.runs), 'run')} on {machine.name or machine.fingerprint} ({', '.join(where)}), "
        f"{machine.os} {machine.architecture}, {machine.implementation} {machine.python}{build}, "
        f"processes by {found.start_method}; {versions}"
    )


def doubts(summary: Summary) -> list[Doubt]:
    """All that is known against believing the figures, the gravest first."""
    found = [
        Doubt(True, f"{flag.name} ({count(flag.rows, 'row')})", flag.sentence, f"{flag.contender} in {flag.table}")
        for flag in summary.flags
    ]
    found += [Doubt(True, "unlike runs", sentence) for sentence in summary.differences]
    for one in summary.conditions:
        runs = f" ({one.runs} of {len(summary.runs)} runs)" if len(summary.runs) > 1 else ""
        found.append(Doubt(False, f"{one.name}{runs}", one.sentence))
    return found
