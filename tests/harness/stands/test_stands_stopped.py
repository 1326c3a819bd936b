"""Whoever holds stands is killed or interrupted, or they are: nothing is left of them, nor of their workers."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest

from harness.stands.job import Job
from tests.support.every import CHEAPEST, PROCESS_PATTERNS, ways_to_start
from tests.support.processes import (
    eventually,
    in_the_background,
    left_of,
    line_of,
    marked,
    processes_of,
    wait_until_ended,
)
from tests.support.standing import forking, posix
from tests.support.suite import PYTEST

pytestmark = pytest.mark.usefixtures("own_temp")
kinds = pytest.mark.parametrize("kind", [pytest.param("forked", marks=forking), "spawned"])

# Holds stands of two patterns, and goes on and on.
HOLDER = """
import sys
from harness.stands.forked import ForkedStands
from harness.stands.job import Ask, Checkpoint, Job
from harness.stands.stands import SpawnedStands
from tests.support.standing import warm
stands = (ForkedStands if sys.argv[1] == "forked" else SpawnedStands)()
print("up", flush=True)
try:
    while True:
        for pattern in ("multiprocessing", "threading", "process-pool"):
            job = Job(pattern, "nap", 2, False, sys.argv[2], tasks=20)
            with warm(stands, job) as one, warm(stands, job) as other:
                for stand in (one, other, one):
                    stand.ask(Ask.GO, Checkpoint.RAN)
                    print("ran", flush=True)
finally:
    stands.close()
"""


@contextmanager
def holder(kind: str, mark: dict[str, str], method: str = "fork") -> Iterator[subprocess.Popen[str]]:
    """A program that holds stands, and has begun to."""
    with in_the_background([sys.executable, "-c", HOLDER, kind, method], mark) as process:
        assert line_of(process) == "up\n"
        yield process


@posix
class TestWhoeverHoldsItIsStopped:
    @kinds
    @pytest.mark.parametrize(("times", "latest"), [(2, 0.7), pytest.param(50, 1.5, marks=pytest.mark.stress)])
    def test_killed_at_any_moment(self, kind: str, times: int, latest: float) -> None:
        for _ in range(times):
            mark = marked()
            with holder(kind, mark) as process:
                time.sleep(random.uniform(0.0, latest))
                process.kill()
            assert wait_until_ended(mark) == []

    @kinds
    def test_interrupted(self, kind: str) -> None:
        mark = marked()
        with holder(kind, mark) as process:
            assert line_of(process) == "ran\n"
            os.killpg(process.pid, signal.SIGINT)
            output, _ = process.communicate(timeout=60)
        assert output.count("KeyboardInterrupt") == 1
        assert wait_until_ended(mark) == []


# All stands of a table are up, and have sixteen workers each or one for each core.
AMID_A_ROUND = 40
# Each task says that it has begun, and never ends.
HANGING = """
import time
from pathlib import Path
tasks = (1, 2, 3, 4)

def perform(task):
    Path({begun!r}).touch()
    time.sleep(3600)

async def perform_async(task):
    perform(task)
"""
# Holds stands, as pytest does, and has all of them do tasks.
HANGING_HOLDER = """
import json, sys
from contextlib import ExitStack, suppress
from harness.stands.forked import ForkedStands
from harness.stands.handle import StandFailed
from harness.stands.job import Ask, Checkpoint, Job
from harness.stands.stands import SpawnedStands
stands = (ForkedStands if sys.argv[1] == "forked" else SpawnedStands)()
with ExitStack() as stack:
    held = [stack.enter_context(stands.open(Job(**job), 60.0)) for job in json.loads(sys.argv[2])]
    for stand in held:
        stand.begin()
        stand.tell(Ask.START)
    print(json.dumps([stand.pid for stand in held]), flush=True)
    for stand in held:
        with suppress(StandFailed):
            stand.hear(Checkpoint.READY)
stands.close()
"""


@posix
@kinds
@pytest.mark.parametrize("killed", ["its stands", "the program"])
def test_no_worker_outlives_what_is_killed(tmp_path: Path, kind: str, killed: str) -> None:
    """With a stand for each pattern and start method, whose workers hang."""
    jobs, begun = [], []
    for pattern in PROCESS_PATTERNS:
        for method in ways_to_start(pattern) if kind == "forked" else [CHEAPEST]:
            file = tmp_path / f"{pattern.replace('-', '_')}_{method}.py"
            begun.append(file.with_suffix(".begun"))
            file.write_text(HANGING.format(begun=str(begun[-1])))
            workers = 2 if method == "fork" else 1  # one that is forked has open what the others wait for
            jobs.append(Job(pattern, file.stem.replace("_", "-"), workers, False, method, file=str(file)))
    mark = marked()
    command = [sys.executable, "-c", HANGING_HOLDER, kind, json.dumps([asdict(job) for job in jobs])]
    with in_the_background(command, mark) as program:
        told = line_of(program)
        stands = [psutil.Process(pid) for pid in json.loads(told)]
        eventually(lambda: all(file.exists() for file in begun))
        assert [file.stem for file in begun if not file.exists()] == [], "no task has begun"
        assert all(stand.children(recursive=True) for stand in stands)
        for one in stands if killed == "its stands" else [program]:
            one.kill()
        assert wait_until_ended(mark) == []


@posix
def test_a_killed_pytest_leaves_no_worker_of_any_pattern(tmp_path: Path) -> None:
    mark = marked()
    chosen = [f"--patterns={','.join(PROCESS_PATTERNS)}", "-k", "io_bound and download-talk"]
    long = ["--benchmark-min-rounds=500", f"--benchmark-storage={tmp_path}"]
    with in_the_background([*PYTEST, *chosen, *long], mark) as process:
        assert eventually(lambda: len(processes_of(mark)) >= AMID_A_ROUND)
        family = processes_of(mark)
        process.kill()
        process.wait()
        assert left_of([*family, *processes_of(mark)]) == []
