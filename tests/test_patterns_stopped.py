"""What is left of a pattern when its program is stopped, and what is said when one of its workers is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from tests.every import PROCESS_PATTERNS, every_pattern, ways_to_start
from tests.processes import in_the_background
from tests.suite import run_suite, saved_runs

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")

# To do all the naps takes two workers ten. A chunk of them, which a worker of a pool does to its end, two and a half.
SECONDS = 6

Program = tuple[subprocess.Popen[str], list[psutil.Process]]


@contextmanager
def napping(pattern: str) -> Iterator[list[Program]]:
    """Programs amid their naps, one for each way to start them, and the processes that each has started.

    All at once, since it takes seconds for one to end and hardly any work.
    """
    command = [sys.executable, "-m", "tests.napping", pattern]
    with ExitStack() as stack:
        started = [stack.enter_context(in_the_background([*command, method])) for method in ways_to_start(pattern)]
        yield [(process, family_of(process)) for process in started]


def family_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """What a program has started, once it has said that it is up."""
    assert process.stdout is not None
    said = process.stdout.readline()
    family = psutil.Process(process.pid).children(recursive=True)
    assert said == "up\n", said + process.stdout.read()
    return family


def left_of(programs: list[Program]) -> list[psutil.Process]:
    family = [one for _, processes in programs for one in processes]
    return psutil.wait_procs(family, timeout=SECONDS)[1]


@every_pattern
def test_no_worker_outlives_a_killed_program(pattern: str) -> None:
    with napping(pattern) as programs:
        for process, family in programs:
            assert bool(family) == (pattern in (*PROCESS_PATTERNS, "dask"))
            process.kill()
        assert left_of(programs) == []


@every_pattern
def test_ctrl_c_ends_it_soon_and_is_told_once(pattern: str) -> None:
    with napping(pattern) as programs:
        time.sleep(0.5)  # until all tasks have been handed out
        for process, _ in programs:
            os.killpg(process.pid, signal.SIGINT)
        outputs = [process.communicate(timeout=SECONDS)[0] for process, _ in programs]
        assert left_of(programs) == []
    assert [process.returncode for process, _ in programs] == [-signal.SIGINT] * len(programs)
    for output in outputs:
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
