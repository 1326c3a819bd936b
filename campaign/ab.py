"""Base and candidate in turns: each benchmark is a contest of the two, in fresh processes, against one server.

One pytest process holds all contests (`harness.ab`), and what makes the machine faster or slower for a while does
so for both of a pair. What is finished is kept, and the same command goes on from there after an interruption.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from msgspec import to_builtins

from analysis.criteria.thresholds import Thresholds
from analysis.findings.ab import FOLDER
from campaign import events
from campaign.environments import Environment
from campaign.supervise import SUITE, own_environment
from runfile.benchmarks import ComparedSubject
from runfile.runs import RunError

SUBJECTS = ".subjects"
UNFINISHED = "*/.unfinished-*.jsonl"
LONGEST_SECONDS = 86_400.0
# Ours to give, or of no use here.
STORING = "ab keeps the runs itself, in a folder below --storage"
LASTING = "--seconds says how long each benchmark is compared"
REFUSED = {
    "--benchmark-storage": STORING,
    "--benchmark-save": STORING,
    "--benchmark-autosave": STORING,
    "--benchmark-json": STORING,
    "--benchmark-compare": "ab compares its two sides",
    "--benchmark-compare-fail": "ab compares its two sides, by --threshold",
    "--benchmark-min-rounds": LASTING,
    "--benchmark-max-time": LASTING,
    "--benchmark-disable": "nothing would be measured",
    "--benchmark-skip": "nothing would be measured",
    "--collect-only": "nothing would be measured",
    "--co": "nothing would be measured",
    "--report": "a report is of ordinary runs",
    "--resume": "the same command goes on from where it was stopped",
    "--versus": "--base and --candidate say what is compared",
}
ERROR = "ERROR: "
WRONG_ARGUMENT = ": error: "  # below the usage
TAIL_LINES = 15
# pytest's exit codes.
DONE, SOME_FAILED, USAGE, NOTHING = 0, 1, 4, 5

Report = Callable[[str], None]


@dataclass(frozen=True)
class ABPlan:
    """What is to be compared, by pytest with these arguments; for so many seconds each, or as the effort says."""

    base: Environment
    candidate: Environment
    arguments: tuple[str, ...]
    thresholds: Thresholds
    seconds: float | None = None

    @property
    def key(self) -> str:
        """The same for the same comparison, so that it can be gone on with."""
        whole = json.dumps([self.base.identity, self.candidate.identity, self.subjects, self.arguments])
        return hashlib.sha256(whole.encode()).hexdigest()[:12]

    @property
    def subjects(self) -> dict[str, object]:
        """What pytest has to know; where the worktrees of revisions are is not part of what is compared."""
        return {"seconds": self.seconds, "thresholds": self.thresholds.rules}

    @property
    def file(self) -> bytes:
        """What pytest is given to read."""
        sides = {"base": _told(self.base), "candidate": _told(self.candidate)}
        return json.dumps(sides | self.subjects).encode()


def _told(side: Environment) -> dict[str, object]:
    return {
        "python": str(side.python),
        "suite": str(side.suite),
        "described": to_builtins(
            ComparedSubject(side.label, side.version, side.start_method, side.packages, side.commit)
        ),
    }


def check(seconds: float | None, arguments: tuple[str, ...]) -> None:
    """Refuse what cannot be done, before anything is started. Raises RunError."""
    if seconds is not None and not 0 < seconds <= LONGEST_SECONDS:
        raise RunError(f"--seconds {seconds:g} is not a duration: give seconds for each benchmark, such as 15")
    for argument in arguments:
        if why := REFUSED.get(argument.partition("=")[0]):
            raise RunError(f"{argument} is not for pytest here: {why}")


def ab(plan: ABPlan, storage: Path, report: Report) -> Path:
    """Compare the two sides, or go on with that. Returns the file that it is saved in; raises RunError."""
    check(plan.seconds, plan.arguments)
    if os.environ.get("PYTHONPATH"):
        report("PYTHONPATH is kept out of both sides, which would import the same from it: install what a side needs")
    with _claimed(storage.absolute() / FOLDER, plan) as folder:
        return _measure(plan, folder, report)


@contextmanager
def _claimed(parent: Path, plan: ABPlan) -> Iterator[Path]:
    """The folder of this comparison; nobody else works in it meanwhile."""
    folder = parent / plan.key
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock")
        lock.acquire(timeout=0)
    except Timeout as error:
        raise RunError(f"another ab of the same is running in {folder}: wait for it, or stop it") from error
    except OSError as error:
        raise RunError(f"nothing can be kept in {parent} ({error.strerror}): choose another --storage") from error
    try:
        yield folder
    finally:
        lock.release()


def _measure(plan: ABPlan, folder: Path, report: Report) -> Path:
    """Have pytest hold the contests, and return the file that it has saved."""
    subjects = folder / SUBJECTS
    subjects.write_bytes(plan.file)
    resume = ["--resume"] if any(folder.glob(UNFINISHED)) else []
    command = [
        *(sys.executable, "-m", "pytest", "-q", "--benchmark-only", "-p", "no:cacheprovider"),
        f"--benchmark-storage={folder}",
        f"--versus={subjects}",
        *resume,
        *plan.arguments,
    ]
    saved: list[str] = []

    def hear(event: dict[str, Any]) -> None:
        if "saved" in event:
            saved.append(event["saved"])
        if "compared" in event:
            report(event["compared"])

    code, output = events.run(command, hear, SUITE, own_environment())
    if code in (DONE, SOME_FAILED) and saved:
        return Path(saved[-1])
    raise RunError(_why_nothing(code, output.splitlines(), plan))


def _why_nothing(code: int, output: list[str], plan: ABPlan) -> str:
    """Why there is nothing to compare, in a sentence."""
    words = shlex.join(plan.arguments)
    if code == NOTHING:
        return f"no benchmark is chosen by `{words}`: `python -m pytest --collect-only -q {words}` shows what is"
    if code == USAGE:
        wrong = [line.partition(WRONG_ARGUMENT)[2] for line in output if WRONG_ARGUMENT in line]
        said = [line.removeprefix(ERROR) for line in output if line.startswith(ERROR)]
        if found := wrong or said:
            return found[-1]
    if code in (DONE, SOME_FAILED):
        return f"nothing could be compared by `{words}`: what stands above says why"
    tail = "\n".join([line for line in output if line][-TAIL_LINES:])
    return f"pytest ended with exit code {code}; what was finished is kept, and this is what it said:\n{tail}"
