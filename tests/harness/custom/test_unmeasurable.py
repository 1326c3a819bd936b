"""One's own work that would be measured wrongly without a failure is refused, and what it changes is put right."""

import os
import signal
import socket
import sys
import threading
from pathlib import Path

import pytest

from harness.custom.importing import undisturbed
from harness.custom.unmeasurable import TaskGuard
from harness.custom.validate import TrialError, try_own
from harness.stands.stands import Stands
from tests.support.standing import forking, job_of, posix, sentence_of
from tests.support.suite import run_suite

TASKS = "import asyncio, functools, multiprocessing, time\ntasks = [[3, 1], [2, 1]]\n"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("def perform(task): task.sort(); return task[0]", "task 0 was changed by doing it, from [3, 1] to [1, 3], so"),
        ("def perform(task): yield task", "perform returned <generator object perform at 0x"),
        ("def perform(task): return map(abs, task)", "perform returned <map object at 0x"),
        ("def perform(task): return asyncio.sleep(0)", "perform returned <coroutine object sleep at 0x"),
        ("async def perform_async(task): return asyncio.sleep(0)", "perform_async returned <coroutine object sleep at"),
        (
            "time.perf_counter = lambda: 1.0\ndef perform(task): return 1",
            "time.perf_counter is not Python's own any more, and everything is timed by it: leave out what replaces it",
        ),
        (
            "def perform(task):\n    time.monotonic = functools.partial(abs, 1.0)\n    return 1",
            "time.monotonic is not Python's own any more",
        ),
        (
            "multiprocessing.set_start_method(multiprocessing.get_all_start_methods()[1])\ndef perform(task): return 1",
            "it calls multiprocessing.set_start_method: leave that out, and give --start-method=",
        ),
    ],
)
def test_what_would_be_measured_wrongly_is_refused(file: Path, code: str, sentence: str) -> None:
    file.write_text(TASKS + code)
    with pytest.raises(TrialError) as refused:
        try_own(file, 20.0, server_url=None)
    assert str(refused.value).startswith(f"{file}: {sentence}")


@pytest.mark.parametrize("task", [1, "text", [1, float("nan")], {"a": {1, 2}}, object(), lambda: 1, open])
def test_a_task_that_stays_as_it_is_has_not_changed(task: object) -> None:
    assert TaskGuard(task).fault("task 0") is None


def test_a_task_that_cannot_be_copied_is_not_compared() -> None:
    task = {"lock": threading.Lock(), "n": 1}
    guard = TaskGuard(task)
    task["n"] = 2
    assert guard.fault("task 0") is None


@posix
def test_an_import_changes_nothing_of_the_process_that_has_a_run_to_do() -> None:
    folder, handler, out = Path.cwd(), signal.getsignal(signal.SIGINT), sys.stdout
    with undisturbed():
        signal.alarm(60)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.chdir("/")
        socket.setdefaulttimeout(0.001)
        sys.stdout.close()
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGINT) is handler
    assert Path.cwd() == folder
    assert socket.getdefaulttimeout() is None
    assert sys.stdout is out


@forking
def test_a_file_that_does_all_that_is_measured(file: Path, tmp_path: Path) -> None:
    file.write_text(
        "import os, socket, sys\nos.chdir('/')\nsocket.setdefaulttimeout(0.001)\nsys.stdout.close()\n"
        "tasks = [1, 2]\ndef perform(task): return task\n"
    )
    outcome = run_suite(tmp_path / "runs", f"--workload={file}", "--workers=2")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "3 passed" in outcome.stdout


@pytest.mark.parametrize(
    ("pattern", "raised"),
    [
        ("threading", "SystemExit(3)"),
        ("multiprocessing", "SystemExit(3)"),
        ("multiprocessing", "KeyboardInterrupt"),
        ("process-pool", "KeyboardInterrupt"),
    ],
)
def test_what_would_end_a_worker_is_told_at_once(stands: Stands, tmp_path: Path, pattern: str, raised: str) -> None:
    """A Pool would lose the task and wait for it for ever."""
    body = f"if in_a_worker() or threading.current_thread() is not threading.main_thread(): raise {raised}"
    said = sentence_of(stands, job_of(tmp_path, body, pattern), limit_seconds=60.0)
    assert f"a task raised {raised.partition('(')[0]}, which ends a worker: have it raise an exception that" in said


@posix
def test_a_worker_that_ends_is_named_where_time_is_up(stands: Stands, tmp_path: Path) -> None:
    said = sentence_of(stands, job_of(tmp_path, "if in_a_worker(): os._exit(3)", "multiprocessing"), limit_seconds=1.0)
    assert "or look whether a task ends its process or the system killed it" in said
