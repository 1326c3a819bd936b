"""The runs there are, for a terminal or a program."""

from __future__ import annotations

from msgspec import Struct

from runfile.digests import RunDigest
from runfile.selection import Selected, when


class ListedRun(Struct, frozen=True):
    """A run in a list of them."""

    number: str
    date: str
    machine: str
    python: str
    commit: str
    effort: str
    benchmarks: int
    disturbed: int  # of these, measured while others took too much of the machine: verbs over many runs leave them out
    flagged: int  # benchmarks with any flag
    packages: dict[str, str]
    file: str


class NoRun(Struct, frozen=True):
    """A file that is not a run, and why."""

    file: str
    reason: str


class RunList(Struct, frozen=True):
    """Runs from the oldest, and files that are none."""

    runs: tuple[ListedRun, ...]
    skipped: tuple[NoRun, ...]


def run_list(found: Selected) -> RunList:
    """List what was selected."""
    return RunList(
        tuple(_entry(record) for record in found.records),
        tuple(NoRun(str(one.path), one.reason) for one in found.skipped),
    )


def _entry(record: RunDigest) -> ListedRun:
    machine = record.session.machine
    return ListedRun(
        number=record.number,
        date=f"{when(record):%Y-%m-%d %H:%M}",
        machine=f"{machine.name}-{machine.fingerprint}" if machine.name else machine.fingerprint,
        python=machine.version,
        commit=record.commit.short,
        effort=record.session.run.effort,
        benchmarks=len(record.works),
        disturbed=len(record.disturbed),
        flagged=len(record.flags),
        packages=record.session.packages,
        file=str(record.path),
    )
