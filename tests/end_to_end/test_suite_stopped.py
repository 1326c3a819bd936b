"""Nothing is left of a run of the suite that ends, is stopped or loses its server."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.support.processes import command_of, eventually, in_the_background, left_of, marked, wait_until_ended
from tests.support.suite import PYTEST, QUICK, saved_runs


@contextmanager
def started(storage: Path, *arguments: str, mark: dict[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    with in_the_background([*PYTEST, f"--benchmark-storage={storage}", *arguments], mark) as process:
        yield process


def descendants(process: subprocess.Popen[str], at_least: int) -> list[psutil.Process]:
    """The processes that a run has started, once there are so many."""
    whole = psutil.Process(process.pid)
    assert eventually(lambda: len(whole.children(recursive=True)) >= at_least), "fewer processes came up"
    return whole.children(recursive=True)


def next_outcome(process: subprocess.Popen[str]) -> str:
    """Wait for the outcome of the next test in a verbose run, a minute at most."""
    assert process.stdout is not None
    impatience = threading.Timer(60, process.kill)
    impatience.start()
    for line in process.stdout:
        for outcome in ("PASSED", "FAILED"):
            if outcome in line:
                impatience.cancel()
                return outcome
    return "nothing"


LONG = ["-k", "io_bound and multiprocessing-download-talk", "--benchmark-min-rounds=500"]
# The server and sixteen workers.
PROCESSES = 17
REPEAT = [sys.executable, "-m", "campaign.repeat", "2", "-p", "no:cacheprovider"]
# Of the two benchmarks that are chosen below.
MULTIPROCESSING_FIRST = "--order-seed=0"


OWN = ("--patterns=sequential,threading,multiprocessing", "--workers=2", *QUICK[:2])
# Naps for an hour, once a round has been begun by a pattern; the trial does its tasks in the main thread.
PREPARED = """
import contextlib, pathlib, tempfile, threading, time

class Work:
    tasks = (1, 2, 3)

    @contextlib.contextmanager
    def prepare(self):
        with tempfile.TemporaryDirectory() as folder:
            self.file = pathlib.Path(folder, "prepared")
            self.file.touch()
            yield

    def perform(self, task):
        assert self.file.exists()
        if threading.current_thread() is not threading.main_thread():
            pathlib.Path({begun!r}).touch()
            time.sleep(3600)
        return task
"""


@contextmanager
def amid_own_work(folder: Path, own_temp: Path) -> Iterator[subprocess.Popen[str]]:
    """A run of that, amid a round; nothing of it may be there afterwards."""
    file, begun = folder / "my_work.py", folder / "begun"
    file.write_text(PREPARED.format(begun=str(begun)))
    mark = marked()
    with started(folder / "runs", f"--workload={file}", *OWN, mark=mark) as process:
        assert eventually(begun.exists)
        assert list(own_temp.rglob("prepared"))
        yield process
    assert wait_until_ended(mark) == []


@pytest.mark.skipif(os.name != "posix", reason="signals")
class TestLeavesNothingBehind:
    def test_after_success(self, tmp_path: Path) -> None:
        with started(tmp_path, "--fast", "-k", "io_bound and multiprocessing-download-talk") as process:
            family = descendants(process, PROCESSES)
            assert process.wait(timeout=60) == 0
            assert left_of(family) == []

    def test_after_ctrl_c(self, tmp_path: Path) -> None:
        with started(tmp_path, *LONG) as process:
            family = descendants(process, PROCESSES)
            time.sleep(0.2)
            os.killpg(process.pid, signal.SIGINT)
            output, _ = process.communicate(timeout=60)
        assert process.returncode == 2
        assert "KeyboardInterrupt" in output
        assert "Traceback" not in output
        assert "INTERNALERROR" not in output
        assert left_of(family) == []
        assert saved_runs(tmp_path) == []

    def test_after_ctrl_c_of_what_was_prepared(self, tmp_path: Path, own_temp: Path) -> None:
        with amid_own_work(tmp_path, own_temp) as process:
            os.killpg(process.pid, signal.SIGINT)
            output, _ = process.communicate(timeout=60)
        assert process.returncode == 2, output
        assert "KeyboardInterrupt" in output
        assert "INTERNALERROR" not in output
        assert saved_runs(tmp_path / "runs") == []

    @pytest.mark.usefixtures("own_temp")
    @pytest.mark.parametrize("program", [PYTEST, REPEAT], ids=["of a run", "of what makes several"])
    def test_after_sigkill(self, tmp_path: Path, program: list[str]) -> None:
        with in_the_background([*program, f"--benchmark-storage={tmp_path}", *LONG]) as process:
            family = descendants(process, PROCESSES)
            time.sleep(0.2)
            process.kill()
            process.wait()
            assert left_of(family) == []

    def test_after_sigkill_of_what_was_prepared(self, tmp_path: Path, own_temp: Path) -> None:
        with amid_own_work(tmp_path, own_temp) as process:
            process.kill()
            process.wait()

    def test_after_the_server_died_which_the_next_benchmark_gets_anew(self, tmp_path: Path) -> None:
        choice = "io_bound and (multiprocessing-download-talk or asyncio-download-large)"
        long = ["--benchmark-min-rounds=12"]
        with started(tmp_path, "-v", "--fast", "-k", choice, *long, MULTIPROCESSING_FIRST) as process:
            family = descendants(process, PROCESSES)
            (server,) = [one for one in family if "workloads.server" in command_of(one)]
            time.sleep(0.2)
            server.kill()
            outcome = next_outcome(process)
            output, _ = process.communicate(timeout=100)
        assert outcome == "FAILED"
        assert process.returncode == 1
        assert f"the local server (process {server.pid}) ended with exit code -9 while this benchmark ran" in output
        assert "1 failed, 1 passed" in output
        assert left_of(family) == []
        (run,) = saved_runs(tmp_path)
        assert [one["name"] for one in run["benchmarks"]] == ["test_io_bound[asyncio-download-large]"]
