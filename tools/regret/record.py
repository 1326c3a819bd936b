"""What was measured of drawn work, as JSON lines: one that says of what, then one for each workload."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, geometric_mean

import msgspec
from msgspec import Struct

from analysis.model.work import Work
from runfile.runs import RunError
from tools.emulated import Amount, Cpu
from tools.regret.draws import Drawn
from tools.regret.rules import Configuration

# The number of the first pass, in which all cells are measured one after the other; later ones are in turns.
FIRST_PASS = 0


class TimedRound(Struct, frozen=True):
    """A round that was done and whose results were right."""

    number: int  # of the pass
    seconds: float
    yardstick_seconds: float  # just before


class Cell(Struct):
    """A pattern with a number of workers: its rounds, or why it failed; with neither, it cannot be the best."""

    pattern: str
    workers: int
    floor_seconds: float  # which no schedule beats
    rounds: list[TimedRound] = []
    failure: str = ""

    @property
    def choice(self) -> Configuration:
        return Configuration(self.pattern, self.workers)

    @property
    def passes(self) -> dict[int, float]:
        """What it took in each pass: the geometric mean of the rounds."""
        found = defaultdict(list)
        for one in self.rounds:
            found[one.number].append(one.seconds)
        return {number: geometric_mean(seconds) for number, seconds in found.items()}

    @property
    def seconds(self) -> float:
        """What it took: the geometric mean over the passes."""
        return geometric_mean(self.passes.values())

    @property
    def yardstick_seconds(self) -> float:
        return fmean(one.yardstick_seconds for one in self.rounds)


class Measured(Struct, frozen=True):
    """A workload that was drawn, and its cells. Its CPU time was measured before them and after."""

    drawn: Drawn
    amount: Amount
    before: Cpu
    after: Cpu
    cells: Sequence[Cell]
    other_cores: float | None = None  # how many other programs kept busy meanwhile
    stolen_cores: float | None = None  # how many the hypervisor did not give

    @property
    def cpu(self) -> Cpu:
        """The mean of both, as the speed of the machine changes meanwhile."""
        ends = self.before, self.after
        return Cpu(fmean(one.held for one in ends), fmean(one.released for one in ends))

    def asked(self, cores: int) -> Work:
        """As it was described when advice was asked for, before anything was measured of its cells."""
        return self.drawn.work(cores, self.before)

    def work(self, cores: int) -> Work:
        return self.drawn.work(cores, self.cpu)


class Head(Struct, frozen=True, forbid_unknown_fields=True):
    """What a file holds measurements of."""

    regret: int  # the number of this form
    seed: int
    cores: int
    runs: Sequence[str]  # files of those that the advice was calibrated with


FORM = 1


def begin(file: Path, head: Head) -> None:
    """Begin a file. Raises RunError if there is one already, as what it holds took long to measure."""
    try:
        with file.open("xb") as stream:
            stream.write(msgspec.json.encode(head) + b"\n")
    except FileExistsError as error:
        raise RunError(f"{file} exists: go on with it with --resume, or name another file") from error
    except OSError as error:
        raise RunError(f"{file} cannot be written ({error.strerror}): name another file") from error


def append(file: Path, measured: Measured) -> None:
    with file.open("ab") as stream:
        stream.write(msgspec.json.encode(measured) + b"\n")
        stream.flush()
        os.fsync(stream.fileno())


def read(file: Path) -> tuple[Head, list[Measured]]:
    """What a file holds, without a last line that was interrupted. Raises RunError when it is of another kind."""
    try:
        lines = file.read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise RunError(f"{file} cannot be read ({error.strerror}): name a file made with --save") from error
    try:
        head = msgspec.json.decode(lines[0] if lines else b"", type=Head)
        return head, [msgspec.json.decode(line, type=Measured) for line in lines[1:] if line.endswith(b"\n")]
    except msgspec.DecodeError as error:
        raise RunError(f"{file} does not hold what --save makes ({error}): name a file made with it") from error


def mend(file: Path) -> None:
    """Take away a last line that was interrupted."""
    whole = file.read_bytes()
    with file.open("r+b") as stream:
        stream.truncate(whole.rfind(b"\n") + 1)
