"""Several independent runs, each a pytest process of its own: what `make bench RUNS=5` does.

    python -m campaign.repeat 5 --fast -m io_bound --report=report.html

Rounds of one process vary less than processes do, so that it takes several to say how sure a difference is.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from analysis.documents.drawing import check_drawing
from campaign import events
from campaign.supervise import SINGLE, SUITE
from runfile.runs import RunError

MOST_RUNS = 1_000
BAD_INPUT = 2
INTERRUPTED = 130

# The run that goes on with one that was stopped is the first.
RESUME = "--resume"
REPORT = "--report"


def pytest_command(arguments: Sequence[str]) -> list[str]:
    """The command of one run."""
    return [sys.executable, "-m", "pytest", "--benchmark-only", *arguments]


def repeat(runs: int, arguments: Sequence[str], report_file: Path | None, console: Console) -> int:
    """Make so many runs with a progress bar, then summarise them together. Returns the exit code."""
    heard: dict[str, list[Any]] = {"saved": [], "kept": []}
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    going_on = [one for one in arguments if one != RESUME]
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(f"run 1 of {runs}", total=runs)
        for run in range(runs):
            progress.update(task, description=f"run {run + 1} of {runs}")

            def hear(event: dict[str, Any], done: int = run) -> None:
                if "progress" in event:
                    progress.update(task, completed=done + event["progress"])
                for kind in heard.keys() & event.keys():
                    heard[kind].append(event[kind])

            try:
                code, output = events.run(pytest_command(arguments if run == 0 else going_on), hear, Path.cwd())
            except KeyboardInterrupt:
                progress.stop()
                console.print(f"stopped in run {run + 1} of {runs}; the runs before it are saved")
                for sentence in heard["kept"]:
                    console.print(sentence, soft_wrap=True)
                return INTERRUPTED
            if code:
                progress.stop()
                sys.stdout.write(output)
                console.print(f"run {run + 1} of {runs} failed, as above; the runs before it are saved")
                return code
            if not console.is_terminal:
                file = (heard["saved"] or ["no file"])[-1]
                console.print(f"run {run + 1} of {runs} is saved in {file}", soft_wrap=True)
    return summarise(heard["saved"], report_file)


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
    try:
        check_drawing()
    except RunError as error:
        code = analyse("answer", *files)
        sys.stdout.write(f"no report: {error}\n")
        return code
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
        sys.stderr.write(f"{runs!r} is not a number of runs: give one from 1 to {MOST_RUNS}, such as RUNS=5\n")
        return BAD_INPUT
    if int(runs) > 1:
        if alone := [one for one in others if one in SINGLE]:
            sys.stderr.write(f"{alone[0]} is for a single run: leave out RUNS={runs}\n")
            return BAD_INPUT
        others, report_file = without_report(others)
        if report_file and (report_file.is_dir() or not os.access(report_file.absolute().parent, os.W_OK)):
            sys.stderr.write(f"{report_file} cannot be written: name another file with {REPORT}\n")
            return BAD_INPUT
        return repeat(int(runs), others, report_file, Console())
    command = pytest_command(others)
    return os.execv(command[0], command)  # noqa: S606 - no process stands between the terminal and pytest


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
