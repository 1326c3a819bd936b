"""Base and candidate in turns: AB BA AB …, against one server, on one machine, and judged in pairs.

What makes the machine faster or slower for a while does so for both of a pair. Each run is a pytest process of its own.
What has been run is kept, and the same command goes on from there after an interruption.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from analysis.change import Verdict
from analysis.comparison import Comparison, Sides, compare
from analysis.keeper import SUITE, kept
from analysis.looks import looks
from analysis.records import Reader, Record
from analysis.runs import RunError
from analysis.sides import Side
from analysis.thresholds import Thresholds

FOLDER = "ab"
MOST_PAIRS = 1_000
FEWEST_PAIRS = 2
FINISHED = "finished.json"
# Ours to give: where a run is saved decides what it is.
OURS = ("--benchmark-storage", "--benchmark-save", "--benchmark-autosave", "--benchmark-json", "--collect-only", "--co")
SIDES = ("base", "candidate")
TAIL_LINES = 15

Report = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """What is to be run: so many pairs, each run with these arguments to pytest."""

    base: Side
    candidate: Side
    pairs: int
    arguments: tuple[str, ...]

    @property
    def key(self) -> str:
        """The same for the same comparison, so that it can be gone on with."""
        whole = json.dumps([self.base.identity, self.candidate.identity, self.pairs, self.arguments])
        return hashlib.sha256(whole.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Outcome:
    """A comparison, where its runs are kept, and how many of its pairs were made."""

    comparison: Comparison
    folder: Path
    pairs: int


def ab(plan: Plan, storage: Path, thresholds: Thresholds, report: Report) -> Outcome:
    """Run the pairs that are missing, until all are there or every benchmark is decided. Raises RunError."""
    _check(plan)
    with _claimed(storage.absolute() / FOLDER, plan) as folder, _server(plan) as url:
        made = _pairs_in(folder, plan.pairs)
        if made:
            report(f"going on after {made} of {plan.pairs} pairs, in {folder}")
        reader = Reader()
        records: dict[str, list[Record]] = {side: [] for side in SIDES}
        for look in looks(plan.pairs):
            for pair in range(len(records["base"]) + 1, look.pairs + 1):
                _run_pair(plan, pair, folder, url, report)
                for side in SIDES:
                    records[side].append(_record(folder / f"{pair:04}-{side}", reader))
            found = compare(Sides(records["base"], records["candidate"], paired=True), thresholds, look.level)
            if not found.with_verdict(Verdict.INCONCLUSIVE):
                break
        (folder / FINISHED).write_text(json.dumps({"pairs": look.pairs}), encoding="utf-8")
    return Outcome(found, folder, look.pairs)


def _check(plan: Plan) -> None:
    if not FEWEST_PAIRS <= plan.pairs <= MOST_PAIRS:
        raise RunError(f"--runs {plan.pairs} is no number of pairs: give one from {FEWEST_PAIRS} to {MOST_PAIRS}")
    for argument in plan.arguments:
        if argument.partition("=")[0] in OURS:
            raise RunError(f"{argument} is not for pytest here: ab keeps the runs itself, in a folder below --storage")


@contextmanager
def _claimed(folder: Path, plan: Plan) -> Iterator[Path]:
    """The folder of an unfinished comparison like this one, or a new one; nobody else works in it meanwhile."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f".{plan.key}.lock")
        lock.acquire(timeout=0)
    except Timeout as error:
        raise RunError(f"another ab of the same is running in {folder}: wait for it, or stop it") from error
    except OSError as error:
        raise RunError(f"nothing can be kept in {folder} ({error.strerror}): choose another --storage") from error
    try:
        known = [path for path in sorted(folder.glob(f"*-{plan.key}")) if not (path / FINISHED).exists()]
        chosen = known[-1] if known else folder / f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{plan.key}"
        chosen.mkdir(exist_ok=True)
        yield chosen
    finally:
        lock.release()
        Path(lock.lock_file).unlink(missing_ok=True)


@contextmanager
def _server(plan: Plan) -> Iterator[str | None]:
    """The address of the server that all runs download from; None if the arguments name one."""
    if any(argument.partition("=")[0] == "--io-server" for argument in plan.arguments):
        yield None
        return
    with kept("run", str(SUITE), sys.executable, "-m", "workloads.server", stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RunError("the server does not start: `python -m workloads.server` says why")
        yield line.rpartition(" ")[2].strip()


def _pairs_in(folder: Path, pairs: int) -> int:
    whole = [pair for pair in range(1, pairs + 1) if all((folder / f"{pair:04}-{side}").exists() for side in SIDES)]
    return len(whole)


def _run_pair(plan: Plan, pair: int, folder: Path, url: str | None, report: Report) -> None:
    """Run both sides, the base first in every other pair; what is there already is not run again."""
    for side in SIDES if pair % 2 else reversed(SIDES):
        place = folder / f"{pair:04}-{side}"
        if place.exists():
            continue
        started = time.monotonic()
        _run(plan.base if side == "base" else plan.candidate, plan, pair, place, url)
        report(f"pair {pair} of {plan.pairs}: {side} took {time.monotonic() - started:.0f} s")


def _run(side: Side, plan: Plan, pair: int, place: Path, url: str | None) -> None:
    """One run of one side; its folder appears when it is whole."""
    partial = place.with_name(f"{place.name}.unfinished")
    shutil.rmtree(partial, ignore_errors=True)
    command = [
        *(str(side.python), "-m", "pytest", "--benchmark-only", "-p", "no:cacheprovider"),
        f"--benchmark-storage={partial}",
        f"--order-seed={pair}",
        *([f"--io-server={url}"] if url else []),
        *plan.arguments,
    ]
    try:
        with kept("run", str(side.suite), *command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            assert process.stdout is not None
            output = process.stdout.read()
            code = process.wait()
        files = list(partial.glob("*/*.json"))
        if code or len(files) != 1:
            tail = "\n".join(output.strip().splitlines()[-TAIL_LINES:])
            raise RunError(
                f"{side.label} cannot be measured: pytest ended with exit code {code} and {len(files)} saved runs in "
                f"pair {pair}; the pairs before it are kept, and this is what it said:\n{tail}"
            )
        partial.rename(place)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _record(place: Path, reader: Reader) -> Record:
    files = sorted(place.glob("*/*.json"))
    if len(files) != 1:
        raise RunError(f"{place} holds {len(files)} runs rather than one: move the folder away and start again")
    return reader.read(files[0])
