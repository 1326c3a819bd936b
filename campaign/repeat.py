"""Several independent runs, each a pytest process of its own: what `make bench RUNS=5` does.

    python -m campaign.repeat 5 --fast -m io_bound --report=report.html

Rounds of one process vary less than processes do, so that it takes several to say how sure a difference is.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

SUITE = Path(__file__).resolve().parent.parent
MOST_RUNS = 1_000
BAD_INPUT = 2
INTERRUPTED = 130

# At the end of each line of `pytest -v`, and where pytest-benchmark says what it has written.
PROGRESS = re.compile(r"\[ *(\d+)%\]\s*$")
SAVED = re.compile(r"Saved benchmark data in: (.+\.json)")
# What harness.persistence.resume says of a run that was stopped; the run that goes on with it is the first.
KEPT = re.compile(r"^interrupted: .+$", re.MULTILINE)
RESUME = "--resume"
REPORT = "--report"


def pytest_command(arguments: Sequence[str]) -> list[str]:
    """The command of one run."""
    return [sys.executable, "-m", "pytest", "--benchmark-only", *arguments]


def run_once(arguments: Sequence[str], report: Callable[[int], None]) -> tuple[int, str]:
    """Run pytest out of sight; `report` is told the percentage that is done. Returns its exit code and its output."""
    lines = []
    with subprocess.Popen(
        pytest_command([*arguments, "-v", "--color=no"]), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                lines.append(line)
                if found := PROGRESS.search(line):
                    report(int(found[1]))
        except KeyboardInterrupt:
            with suppress(KeyboardInterrupt):
                lines += process.stdout  # the terminal has sent it the same: it puts things in order and ends
            return INTERRUPTED, "".join(lines)
    return process.returncode, "".join(lines)


def repeat(runs: int, arguments: Sequence[str], report_file: Path | None, console: Console) -> int:
    """Make so many runs with a progress bar, then summarise them together. Returns the exit code."""
    files: list[str] = []
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(f"run 1 of {runs}", total=runs * 100)
        for run in range(runs):
            progress.update(task, description=f"run {run + 1} of {runs}")

            def report(percentage: int, done: int = run * 100) -> None:
                progress.update(task, completed=done + percentage)

            code, output = run_once(arguments if run == 0 else [one for one in arguments if one != RESUME], report)
            if code == INTERRUPTED:
                progress.stop()
                console.print(f"stopped in run {run + 1} of {runs}; the runs before it are saved")
                for sentence in KEPT.findall(output):
                    console.print(sentence, soft_wrap=True)
                return INTERRUPTED
            if code:
                progress.stop()
                sys.stdout.write(output)
                console.print(f"run {run + 1} of {runs} failed, as above; the runs before it are saved")
                return code
            files += SAVED.findall(output)
            if not console.is_terminal:
                console.print(
                    f"run {run + 1} of {runs} is saved in {', '.join(files[-1:]) or 'no file'}", soft_wrap=True
                )
    return summarise(files, report_file)


def summarise(files: Sequence[str], report_file: Path | None) -> int:
    """Print what the runs say and answer together, and write a report if there is to be one. Returns the exit code."""
    if not files:
        return 0
    if code := analyse("summary", *files):
        return code
    sys.stdout.write("\n")
    sys.stdout.flush()
    if report_file is None:
        return analyse("answer", *files)
    storage = Path(files[-1]).parent.parent
    return analyse("report", *files, "-o", str(report_file.absolute()), "--storage", str(storage))


def analyse(*arguments: str) -> int:
    """Have the runs looked at. Returns the exit code."""
    return subprocess.run([sys.executable, "-m", "analysis", *arguments], cwd=SUITE, check=False).returncode


def without_report(arguments: Sequence[str]) -> tuple[list[str], Path | None]:
    """The arguments of a single run, and where the report is to be, which is one of all runs together."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument(REPORT, type=Path)
    found, others = parser.parse_known_args(arguments)
    return others, found.report


def main(arguments: Sequence[str]) -> int:
    """Make the runs that the command line asks for. Returns the exit code: pytest's, or 2 for bad input."""
    runs, *others = arguments or ["nothing"]
    if not (runs.isascii() and runs.isdigit() and 1 <= int(runs) <= MOST_RUNS):
        sys.stderr.write(f"{runs!r} is no number of runs: give one from 1 to {MOST_RUNS}, such as RUNS=5\n")
        return BAD_INPUT
    if int(runs) > 1:
        others, report_file = without_report(others)
        if report_file and (report_file.is_dir() or not os.access(report_file.absolute().parent, os.W_OK)):
            sys.stderr.write(f"{report_file} cannot be written: name another file with {REPORT}\n")
            return BAD_INPUT
        return repeat(int(runs), others, report_file, Console())
    command = pytest_command(others)
    return os.execv(command[0], command)  # noqa: S606 - no process stands between the terminal and pytest


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
