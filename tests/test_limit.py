"""What never ends when it is measured, though it did when it was tried: it is stopped, named, and leaves nothing."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import psutil
import pytest

from harness.limit import OutOfTime, TimeLimit
from tests.suite import run_suite, saved_runs

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the limit is an alarm of POSIX systems")

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

    def check(self, results):
        expect(self.name, self.tasks, results, self.tasks)

WORKLOADS = (Work(),)
"""


PATIENCE_SECONDS = 10


def run_work(tmp_path: Path, pattern: str) -> str:
    """The output of a run of WORK with a pattern, which fails."""
    file = tmp_path / "my_work.py"
    file.write_text(WORK)
    outcome = run_suite(
        tmp_path / "runs",
        *(f"--workload={file}", "--workers=2", "--time-limit=1.5", "-k", f"{pattern} or sequential"),
    )
    assert outcome.returncode == 1
    assert "my-work: it had not ended after 1.5 s: raise --time-limit if it takes that long" in outcome.stdout
    assert "Traceback" not in outcome.stdout + outcome.stderr
    # The server that workers are forked from notices the end itself; since 3.14 its command line has that of the run.
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (left := processes_of(file)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert left == []
    return outcome.stdout


def processes_of(file: Path) -> list[psutil.Process]:
    return [one for one in psutil.process_iter(["cmdline"]) if str(file) in " ".join(one.info["cmdline"] or [])]


def test_a_pool_whose_worker_was_killed(tmp_path: Path) -> None:
    output = run_work(tmp_path, "multiprocessing")
    assert "1 failed, 1 passed" in output
    (run,) = saved_runs(tmp_path / "runs")
    assert [one["extra_info"]["pattern"] for one in run["benchmarks"]] == ["sequential"]


def test_threads_that_hang_end_the_session(tmp_path: Path) -> None:
    output = run_work(tmp_path, "threading")
    assert re.search(r"test_own\[my-work-2-threading\] ran out of time and its threads cannot be ended", output)


def test_what_ends_in_time_is_left_alone() -> None:
    with TimeLimit(0.05) as limit:
        for _ in range(3):
            limit.begin()
            time.sleep(0.01)
            limit.end()
        time.sleep(0.1)


def test_an_alarm_comes_again_until_the_run_is_given_up() -> None:
    alarms = 0

    def hang_twice(limit: TimeLimit) -> None:
        nonlocal alarms
        limit.begin()
        try:
            time.sleep(60)
        except OutOfTime:
            alarms += 1
            time.sleep(60)

    with TimeLimit(0.01) as limit, pytest.raises(OutOfTime):
        hang_twice(limit)
    assert alarms == 1
