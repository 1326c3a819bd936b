"""A saved run: what is read of pytest-benchmark's JSON, and what is refused.

The structs have the shape of the file; fields that are not listed here are ignored. Durations are in seconds, sizes in
bytes. Benchmarks without this suite's `extra_info` are somebody else's, and are left out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from msgspec import DecodeError, Struct, ValidationError, convert
from msgspec.json import decode

from runfile.benchmarks import Benchmark, Count, Measured, NotMeasured
from runfile.sanitize import control_character

# Where pytest-benchmark's `machine_info` has what is the suite's own, and the version of its format.
KEY = "three_patterns"
SCHEMA = 4
# A run of a hundred benchmarks with all its rounds is half of one; larger files are something else.
LARGEST_BYTES = 64 * 2**20

AGAIN = "make the run again, or leave the file out"

T = TypeVar("T")


class RunError(Exception):
    """Runs that cannot be used. The message is a sentence that names the file, what is wrong with it and the remedy."""


class NothingMeasured(RunError):
    """A run that holds none of this suite's benchmarks."""


class Machine(Struct, frozen=True):
    """The machine and the Python of a run. The fingerprint stands for both: runs are alike where it is."""

    cpu: str
    usable_cores: Count
    memory_bytes: Count
    os: str
    architecture: str
    implementation: str
    python: str
    compiler: str
    gil: bool
    free_threaded: bool
    jit: bool
    name: str | None
    fingerprint: str

    @property
    def version(self) -> str:
        """The Python's version, with a t if it was built without the GIL, as its command is called."""
        return self.python + ("t" if self.free_threaded else "")

    @property
    def folder(self) -> str:
        """Where its runs are kept, such as "laptop-Linux-CPython-3.11.7-1a2b3c4d"."""
        parts = [self.name, self.os, f"{self.implementation}-{self.version}", self.fingerprint]
        return "-".join(part for part in parts if part)

    @property
    def hardware(self) -> tuple[str, int, int, str, str]:
        """What has to be equal for seconds of two Pythons to be of one machine; memory in whole GiB."""
        return self.cpu, self.usable_cores, round(self.memory_bytes / 2**30), self.os, self.architecture


class Order(Struct, frozen=True, omit_defaults=True):
    """How a run was made: the seed of its order, its effort, and the file of one's own work if it was of that."""

    order_seed: int
    effort: str
    workload: str = ""
    workload_digest: str = ""  # of what was in that file
    resumed: Count = 0  # how many of its benchmarks were measured by an earlier process, which was stopped


class Condition(Struct, frozen=True):
    """What was noticed of the machine during a run, such as its governor or its load, and what to make of it.

    A setting is part of what was measured: runs that differ in it are not alike.
    """

    name: str
    value: Measured | str | None
    sentence: str
    is_setting: bool = False


class PatternFacts(Struct, frozen=True):
    """What a pattern says of itself: how it works, what it hides, and what decides how many workers are enough.

    Older runs do not say the latter.
    """

    summary: str
    pitfall: str
    blocking: bool | None = None  # whether workers take blocking code, or are coroutines
    chunked: bool | None = None  # whether a worker takes a quarter of its share of tasks at a time


class Cluster(Struct, frozen=True):
    """The Dask cluster that was named for a run: its scheduler, the threads of each of its processes, its machines."""

    scheduler: str
    threads: tuple[Count, ...]
    machines: Count

    def __str__(self) -> str:
        return f"{sum(self.threads)} threads on {self.machines} machine{'' if self.machines == 1 else 's'}"


