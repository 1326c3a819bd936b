"""The journal of a run that is not saved yet: the benchmarks it has finished, for the case that it is killed.

A hidden file in the machine's folder, one JSON document a line: first how the run is made and who makes it, then each
finished benchmark as pytest-benchmark would save it. Lines are on the disk before the next benchmark begins. One that
is torn or damaged is left out.
"""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Annotated, Any, Protocol

import psutil
from msgspec import Meta, Struct, ValidationError, convert, defstruct, field, structs, to_builtins
from pytest_benchmark.stats import Stats
from pytest_benchmark.utils import safe_dumps

from runfile.atomic import write_atomic

PREFIX = ".unfinished-"
JOURNALS = f"{PREFIX}*.jsonl"
PARTS = f"{PREFIX}*.part"
PART = re.compile(rf"{re.escape(PREFIX)}([0-9]{{1,9}})-[0-9]+\.part")
# Between two readings of when a process was created; the next process of that number comes later than that.
SAME_SECONDS = 1.0
HIGHEST_PID = 2**31 - 1

Number = Annotated[float, Meta(ge=-1e18, le=1e18)]
_Stats = defstruct(
    "_Stats",
    [
        ("data", Annotated[tuple[Number, ...], Meta(min_length=1)]),
        ("iterations", Number),
        *((name, str if name == "outliers" else Number) for name in Stats.fields),
    ],
)


class _Finished(Struct):
    """What has to be there of a benchmark for pytest-benchmark to show and save it."""

    name: str
    fullname: str
    group: str | None
    params: Any
    param: Any
    options: Any
    stats: _Stats  # type: ignore[valid-type]
    extra_info: dict[str, Any]


class JournalError(Exception):
    """A file that is not a journal. The message is a sentence that names it, what is wrong with it and the remedy."""


class Saveable(Protocol):
    """A finished benchmark, as pytest-benchmark has it."""

    def as_dict(self, include_data: bool = True) -> dict[str, Any]: ...


def _created(pid: int) -> float:
    return float(psutil.Process(pid).create_time())


class Header(Struct, frozen=True):
    """How a run is made, and which process makes it."""

    order_seed: int
    conditions: dict[str, Any]  # what has to be the same for two parts to be one run
    planned: tuple[str, ...] = ()  # the benchmarks that were chosen, in their natural order
    pid: Annotated[int, Meta(gt=0, le=HIGHEST_PID)] = field(default_factory=os.getpid)
    created: float = field(default_factory=lambda: _created(os.getpid()))
    node: str = field(default_factory=platform.node)
    datetime: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))

    @property
    def at_work(self) -> bool:
        """Whether its process may still be running; of another computer's processes nothing is known."""
        if self.node != platform.node():
            return True
        try:
            same = abs(_created(self.pid) - self.created) < SAME_SECONDS
            return same and psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:
            return True


@dataclass(frozen=True)
class Unfinished:
    """A run that was not saved, as its journal tells it."""

    file: Path
    header: Header
    benchmarks: tuple[dict[str, Any], ...]
    damaged: int  # lines that were left out


