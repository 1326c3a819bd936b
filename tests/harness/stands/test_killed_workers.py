"""No worker outlives its program: whoever of it is killed amid a round, and however its workers were started."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest

from harness.stands.job import Job
from tests.support.every import CHEAPEST, PROCESS_PATTERNS, ways_to_start
from tests.support.processes import in_the_background, left_of, marked, processes_of, wait_until_ended
from tests.support.standing import forking
from tests.support.suite import PYTEST

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")

# All stands of a table are up, and have sixteen workers each or one for each core.
AMID_A_ROUND = 40
# Each task says that it has begun, and never ends.
WORK = """
import time
from pathlib import Path
from workloads.contract import Workload

class Hanging(Workload):
    name = "hanging"
    tasks = (1, 2, 3, 4)

    def perform(self, client, task):
        Path({begun!r}).touch()
        time.sleep(3600)

    async def perform_async(self, client, task):
        self.perform(client, task)

    def check(self, results):
        raise AssertionError

WORKLOADS = (Hanging(),)
"""
# Holds stands, as pytest does, and has all of them do tasks.
HOLDER = """
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


@pytest.mark.parametrize("kind", [pytest.param("forked", marks=forking), "spawned"])
@pytest.mark.parametrize("killed", ["its stands", "the program"])
def test_no_worker_outlives_what_is_killed(tmp_path: Path, kind: str, killed: str) -> None:
    """With a stand for each pattern and start method, whose workers hang."""
    jobs, begun = [], []
    for pattern in PROCESS_PATTERNS:
        for method in ways_to_start(pattern) if kind == "forked" else [CHEAPEST]:
            file = tmp_path / f"{pattern.replace('-', '_')}_{method}.py"
            begun.append(file.with_suffix(".begun"))
            file.write_text(WORK.format(begun=str(begun[-1])))
            workers = 2 if method == "fork" else 1  # one that is forked has open what the others wait for
            jobs.append(Job(pattern, "hanging", workers, False, method, file=str(file)))
    mark = marked()
    command = [sys.executable, "-c", HOLDER, kind, json.dumps([asdict(job) for job in jobs])]
    with in_the_background(command, mark) as program:
        assert program.stdout is not None
        told = program.stdout.readline()
        assert told.startswith("["), told + program.stdout.read()
        stands = [psutil.Process(pid) for pid in json.loads(told)]
        deadline = time.monotonic() + 60
        while not all(file.exists() for file in begun) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert [file.stem for file in begun if not file.exists()] == [], "no task has begun"
        assert all(stand.children(recursive=True) for stand in stands)
        for one in stands if killed == "its stands" else [program]:
            one.kill()
        assert wait_until_ended(mark) == []


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
