"""What is left of a pattern when its program is stopped, and what is said when one of its workers is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.every import PROCESS_PATTERNS, every_way_to_start
from tests.processes import in_the_background
from tests.suite import run_suite, saved_runs

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")

# To do all the naps takes two workers eight. A chunk of them, which a worker of a pool does to its end, two.
SECONDS = 6


@contextmanager
def napping(pattern: str, start_method: str) -> Iterator[tuple[subprocess.Popen[str], list[psutil.Process]]]:
    """A program amid its naps, and the processes that it has started."""
    with in_the_background([sys.executable, "-m", "tests.napping", pattern, start_method]) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        family = psutil.Process(process.pid).children(recursive=True)
        assert said == "up\n", said + process.stdout.read()
        yield process, family


def left_of(family: list[psutil.Process]) -> list[psutil.Process]:
    return psutil.wait_procs(family, timeout=SECONDS)[1]


@every_way_to_start
def test_no_worker_outlives_a_killed_program(pattern: str, start_method: str) -> None:
    with napping(pattern, start_method) as (process, family):
        assert bool(family) == (pattern in PROCESS_PATTERNS)
        process.kill()
        process.wait()
        assert left_of(family) == []


@every_way_to_start
def test_ctrl_c_ends_it_soon_and_is_told_once(pattern: str, start_method: str) -> None:
    with napping(pattern, start_method) as (process, family):
        time.sleep(0.5)  # until all tasks have been handed out
        os.killpg(process.pid, signal.SIGINT)
        output, _ = process.communicate(timeout=SECONDS)
        assert left_of(family) == []
    assert process.returncode == -signal.SIGINT
    assert output.rstrip().endswith("KeyboardInterrupt")
    assert output.count("KeyboardInterrupt\n") == 1


WORK = """
import multiprocessing, os, signal
from workloads.contract import Workload, expect

class Work(Workload):
    name = "my-work"
    tasks = tuple(range(20))

    def perform(self, client, task):
        if multiprocessing.parent_process() and task == 7:
            os.kill(os.getpid(), signal.SIGKILL)
        return task

    def check(self, results):
        expect(self.name, self.tasks, results, self.tasks)

WORKLOADS = (Work(),)
"""


@pytest.mark.parametrize("pattern", ["process-pool", "asyncio-process-pool"])
def test_an_executor_whose_worker_was_killed_fails_in_a_sentence(tmp_path: Path, pattern: str) -> None:
    file = tmp_path / "my_work.py"
    file.write_text(WORK)
    outcome = run_suite(tmp_path / "runs", f"--workload={file}", "--workers=2", f"--patterns={pattern},sequential")
    assert outcome.returncode == 1
    assert (
        f"my-work: a worker of {pattern} ended before its task was done: look whether the system was out of memory"
        in outcome.stdout
    )
    assert "Traceback" not in outcome.stdout + outcome.stderr
    (run,) = saved_runs(tmp_path / "runs")
    assert [one["extra_info"]["pattern"] for one in run["benchmarks"]] == ["sequential"]
