"""What is left of a pattern when its program is stopped, and what is said when one of its workers is."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

import patterns
from tests.support.every import CHEAPEST, PROCESS_PATTERNS, START_METHODS, ways_to_start
from tests.support.processes import in_the_background, left_of, line_of
from tests.support.suite import run_here, saved_runs

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")

# To do all the naps takes two workers twenty. A chunk of them, which a worker of a pool does to its end, five.
SECONDS = 14

Program = tuple[subprocess.Popen[str], list[psutil.Process]]


# What is started of several at once: none of these is slow to end.
TOGETHER = [name for name in PROCESS_PATTERNS if patterns.get(name).unavailable() is None]
# Whether there is anything to leave behind: all that start nothing are tried at once.
WITH_PROCESSES = [[name] for name in (*TOGETHER, "dask") if patterns.get(name).unavailable() is None]
WITHOUT = [
    name for name in patterns.names() if [name] not in WITH_PROCESSES and patterns.get(name).unavailable() is None
]


@contextmanager
def napping(*commands: Sequence[str]) -> Iterator[list[Program]]:
    """Programs amid their naps, each with a start method and the patterns it uses, and the processes it has started.

    All at once, since it takes seconds for one to end and hardly any work. Python does not remove the socket of a
    forkserver whose program was killed; that of a stand goes with its folder.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        started = [
            stack.enter_context(
                in_the_background([sys.executable, "-m", "tests.patterns.napping", *command], {"TMPDIR": folder})
            )
            for command in commands
        ]
        programs = [(process, family_of(process)) for process in started]
        time.sleep(0.5)  # until all tasks have been handed out
        yield programs


def family_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """What a program has started, once it has said that it is up."""
    said = line_of(process)
    family = psutil.Process(process.pid).children(recursive=True)
    assert said == "up\n"
    return family


def left_behind(programs: list[Program]) -> list[psutil.Process]:
    return left_of([one for _, processes in programs for one in processes], SECONDS)


def test_no_worker_outlives_a_killed_program() -> None:
    commands = [[method, *TOGETHER] for method in START_METHODS]
    if patterns.get("dask").unavailable() is None:
        commands.append([CHEAPEST, "dask"])
    with napping(*commands) as programs:
        for (_, *names), (process, family) in zip(commands, programs, strict=True):
            assert len(family) >= len(names)
            process.kill()
        assert left_behind(programs) == []


@pytest.mark.parametrize("names", [*WITH_PROCESSES, WITHOUT], ids=", ".join)
def test_ctrl_c_ends_it_soon_and_is_told_once(names: Sequence[str]) -> None:
    with napping(*([method, name] for name in names for method in ways_to_start(name)[:2])) as programs:
        for process, family in programs:
            assert bool(family) == (names is not WITHOUT)
            os.killpg(process.pid, signal.SIGINT)
        outputs = [process.communicate(timeout=SECONDS)[0] for process, _ in programs]
        assert left_behind(programs) == []
    assert [process.returncode for process, _ in programs] == [-signal.SIGINT] * len(programs)
    for output in outputs:
        assert output.rstrip().endswith("KeyboardInterrupt")
        assert output.count("KeyboardInterrupt\n") == 1


WORK = """
import multiprocessing, os, signal
tasks = range(20)

def perform(task):
    if multiprocessing.parent_process() and task == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return task
"""


def test_an_executor_whose_worker_was_killed_fails_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "my_work.py"
    file.write_text(WORK)
    executors = ("process-pool", "asyncio-process-pool")
    chosen = f"--patterns={','.join(executors)},sequential"
    outcome = run_here(tmp_path / "runs", f"--workload={file}", "--workers=2", chosen)
    assert outcome.returncode == 1
    for pattern in executors:
        assert (
            f"my-work: a worker of {pattern} ended before its task was done: look whether the system was out of memory"
            in outcome.stdout
        )
    assert "Traceback" not in outcome.stdout + outcome.stderr
    (run,) = saved_runs(tmp_path / "runs")
    assert [one["extra_info"]["pattern"] for one in run["benchmarks"]] == ["sequential"]
