"""The tests and a fast benchmark under each Python, then what changes with the version: what `make pythons` does.

    python -m campaign.pythons python3.11 python3.13 -- -k chosen -- -m cpu_bound

Without a name, under each CPython from 3.11 on that is on the PATH. After the first `--` is what narrows the tests, and
after the second what narrows the benchmark. Each Python has an environment of its own, which the Makefile sets up. One
that fails is named in the end, and does not keep the others from running.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from campaign.interpreters import Interpreter, InterpreterError, named, on_path

SUITE = Path(__file__).resolve().parent.parent
SEPARATOR = "--"
STORAGE = "--benchmark-storage="
FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130
TERMINATED = 143


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for: Pythons, and what the tests and the benchmark are narrowed by."""

    pythons: list[str]
    tests: list[str]
    benchmark: list[str]


@dataclass(frozen=True)
class PythonOutcome:
    """What became of a Python: the steps that failed, none if all went well, and whether its run is saved."""

    interpreter: Interpreter
    failed: list[str]
    is_saved: bool

    def __str__(self) -> str:
        what = f"{' and '.join(self.failed)} failed" if self.failed else "tests and benchmark passed"
        return f"{self.interpreter.command} ({self.interpreter}): {what}"


def parted(arguments: Sequence[str]) -> Wanted:
    """Part the command line at its first two separators."""
    parts: list[list[str]] = [[]]
    for one in arguments:
        if one == SEPARATOR and len(parts) < 3:
            parts.append([])
        else:
            parts[-1].append(one)
    return Wanted(*parts, *([] for _ in range(3 - len(parts))))


def run(command: Sequence[str]) -> int:
    """Run a command to its end, or until it has answered Ctrl-C, and return its exit code."""
    sys.stdout.flush()
    with subprocess.Popen(command, cwd=SUITE) as process:
        try:
            return process.wait()
        except SystemExit:
            process.terminate()
            raise
        finally:
            # The terminal sends Ctrl-C to it as well: it puts things in order and ends.
            while process.returncode is None:
                with suppress(KeyboardInterrupt):
                    process.wait()


def make(interpreter: Interpreter, target: str, arguments: Sequence[str] = ()) -> bool:
    """Have make do something under a Python, in its environment. Returns whether that went well."""
    given = {"PYTHON": str(interpreter.executable), "VENV": interpreter.environment, "ARGS": shlex.join(arguments)}
    variables = [f"{name}={value.replace('$', '$$')}" for name, value in given.items()]
    return run([os.environ.get("MAKE", "make"), "--no-print-directory", *variables, target]) == 0


def under(interpreter: Interpreter, wanted: Wanted) -> PythonOutcome:
    """The tests and then the benchmark, whatever the tests say."""
    print_heading(f"{interpreter.command}: {interpreter} in {interpreter.environment}")
    if not make(interpreter, f"{interpreter.environment}/installed-dev"):
        return PythonOutcome(interpreter, ["its environment"], is_saved=False)
    print_heading(f"{interpreter.command}: tests")
    failed = [] if make(interpreter, "test", wanted.tests) else ["tests"]
    print_heading(f"{interpreter.command}: benchmark")
    is_saved = make(interpreter, "bench", ["--fast", *wanted.benchmark])
    return PythonOutcome(interpreter, failed if is_saved else [*failed, "benchmark"], is_saved)


def print_heading(text: str) -> None:
    sys.stdout.write(f"\n=== {text}\n")


def side_by_side(outcomes: Sequence[PythonOutcome], since: datetime, benchmark: Sequence[str]) -> int:
    """Say what changes with the version, of the runs made since. Returns the exit code."""
    saved = [one.interpreter for one in outcomes if one.is_saved]
    if len(saved) < 2:
        which = f"only {saved[0].command}" if saved else "no Python"
        sys.stdout.write(
            f"{which} was measured, so that there is nothing to hold side by side: have others on the PATH, with pyenv "
            "by PYENV_VERSION=3.11.7:3.13.0, or name them with PYTHONS\n"
        )
        return 0
    python = SUITE / saved[-1].environment / "bin/python"
    storage = [f"--storage={one.removeprefix(STORAGE)}" for one in benchmark if one.startswith(STORAGE)]
    return run([str(python), "-m", "analysis", "machines", f"since={since.isoformat()}", *storage])


def main(arguments: Sequence[str]) -> int:
    """Run under each Python. Returns 0, 1 if one failed, 2 for bad input, 130 after Ctrl-C."""
    wanted = parted(arguments)
    try:
        found = named(wanted.pythons) if wanted.pythons else on_path(os.environ.get("PATH", ""))
    except InterpreterError as error:
        sys.stderr.write(f"{error}\n")
        return BAD_INPUT
    for sentence in found.passed_over:
        sys.stdout.write(f"passed over: {sentence}\n")
    if not found.interpreters:
        sys.stderr.write("there is no CPython from 3.11 on on the PATH: install one, or name one with PYTHONS\n")
        return BAD_INPUT
    sys.stdout.write(f"under {', '.join(f'{one.command} ({one.version})' for one in found.interpreters)}\n")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    outcomes: list[PythonOutcome] = []
    since = datetime.now(UTC)
    try:
        for one in found.interpreters:
            outcomes.append(under(one, wanted))
        print_heading("all")
        sys.stdout.write("".join(f"{outcome}\n" for outcome in outcomes) + "\n")
        code = side_by_side(outcomes, since, wanted.benchmark)
    except KeyboardInterrupt:
        sys.stdout.write(
            f"\nstopped after {len(outcomes)} of {len(found.interpreters)} Pythons; what they saved stays\n"
        )
        return INTERRUPTED
    return FAILED if code or any(outcome.failed for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
