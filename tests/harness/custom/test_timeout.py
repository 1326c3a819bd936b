"""What never ends when it is measured, though it did when it was tried: it is stopped, named, and leaves nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.processes import marked, wait_until_ended
from tests.support.suite import run_here, saved_runs

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")

# Done by the main thread of a program alone: a worker of a pool is killed, and a thread never ends.
WORK = """
import multiprocessing, os, signal, sys, threading, time
from workloads.contract import Workload, expect

class Work(Workload):
    name = "my-work"
    tasks = (1, 2, 3, 4)

    def perform(self, client, task):
        if multiprocessing.parent_process() and task == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        while threading.current_thread() is not threading.main_thread():
            time.sleep(0.01)
        return task

    async def perform_async(self, client, task):
        return task

    def check(self, results):
        expect(self.name, self.tasks, results, self.tasks)

WORKLOADS = (Work(),)
"""


def test_what_hangs_costs_its_own_benchmark_and_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "my_work.py"
    file.write_text(WORK)
    mark = marked()
    outcome = run_here(
        tmp_path / "runs",
        *(f"--workload={file}", "--workers=2", "--time-limit=2"),
        env=mark,
    )
    assert outcome.returncode == 1
    assert outcome.stdout.count("my-work: it had not ended after 2 s: raise --time-limit if it takes that long") >= 2
    assert "2 failed, 2 passed" in outcome.stdout
    assert "Traceback" not in outcome.stdout + outcome.stderr
    (run,) = saved_runs(tmp_path / "runs")
    assert {one["extra_info"]["pattern"] for one in run["benchmarks"]} == {"asyncio", "sequential"}
    assert wait_until_ended(mark) == []
