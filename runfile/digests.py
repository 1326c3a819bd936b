"""Many saved runs in brief: what comparing them takes, small and fast enough for ten thousand.

A record holds one time for each benchmark, the median of its rounds. The fastest round would not do: how many rounds
there are differs from run to run, and the fastest of ten is faster than the fastest of two. `runfile.runs` reads a run
whole.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from msgspec import DecodeError, Struct, ValidationError, convert, to_builtins
from msgspec.json import Decoder

from runfile.benchmarks import RoundSeconds, were_taken
from runfile.runs import SCHEMA, RunError, Session, bytes_of, parse
from runfile.sanitize import control_character


class WorkDigest(Struct, frozen=True, gc=False):
    """What a benchmark does. Only equal works are compared."""

    workload: str
    workers: int
    tasks: int
    lifecycle: str
    contender: str
    baseline: str


class Commit(Struct, frozen=True, gc=False):
    """The revision that was measured, as pytest-benchmark noted it."""

    id: str = "unknown"
    time: str | None = None
    dirty: bool = False
    branch: str | None = None

    @property
    def short(self) -> str:
        return self.id[:7] + ("*" if self.dirty else "")


class RunDigest(Struct, frozen=True):
    """A saved run in brief. `seconds` and `works` are by the full name of the benchmark.

    What was measured while others took over `TAKEN_CORES` is `disturbed`, and has no seconds.
    """

    path: Path
    datetime: str
    commit: Commit
    session: Session
    seconds: dict[str, float]  # the median of the rounds
    works: dict[str, WorkDigest]
    flags: dict[str, tuple[str, ...]]  # of those that have any
    disturbed: frozenset[str]

    @property
    def number(self) -> str:
        """The number in the file's name, as pytest-benchmark gives it; empty if there is none."""
        number = self.path.name.partition("_")[0]
        return number if number.isascii() and number.isdigit() else ""


@dataclass(frozen=True)
class Skipped:
    """A file that is not a run to be used, and the sentence that says why."""

    path: Path
    reason: str


class _Stats(Struct, gc=False):
    median: RoundSeconds


class _Flag(Struct, gc=False):
    name: str


class _Facts(Struct, gc=False):
    schema: int = 0
    workload: str = ""
    workers: int = 0
    tasks: int = 0
    lifecycle: str = ""
    contender: str = ""
    baseline: str = ""
    other_cores: float | None = None
    stolen_cores: float | None = None
    flags: tuple[_Flag, ...] = ()


class _Benchmark(Struct, gc=False):
    fullname: str
    stats: _Stats
    extra_info: _Facts


class _MachineInfo(Struct):
    three_patterns: Session


class _Document(Struct):
    machine_info: _MachineInfo
    benchmarks: list[_Benchmark]
    datetime: str
    commit_info: Commit = Commit()


_DECODER = Decoder(_Document)


class Reader:
    """Reads records, and shares what they have in common: names and works repeat from run to run."""

    def __init__(self) -> None:
        self._works: dict[WorkDigest, WorkDigest] = {}

    def read(self, path: Path) -> RunDigest:
        """The record of a file. Raises RunError."""
        data = bytes_of(path)
        if control := control_character(data):
            raise RunError(f"{path} is damaged: it holds {control}; leave the file out")
        try:
            document = _DECODER.decode(data)
        except (DecodeError, ValidationError, UnicodeDecodeError):
            return self._read_with_care(path, data)
        own = [one for one in document.benchmarks if one.extra_info.schema == SCHEMA]
        session = document.machine_info.three_patterns
        if not own or session.schema != SCHEMA:
            return self._read_with_care(path, data)
        return self._record(path, document.datetime, document.commit_info, session, own)

    def _read_with_care(self, path: Path, data: bytes) -> RunDigest:
        """A file with benchmarks of others in it, whatever their shape, or one that is damaged, with where and how."""
        run = parse(data, str(path))
        own = [
            _Benchmark(one.fullname, _Stats(median(one.seconds)), convert(to_builtins(one.facts), _Facts))
            for one in run.benchmarks
        ]
        return self._record(path, run.datetime, _commit_of(data), run.session, own)

    def read_all(self, paths: Iterable[Path]) -> tuple[list[RunDigest], list[Skipped]]:
        """The records of all files that are runs, and the reasons why the others are not."""
        records, skipped = [], []
        for path in paths:
            try:
                records.append(self.read(path))
            except RunError as error:
                skipped.append(Skipped(path, str(error)))
        return records, skipped

    def _record(
        self, path: Path, datetime: str, commit: Commit, session: Session, benchmarks: Iterable[_Benchmark]
    ) -> RunDigest:
        seconds, works, flags, disturbed = {}, {}, {}, []
        for one in benchmarks:
            name, facts = sys.intern(one.fullname), one.extra_info
            work = WorkDigest(
                facts.workload, facts.workers, facts.tasks, facts.lifecycle, facts.contender, facts.baseline
            )
            if were_taken(facts.other_cores, facts.stolen_cores):
                disturbed.append(name)
            else:
                seconds[name] = one.stats.median
            works[name] = self._works.setdefault(work, work)
            if facts.flags:
                flags[name] = tuple(sys.intern(flag.name) for flag in facts.flags)
        return RunDigest(path, datetime, commit, session, seconds, works, flags, frozenset(disturbed))


def _commit_of(data: bytes) -> Commit:
    """The revision in a file that is JSON; an unknown one if it says none that can be read."""
    try:
        return convert(json.loads(data).get("commit_info", {}), Commit)
    except (ValidationError, ValueError):
        return Commit()
