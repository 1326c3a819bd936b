"""The runs there are, for a terminal or a program."""

from __future__ import annotations

from msgspec import Struct
from rich.console import Console
from rich.table import Table
from rich.text import Text

from analysis.stats.units import count
from runfile.digests import Record
from runfile.sanitize import printable
from runfile.selection import Selected, when

HEADINGS = ("number", "date", "machine", "Python", "commit", "effort", "benchmarks", "flagged")
RIGHT = {"benchmarks", "flagged"}


class Entry(Struct, frozen=True):
    """A run in a list of them."""

    number: str
    date: str
    machine: str
    python: str
    commit: str
    effort: str
    benchmarks: int
    flagged: int  # benchmarks with any flag
    packages: dict[str, str]
    file: str


class NoRun(Struct, frozen=True):
    """A file that is no run, and why."""

    file: str
    reason: str


class History(Struct, frozen=True):
    """Runs from the oldest, and files that are none."""

    runs: tuple[Entry, ...]
    skipped: tuple[NoRun, ...]


def history(found: Selected) -> History:
    """List what was selected."""
    return History(
        tuple(_entry(record) for record in found.records),
        tuple(NoRun(str(one.path), one.reason) for one in found.skipped),
    )


def _entry(record: Record) -> Entry:
    machine = record.session.machine
    return Entry(
        number=record.number,
        date=f"{when(record):%Y-%m-%d %H:%M}",
        machine=f"{machine.name}-{machine.fingerprint}" if machine.name else machine.fingerprint,
        python=machine.version,
        commit=record.commit.short,
        effort=record.session.run.effort,
        benchmarks=len(record.seconds),
        flagged=len(record.flags),
        packages=record.session.packages,
        file=str(record.path),
    )


def show(found: History, console: Console) -> None:
    """Print a list of runs, from the oldest."""
    if found.runs:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for heading in HEADINGS:
            right = heading in RIGHT
            table.add_column(heading, justify="right" if right else "left", overflow="fold", no_wrap=right)
        for run in found.runs:
            table.add_row(*(Text(printable(str(getattr(run, heading.lower())))) for heading in HEADINGS))
        console.print(table)
    machines = len({run.machine for run in found.runs})
    console.print(f"{count(len(found.runs), 'run')} on {count(machines, 'machine')}", soft_wrap=True)
    for one in found.skipped:
        console.print(Text(f"skipped: {one.reason}", style="yellow"), soft_wrap=True)
