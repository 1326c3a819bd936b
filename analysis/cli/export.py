"""Saved runs for other programs: CSV and Parquet for notebooks and spreadsheets, and a folder for Apache Otava.

CSV and Parquet have one row for each benchmark of each run, but for those that were disturbed. Parquet is written by
pyarrow, which is optional.

Otava (https://otava.apache.org) reads tables with a column for each benchmark, without gaps. So each machine and effort
is a group of tables, one for each set of benchmarks that the very same runs have. They lie in a folder with the
`otava.yaml` that names them. Otava looks at the last 365 days unless told otherwise:

    python -m analysis export --format otava -o FOLDER
    cd FOLDER
    otava list-groups --config-file otava.yaml
    otava analyze GROUP --config-file otava.yaml --since 2020-01-01

A spreadsheet takes text that begins with = + - or @ for a formula, and runs may come from elsewhere: in CSV, such text
gets an apostrophe before it, as OWASP advises against CSV injection. Numbers and Parquet are as they are.

What is written is written whole or not at all: under another name in the same folder first.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from msgspec.json import encode, format  # noqa: A004

from analysis.findings.trend import alike, told_apart, works_of
from runfile.atomic import draft_beside, explained, new_file
from runfile.digests import RunDigest
from runfile.runs import RunError
from runfile.selection import when

Value = str | int | float | bool | None

FORMULA = re.compile(r"[=+\-@\t\r]")
OTAVA_CONFIG = "otava.yaml"
# By this an earlier export is known, which may be replaced.
WRITTEN_BY = "# Written by `python -m analysis export --format otava`; otava is to be run in this folder.\n"


@dataclass(frozen=True)
class ExportColumn:
    """A column: its name, what it holds of a benchmark of a run, and its type in Parquet."""

    name: str
    value: Callable[[RunDigest, str], Value]
    type: str = "string"


def _fact(name: str, type: str = "string") -> ExportColumn:  # noqa: A002
    return ExportColumn(name, lambda run, benchmark: getattr(run.works[benchmark], name), type)


def _package(name: str) -> ExportColumn:
    return ExportColumn(name, lambda run, _: run.session.packages.get(name))


COLUMNS = (
    ExportColumn("run", lambda run, _: str(run.path)),
    ExportColumn("number", lambda run, _: run.number or None),
    ExportColumn("datetime", lambda run, _: run.datetime),
    ExportColumn("commit", lambda run, _: run.commit.id),
    ExportColumn("commit_time", lambda run, _: run.commit.time),
    ExportColumn("dirty", lambda run, _: run.commit.dirty, "bool_"),
    ExportColumn("machine", lambda run, _: run.session.machine.fingerprint),
    ExportColumn("machine_name", lambda run, _: run.session.machine.name),
    ExportColumn("cpu", lambda run, _: run.session.machine.cpu),
    ExportColumn("python", lambda run, _: run.session.machine.python),
    ExportColumn("free_threaded", lambda run, _: run.session.machine.free_threaded, "bool_"),
    ExportColumn("effort", lambda run, _: run.session.run.effort),
    ExportColumn("start_method", lambda run, _: run.session.start_method),
    _package("aiohttp"),
    _package("requests"),
    ExportColumn("benchmark", lambda _, benchmark: benchmark),
    _fact("workload"),
    _fact("workers", "int64"),
    _fact("tasks", "int64"),
    _fact("lifecycle"),
    _fact("contender"),
    _fact("baseline"),
    ExportColumn("seconds", lambda run, benchmark: run.seconds[benchmark], "float64"),
    ExportColumn("flags", lambda run, benchmark: ";".join(run.flags.get(benchmark, ()))),
)


def as_csv(records: Iterable[RunDigest]) -> Iterator[str]:
    """The lines of a CSV file."""
    names = [column.name for column in COLUMNS]
    rows = ([column.value(run, name) for column in COLUMNS] for run in records for name in run.seconds)
    return _csv(chain([names], rows))


def write_csv(records: Sequence[RunDigest], path: Path) -> None:
    """Write a CSV file. Raises RunError when it cannot be written there."""
    with new_file(path, (run.path for run in records)) as draft, draft.open("w", encoding="utf-8", newline="") as file:
        file.writelines(as_csv(records))


def write_parquet(records: Sequence[RunDigest], path: Path) -> None:
    """Write a Parquet file. Raises RunError when it cannot be written there, or pyarrow is missing."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise RunError("Parquet needs pyarrow, which is not installed: `pip install pyarrow`, or use CSV") from error
    schema = pyarrow.schema([(column.name, getattr(pyarrow, column.type)()) for column in COLUMNS])
    with new_file(path, (run.path for run in records)) as draft, parquet.ParquetWriter(draft, schema) as writer:
        for run in records:
            columns = [[column.value(run, name) for name in run.seconds] for column in COLUMNS]
            writer.write_table(pyarrow.table(columns, schema=schema))


