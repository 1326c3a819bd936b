"""Starting processes that a test then stops."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

import psutil

from tests import SUITE

MARK = "THREE_PATTERNS_TEST"


def hear_ctrl_c() -> None:
    """Undo an ignored SIGINT, which a program inherits when the tests run in the background of a shell.

    For `preexec_fn`, on POSIX systems.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def in_the_background(command: Sequence[str], env: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """A program in the suite's folder, in a process group of its own as a terminal gives it, killed in the end."""
    with subprocess.Popen(
        command,
        cwd=SUITE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **(env or {})},
        start_new_session=True,
        preexec_fn=hear_ctrl_c,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def threads_besides(before: Collection[threading.Thread]) -> list[threading.Thread]:
    """The threads that are there besides some, once those that were told to have ended; ten seconds at most."""
    deadline = time.monotonic() + 10
    while (more := [one for one in threading.enumerate() if one not in before]) and time.monotonic() < deadline:
        time.sleep(0.01)
    return more


def marked() -> dict[str, str]:
    """A variable that all descendants of a program have in their environment, to find them by."""
    return {MARK: uuid.uuid4().hex}


def processes_of(mark: dict[str, str]) -> list[psutil.Process]:
    """The processes that run with a mark, whoever is their parent by now."""
    return [one for one in psutil.process_iter() if one.pid != os.getpid() and _has(one, mark[MARK])]


def _has(process: psutil.Process, value: str) -> bool:
    try:
        return process.environ().get(MARK) == value and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, OSError):
        return False


def left_of(processes: Sequence[psutil.Process], seconds: float = 30.0) -> list[psutil.Process]:
    """Those of the processes that are still there after so many seconds at most, whoever is their parent by now.

    One that has ended counts as gone, though its new parent may take a while to notice.
    """
    deadline = time.monotonic() + seconds
    while (left := [one for one in processes if _is_there(one)]) and time.monotonic() < deadline:
        time.sleep(0.01)
    return left


def _is_there(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until_ended(mark: dict[str, str], seconds: float = 20.0) -> list[psutil.Process]:
    """The processes with a mark that are still there after so many seconds at most."""
    deadline = time.monotonic() + seconds
    while (left := processes_of(mark)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left