class Journal:
    """The journal of this run. There is no file before a benchmark has finished, and none after the run is saved."""

    def __init__(self, folder: Path, header: Header) -> None:
        self.header = header
        self.kept = 0
        self.failure = ""
        self._folder = folder
        self._file = next(
            file
            for number in count(1)
            if not (file := folder / f"{PREFIX}{header.pid}-{number}.jsonl").exists()  # of one with this pid before
        )

    def plan(self, planned: Sequence[str]) -> None:
        """Name the benchmarks that make the run, in their natural order."""
        self.header = structs.replace(self.header, planned=tuple(planned))

    def keep(self, finished: Sequence[Saveable]) -> None:
        """Have the file hold all that is finished: those that were not before, or all when it is gone."""
        try:
            if self.kept and self._file.exists():
                self._append(finished[self.kept :])
            else:
                self._folder.mkdir(parents=True, exist_ok=True)
                head = safe_dumps(to_builtins(self.header)).encode() + b"\n"
                write_atomic(self._file, head + _lines(finished), self._file.with_suffix(".part"))
            self.kept, self.failure = len(finished), ""
        except OSError as error:
            self.failure = f"{self._file} cannot be written ({error.strerror or error})"

    def _append(self, finished: Sequence[Saveable]) -> None:
        with self._file.open("r+b") as out:
            end = out.seek(0, os.SEEK_END)
            try:
                out.write(_lines(finished))
                out.flush()
                os.fsync(out.fileno())
            except OSError:
                with suppress(OSError):
                    out.truncate(end)
                raise

    def take_over(self, unfinished: Unfinished, finished: Sequence[Saveable]) -> bool:
        """Make another run's journal this one's; False when it is gone, as another process has been faster."""
        self.keep(finished)
        if self.failure:
            return True  # and the old one is kept
        try:
            unfinished.file.unlink()
        except FileNotFoundError:
            self._file.unlink(missing_ok=True)
            self.kept = 0
            return False
        return True

    def remove(self) -> None:
        """The run is saved: its journal is not needed, nor are those of earlier attempts at it."""
        self.kept, self.failure = 0, ""
        parts = [file for file in self._folder.glob(PARTS) if not _is_written(file)]
        for file in (self._file, *self._superseded(), *parts):
            with suppress(OSError):
                file.unlink()

    def _superseded(self) -> Iterator[Path]:
        """The journals of earlier runs that nobody is at work on and that would have held no more than this one."""
        for one in left_behind(self._folder):
            earlier = one.header.datetime < self.header.datetime
            alike = dict(one.header.conditions) == dict(self.header.conditions)
            if earlier and alike and set(one.header.planned) <= set(self.header.planned):
                yield one.file


def _is_written(part: Path) -> bool:
    match = PART.fullmatch(part.name)
    return match is not None and psutil.pid_exists(int(match[1]))


def _lines(finished: Sequence[Saveable]) -> bytes:
    return b"".join(safe_dumps(one.as_dict(include_data=True)).encode() + b"\n" for one in finished)


def journals(folder: Path) -> Iterator[Unfinished | JournalError]:
    """What the journals in a folder tell, those of runs that go on included."""
    for file in sorted(folder.glob(JOURNALS)):
        try:
            if file.is_file():
                yield _read(file)
        except FileNotFoundError:  # saved meanwhile
            continue
        except (OSError, JournalError) as error:
            yield JournalError(f"{file} is damaged ({error}): remove it and make the run anew")


def left_behind(folder: Path) -> list[Unfinished]:
    """The runs in a folder that nobody is at work on, from the oldest."""
    found = [one for one in journals(folder) if isinstance(one, Unfinished) and not one.header.at_work]
    return sorted(found, key=lambda one: one.header.datetime)


def _read(file: Path) -> Unfinished:
    head, *lines = file.read_bytes().split(b"\n")
    header = _header(_decoded(head))
    found = [_benchmark(_decoded(line)) for line in lines if line]
    benchmarks = {one["fullname"]: one for one in found if one is not None}
    return Unfinished(file, header, tuple(benchmarks.values()), found.count(None))


def _decoded(line: bytes) -> dict[str, Any]:
    """The JSON object in a line, or an empty one."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _header(found: dict[str, Any]) -> Header:
    if found.keys() != set(Header.__struct_fields__):
        raise JournalError("its first line does not tell how the run was made")
    try:
        return convert(found, Header)
    except ValidationError as error:
        raise JournalError(f"its first line does not tell how the run was made: {error}") from error


def _benchmark(found: dict[str, Any]) -> dict[str, Any] | None:
    """What was found, when it is a benchmark that can be shown and saved."""
    try:
        convert(found, _Finished)
    except ValidationError:
        return None
    return found
