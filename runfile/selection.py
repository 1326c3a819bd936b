"""Which runs are meant: by file, folder or number, and by what they are. All verbs take the same words.

    3                   the run of that number           3-7          those from 3 to 7
    FILE or FOLDER      that file, or all runs below that folder
    python=3.13         made with that Python            machine=laptop, by name, folder or fingerprint
    commit=1a2b3c       of that revision                 effort=fast, or default, or rigorous
    since=2026-11-01    made on that day or later        until=2026-11-30, or earlier
    aiohttp=3.14        with that version of a package   last=5       the newest five of what the others leave
    all                 every run in storage

Joined by commas, all of them hold: `python=3.13,last=5`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from runfile.digests import Reader, RunDigest, Skipped
from runfile.numbering import files_of, number_of, stored
from runfile.runs import RunError

# Of a name that does not exist; longer than most paths.
LONGEST_SHOWN = 200
ALL = "all"
NUMBERS = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?")
FILTER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.*)", re.DOTALL)

Filter = Callable[[RunDigest], bool]


@dataclass(frozen=True)
class Selected:
    """The runs that are meant, from the oldest, and the files among them that are none."""

    records: list[RunDigest]
    skipped: list[Skipped]


@dataclass(frozen=True)
class Found:
    """The files that are meant, and those among them that were read and are no runs."""

    files: list[Path]
    skipped: list[Skipped]


def select(storage: Path, wanted: Sequence[str] = (), *, lenient: bool = False) -> Selected:
    """Find the runs that any of the words means; without words, all that are in storage.

    Raises RunError for a word without meaning or without runs, for a storage without runs, and, unless `lenient`, for a
    file that is named itself and is not a run.
    """
    reader = Reader()
    found: dict[Path, RunDigest] = {}
    skipped: dict[Path, Skipped] = {}
    for word in wanted or [ALL]:
        records, not_runs = _find(storage, word, reader, lenient)
        found.update((record.path.resolve(), record) for record in records)
        skipped.update((one.path.resolve(), one) for one in not_runs)
    return Selected(sorted(found.values(), key=lambda record: (when(record), record.path)), list(skipped.values()))


def find(storage: Path, wanted: Sequence[str]) -> Found:
    """The files that are meant, each once, in the order they are named.

    Files are read only if the words ask what is in them, so that a pipe will do. Raises RunError.
    """
    files: list[Path] = []
    skipped: list[Skipped] = []
    for word in wanted:
        named = files_of(word) if word else None
        if named is None:
            meant = _meaning(storage, word)
            named = meant.files
            if meant.filters or meant.newest:
                records, not_runs = _find(storage, word, Reader(), False)
                named = [record.path for record in records]
                skipped += not_runs
        files += named
    return Found(list({path.resolve(): path for path in files}.values()), skipped)


def when(record: RunDigest) -> datetime:
    """When a run was saved; long ago if its file does not say."""
    try:
        moment = datetime.fromisoformat(record.datetime)
    except ValueError:
        return datetime.fromtimestamp(0, tz=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _find(storage: Path, word: str, reader: Reader, lenient: bool) -> tuple[Iterable[RunDigest], Sequence[Skipped]]:
    if word and (files := files_of(word)) is not None:
        if files == [Path(word)] and not lenient:
            return [reader.read(files[0])], []
        return reader.read_all(files)
    meant = _meaning(storage, word)
    records, skipped = reader.read_all(meant.files)
    kept = [record for record in records if all(holds(record) for holds in meant.filters)]
    if meant.newest:
        kept = sorted(kept, key=when)[-meant.newest :]
    if not kept and not (lenient and skipped):
        if skipped and not records:
            raise RunError(skipped[0].reason)
        raise RunError(f"no run in {storage} is {word!r}: `python -m analysis list` lists those there are")
    return kept, skipped


@dataclass(frozen=True)
class _Meaning:
    """The files to look at, what has to hold for their runs, and how many of the newest are meant (0 for all)."""

    files: list[Path]
    filters: list[Filter]
    newest: int


def _meaning(storage: Path, word: str) -> _Meaning:
    files, filters, last = stored(storage), [], 0
    for term in word.split(",") if word != ALL else []:
        if match := NUMBERS.fullmatch(term):
            low, high = int(match[1]), int(match[2] or match[1])
            files = [path for path in files if low <= number_of(path) <= high]
            if not files:
                raise RunError(f"no run {term} in {storage}: `python -m analysis list` lists those there are")
        elif (match := FILTER.fullmatch(term)) and match[1] == "last":
            last = _count(match[2])
        elif match:
            filters.append(_filter(match[1], match[2]))
        else:
            shown = repr(word[:LONGEST_SHOWN]) + "…" * (len(word) > LONGEST_SHOWN)
            raise RunError(
                f"there is no file or folder {shown}: "
                "name a saved run by its file, its folder, its number, or a filter such as python=3.13"
            )
    return _Meaning(files, filters, last)


def _count(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text[:9]) > 0:
        return int(text[:9])
    raise RunError(f"last={text} is not a number of runs: write it like last=5")


def _filter(key: str, value: str) -> Filter:
    if not value:
        raise RunError(f"{key}= is not a filter without a value: write it like {key}=…")
    if key in ("since", "until"):
        return _date_filter(key, value)
    if key == "machine":
        return lambda run: value in (run.session.machine.name, run.session.machine.fingerprint, run.path.parent.name)
    if key == "commit":
        return lambda run: run.commit.id.startswith(value)
    if key == "effort":
        return lambda run: run.session.run.effort == value
    if key == "python":
        return lambda run: _is_version(run.session.machine.version, value)
    return lambda run: _is_version(run.session.packages.get(key, ""), value)


def _is_version(version: str, wanted: str) -> bool:
    """Whether a version is the wanted one or one below it: 3.13.1 is a 3.13, and 3.13 is not a 3.1."""
    return version == wanted or version.startswith(f"{wanted}.")


def _date_filter(key: str, value: str) -> Filter:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise RunError(f"{key}={value} is not a date: write it like {key}=2026-11-30") from error
    whole_day = len(value) == len("2026-11-30")
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if key == "since":
        return lambda run: when(run) >= moment
    if whole_day:
        return lambda run: when(run).date() <= moment.date()
    return lambda run: when(run) <= moment