def write_otava(records: Sequence[RunDigest], folder: Path) -> None:
    """Write a folder that Otava reads. Raises RunError when it cannot be written there."""
    with _new_folder(folder) as draft:
        tests: dict[str, object] = {}
        groups: dict[str, list[str]] = {}
        for group in alike(records):
            name = _group_name(group[0])
            for number, table in enumerate(_tables(group), 1):
                test = f"{name}-{number}"
                (draft / f"{test}.csv").write_text("".join(_csv(table.rows())), encoding="utf-8", newline="")
                tests[test] = table.config(f"{test}.csv")
                groups.setdefault(name, []).append(test)
        # JSON is YAML.
        config = format(encode({"tests": tests, "test_groups": groups}))
        (draft / OTAVA_CONFIG).write_bytes(WRITTEN_BY.encode() + config + b"\n")


@dataclass(frozen=True)
class _Table:
    """Benchmarks that the very same runs have."""

    runs: Sequence[RunDigest]
    names: dict[str, str]  # of a column, and of the benchmark in it

    def rows(self) -> Iterator[list[Value]]:
        yield ["time", "commit", "run", *self.names]
        for run in self.runs:
            seconds = [run.seconds[name] for name in self.names.values()]
            yield [when(run).isoformat(), run.commit.id, run.number or run.path.name, *seconds]

    def config(self, file: str) -> dict[str, object]:
        metrics = {_text(name): {"column": _text(name), "direction": -1} for name in self.names}
        return {
            "type": "csv",
            "file": file,
            "time_column": "time",
            "attributes": ["commit", "run"],
            "metrics": metrics,
        }


def _group_name(run: RunDigest) -> str:
    machine = run.session.machine
    return re.sub(r"[^\w.-]", "_", f"{machine.name or 'machine'}-{machine.fingerprint}-{run.session.run.effort}")


def _tables(group: Sequence[RunDigest]) -> list[_Table]:
    """The tables of a group, that of most benchmarks first."""
    series = works_of(group)
    named = Counter(name.rpartition("::")[2] for name in {name for name, _ in series})
    found: dict[tuple[Path, ...], _Table] = {}
    for (name, work), runs in series.items():
        short = name.rpartition("::")[2]
        label = short if named[short] == 1 else name
        label = f"{label} ({apart})" if (apart := told_apart(name, work, series)) else label
        found.setdefault(tuple(run.path for run in runs), _Table(runs, {})).names[label] = name
    return sorted(found.values(), key=lambda table: -len(table.names))


def _csv(rows: Iterable[Sequence[Value]]) -> Iterator[str]:
    line = io.StringIO(newline="")
    # By its default ending, \r in a value is quoted too.
    writer = csv.writer(line)
    for row in rows:
        writer.writerow([_text(value) for value in row])
        yield line.getvalue().removesuffix("\r\n") + "\n"
        line.seek(0)
        line.truncate()


def _text(value: Value) -> Value:
    """What a value is in CSV."""
    if isinstance(value, str) and FORMULA.match(value):
        return f"'{value}"
    if isinstance(value, bool):
        return str(value).lower()
    return value


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """A draft of a folder, which takes its place when it is whole; an earlier export that is there is replaced."""
    with explained(folder):
        if folder.exists() and not _may_be_replaced(folder):
            raise RunError(f"{folder} is there and is not an earlier export: name a new folder with -o")
        place = folder.resolve()
        draft, old = draft_beside(place), draft_beside(place)
        draft.mkdir()
        try:
            yield draft
            if place.exists():
                place.replace(old)
            draft.replace(place)
        finally:
            for left in (draft, old):
                shutil.rmtree(left, ignore_errors=True)


def _may_be_replaced(folder: Path) -> bool:
    """Whether a folder is empty, or an export as it was written."""
    if not folder.is_dir():
        return False
    others = {path.name for path in folder.iterdir()}
    if not others:
        return True
    if OTAVA_CONFIG not in others or not all(name.endswith(".csv") for name in others - {OTAVA_CONFIG}):
        return False
    return (folder / OTAVA_CONFIG).read_bytes().startswith(WRITTEN_BY.encode())
