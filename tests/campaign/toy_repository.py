"""A repository with a toy suite, whose benchmarks sleep as long as its code says, for the tests of `ab`.

One of them says that it waits for two seconds at least, so that it is compared by one of its two tasks.
"""

import re
import subprocess
import sys
from pathlib import Path

from tests.support.processes import git, run
from tests.support.suite import copy_of_the_suite

WORKLOADS = """
import time
from dataclasses import dataclass, replace
from workloads.contract import Workload

@dataclass(frozen=True)
class Sleep(Workload):
    name: str
    seconds: float
    tasks: tuple = (1, 2)

    def perform(self, client, task):
        time.sleep(self.seconds / 2)
        return task

    def check(self, results):
        if not self.seconds:
            raise AssertionError("it is wrong")

    def ideal_seconds(self, workers, cores):
        return 0.0

    def waiting_seconds(self, workers):
        return 2.0 if self.name == "steady" else 0.0

    def repeated(self, count):
        return replace(self, tasks=self.tasks[:count])

WORKLOADS = tuple(Sleep(name, seconds) for name, seconds in {seconds!r}.items())
"""
BENCHMARKS = """
import pytest

@pytest.mark.parametrize("workload", ["steady", "it", "wrong", "new"])
def test_toy(measure, workload):
    measure.warm("sequential", workload, workers=1)
"""
SECONDS = 0.004
SIDES = ["--base", sys.executable, "--candidate", sys.executable]
ONE_TWO = ["--base", "one", "--candidate", "two"]
# Of benchmarks, patterns and workloads: what the harness names, and what that imports.
NEEDED = (
    *("conftest", "sequential", "dask"),
    *("contract", "expected", "nap", "natural", "network", "registry"),
    *("server", "certificates", "memory_file", "relay"),
)
# The benchmarks that both of them have and do right.
SOUND = "steady or it"


def commit(folder: Path, tag: str, **seconds: float) -> None:
    """Commit a toy whose benchmarks take so many seconds."""
    (folder / "workloads/toy.py").write_text(WORKLOADS.format(seconds=seconds), encoding="utf-8")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", tag)
    git(folder, "tag", tag)


def make_toy(parent: Path) -> Path:
    """A repository with a toy suite: `one`, and `two`, in which `it` takes longer, `wrong` is wrong, and `new` is new.

    Its fork servers, of which each pair has two new ones, do not import the patterns, workloads and clients that it
    does not need.
    """
    folder = copy_of_the_suite(parent)
    for room in ("benchmarks", "patterns", "workloads"):
        for file in (folder / room).glob("[a-z]*.py"):
            if file.stem not in NEEDED:
                file.unlink()
    (folder / "benchmarks/test_toy.py").write_text(BENCHMARKS, encoding="utf-8")
    stand = folder / "harness/stands/stand.py"
    code, found = re.subn(r"(?m)^CLIENTS = .*", "CLIENTS = ()", stand.read_text(encoding="utf-8"))
    assert found == 1
    stand.write_text(code, encoding="utf-8")
    (folder / ".gitignore").write_text("__pycache__\n.benchmarks\n", encoding="utf-8")
    git(folder, "init", "--quiet")
    commit(folder, "one", steady=SECONDS, it=SECONDS, wrong=SECONDS)
    commit(folder, "two", steady=SECONDS, it=5 * SECONDS, wrong=0, new=SECONDS)
    return folder


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "analysis", "ab", *arguments]


def ab(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(*command(*arguments), folder=folder, env={"PYTHONPATH": None})