class Session(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the harness noted of a run as a whole, under `machine_info`."""

    schema: int
    machine: Machine
    start_method: str
    packages: dict[str, str]
    run: Order
    patterns: dict[str, PatternFacts] = {}
    conditions: tuple[Condition, ...]
    dask: Cluster | None = None
    missing: tuple[NotMeasured, ...] = ()

    @property
    def settings(self) -> tuple[str, ...]:
        """What surrounded Python and changes what is measured, such as "OMP_NUM_THREADS=1"."""
        return tuple(sorted(f"{one.name}={one.value}" for one in self.conditions if one.is_setting))


class Run(Struct, frozen=True):
    """A saved run: one pytest process, and so one independent observation."""

    source: str
    datetime: str
    session: Session
    benchmarks: tuple[Benchmark, ...]


class _RunFile(Struct, frozen=True):
    machine_info: dict[str, Any]
    benchmarks: tuple[dict[str, Any], ...]
    datetime: str


def load(path: Path) -> Run:
    """Read a saved run. Raises RunError when the file cannot be read or is none that can be used."""
    return parse(bytes_of(path), str(path))


def bytes_of(path: Path) -> bytes:
    """What a file holds. Raises RunError when it cannot be read, or is too large for a run."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size <= LARGEST_BYTES:
                return file.read()
    except OSError as error:
        raise RunError(f"{path} cannot be read ({error.strerror}): name another run") from error
    raise RunError(
        f"{path} has {size / 2**20:,.0f} MiB, and no run is larger than {LARGEST_BYTES / 2**20:.0f}: "
        "name another one, or move the file away"
    )


def parse(data: bytes, source: str) -> Run:
    """Make a run of the bytes of a saved one. Errors call it by its source; raises RunError, and NothingMeasured."""
    if control := control_character(data):
        raise RunError(f"{source} is damaged: it holds {control}; leave the file out")
    document = _checked(_json(data, source), _RunFile, source)
    session = document.machine_info.get(KEY)
    if not isinstance(session, dict):
        raise NothingMeasured(
            f"{source} was not made by this suite (machine_info.{KEY} is missing): name a run that `make bench` saved"
        )
    if session.get("schema") != SCHEMA:
        raise RunError(
            f"{source} has schema {session.get('schema')!r} (machine_info.{KEY}.schema) and {SCHEMA} is read "
            "here: make the run again, or read it with the version of the suite that saved it"
        )
    own = [one for one in document.benchmarks if _is_own(one)]
    if not own:
        raise NothingMeasured(f"{source} holds no benchmark of this suite: name a run that `make bench` saved")
    return Run(
        source=source,
        datetime=document.datetime,
        session=_checked(session, Session, source, f"machine_info.{KEY}"),
        benchmarks=tuple(_benchmark(one, source) for one in own),
    )


def _json(data: bytes, source: str) -> Any:
    """Decode JSON; and NaN and infinity too, which Python writes, so that the field which holds one can be named."""
    try:
        try:
            return decode(data)
        except DecodeError:
            return json.loads(data)
    except (ValueError, RecursionError) as error:
        what = "is empty" if not data.strip() else f"is damaged: it is not JSON ({error})"
        raise RunError(f"{source} {what}; name another run, or move the file away") from error


def _is_own(benchmark: dict[str, Any]) -> bool:
    facts = benchmark.get("extra_info")
    return isinstance(facts, dict) and facts.get("schema") == SCHEMA


def _benchmark(benchmark: dict[str, Any], source: str) -> Benchmark:
    name = benchmark.get("name", "without a name")
    one = _checked(benchmark, Benchmark, source, f"benchmark {name}")
    if not one.seconds:
        raise RunError(
            f"{source}: benchmark {name} has no rounds (stats.data): save the run again, with --benchmark-save-data"
        )
    repeats = one.facts.contest.repeats
    if (rounds := sum(repeat.rounds for repeat in repeats)) != len(one.seconds):
        raise RunError(
            f"{source} is damaged: benchmark {name} has {len(one.seconds)} rounds (stats.data) and its repeats "
            f"{rounds} (extra_info.contest.repeats); {AGAIN}"
        )
    if any(later.number <= earlier.number for earlier, later in pairwise(repeats)):
        raise RunError(
            f"{source} is damaged: the repeats of benchmark {name} (extra_info.contest.repeats) are not in order; "
            f"{AGAIN}"
        )
    return one


def _checked(found: Any, shape: type[T], source: str, where: str = "") -> T:
    try:
        return convert(found, shape)
    except ValidationError as error:
        problem, _, place = str(error).partition(" - at `$")
        spot = f"{where}, " if where.startswith("benchmark ") else f"{where}." if where else ""
        at = (spot + place.rstrip("`").lstrip(".")).rstrip("., ")
        raise RunError(
            f"{source} is damaged: {at + ': ' if at else ''}{problem[0].lower()}{problem[1:]}; {AGAIN}"
        ) from error


def own_tables(run: Run) -> Iterator[tuple[str, list[Benchmark]]]:
    """The tables of a run in the order of the file, each with its benchmarks.

    Raises RunError when two benchmarks would be the same row.
    """
    tables: dict[str, dict[str, Benchmark]] = {}
    for one in run.benchmarks:
        rows = tables.setdefault(one.table, {})
        other = rows.setdefault(one.facts.contender, one)
        if other is not one:
            raise RunError(
                f"{run.source}: {other.name} and {one.name} are both {one.facts.contender!r} in {one.table!r}: "
                "give one of them another group or contender"
            )
    for title, rows in tables.items():
        yield title, list(rows.values())
