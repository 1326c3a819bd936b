"""No worker outlives its program: whoever of it is killed amid a round, and however its workers were started."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from harness.stands.job import Job
from harness.stands.stands import CAN_FORK
from tests.every import CHEAPEST, PROCESS_PATTERNS, ways_to_start
from tests.processes import in_the_background, left_of, marked, processes_of, wait_until_ended
from tests.suite import PYTEST

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")

WORKERS = 2
# All stands of a table are up, and have sixteen workers each or one for each core.
AMID_A_ROUND = 40
# Each task says who does it, and never ends.
WORK = """
import os, time
from pathlib import Path
from workloads.contract import Workload

class Hanging(Workload):
    name = "hanging"
    tasks = (1, 2, 3, 4)

    def perform(self, client, task):
        Path({folder!r}, str(os.getpid())).touch()
        time.sleep(3600)

    async def perform_async(self, client, task):
        self.perform(client, task)

    def check(self, results):
        raise AssertionError

WORKLOADS = (Hanging(),)
"""
# Holds one stand, as pytest does.
HOLDER = """
import json, sys
from harness.stands.forked import ForkedStands
from harness.stands.handle import StandFailed
from harness.stands.job import Ask, Checkpoint, Job
from harness.stands.stands import SpawnedStands
stands = (ForkedStands if sys.argv[1] == "forked" else SpawnedStands)()
with stands.open(Job(**json.loads(sys.argv[2])), 60.0) as stand:
    stand.begin()
    print(stand.pid, flush=True)
    try:
        stand.ask(Ask.START, Checkpoint.READY)
    except StandFailed as failure:
        print(failure, flush=True)
stands.close()
"""

Kill = Callable[[psutil.Process, psutil.Process], None]  # the program, and its stand


def left_when(tmp_path: Path, pattern: str, kind: str, kill: Kill) -> list[psutil.Process]:
    """What is left of programs whose workers hang, one for each start method, when each has been killed somewhere."""
    mark = marked()
    with ExitStack() as stack:
        programs = []
        for method in ways_to_start(pattern) if kind == "forked" else [CHEAPEST]:
            folder = tmp_path / method
            folder.mkdir()
            file = folder / "work.py"
            file.write_text(WORK.format(folder=str(folder / "by")))
            (folder / "by").mkdir()
            job = Job(pattern, "hanging", WORKERS, False, method, file=str(file))
            command = [sys.executable, "-c", HOLDER, kind, job.as_line()]
            programs.append((stack.enter_context(in_the_background(command, mark)), folder / "by"))
        for program, by in programs:
            assert program.stdout is not None
            stand = psutil.Process(int(program.stdout.readline()))
            deadline = time.monotonic() + 60
            while not list(by.iterdir()) and time.monotonic() < deadline:
                time.sleep(0.02)
            assert list(by.iterdir()), "no task has begun"
            assert stand.children(recursive=True)
            kill(psutil.Process(program.pid), stand)
        return wait_until_ended(mark)


kinds = pytest.mark.parametrize(
    "kind",
    [pytest.param("forked", marks=pytest.mark.skipif(not CAN_FORK, reason="there are no forked stands")), "spawned"],
)


@kinds
@pytest.mark.parametrize("pattern", PROCESS_PATTERNS)
def test_a_killed_stand_leaves_no_worker(tmp_path: Path, pattern: str, kind: str) -> None:
    assert left_when(tmp_path, pattern, kind, lambda _, stand: stand.kill()) == []


@kinds
@pytest.mark.parametrize("pattern", PROCESS_PATTERNS)
def test_whoever_holds_it_leaves_no_worker_when_killed(tmp_path: Path, pattern: str, kind: str) -> None:
    assert left_when(tmp_path, pattern, kind, lambda program, _: program.kill()) == []


def test_a_killed_pytest_leaves_no_worker_of_any_pattern(tmp_path: Path) -> None:
    mark = marked()
    chosen = [f"--patterns={','.join(PROCESS_PATTERNS)}", "-k", "io_bound and download-talk"]
    long = ["--benchmark-min-rounds=500", f"--benchmark-storage={tmp_path}"]
    with in_the_background([*PYTEST, *chosen, *long], mark) as process:
        deadline = time.monotonic() + 60
        while len(family := processes_of(mark)) < AMID_A_ROUND and time.monotonic() < deadline:
            time.sleep(0.05)
        process.kill()
        process.wait()
        assert len(family) >= AMID_A_ROUND
        assert left_of([*family, *processes_of(mark)]) == []
