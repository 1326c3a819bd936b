"""Starting processes that a test then stops."""

import os
import shutil
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import psutil

from tests import SUITE

MARK = "THREE_PATTERNS_TEST"
T = TypeVar("T")


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


def line_of(process: subprocess.Popen[str]) -> str:
    """The next line that a program says."""
    assert process.stdout is not None
    return process.stdout.readline()


def eventually(found: Callable[[], T], seconds: float = 60.0) -> T:
    """What is found, asked for again and again until it is something or so many seconds have passed."""
    deadline = time.monotonic() + seconds
    while not (one := found()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return one


def run(
    *command: str | Path, folder: Path = SUITE, env: Mapping[str, str | None] | None = None, **options: Any
) -> subprocess.CompletedProcess[str]:
    """A program that has ended, however it has; of `env`, what is None is taken out of its environment."""
    variables = {name: value for name, value in {**os.environ, **(env or {})}.items() if value is not None}
    options = {"capture_output": True, "encoding": "utf-8", "timeout": 120, **options}
    return subprocess.run([*map(str, command)], cwd=folder, env=variables, check=False, **options)


def make(*arguments: str | Path, folder: Path = SUITE, **env: str) -> subprocess.CompletedProcess[str]:
    """`make`, which is told of no Python but by its arguments, as the tests' own make may have been."""
    command = (shutil.which("make") or "make", "--no-print-directory", *arguments)
    return run(*command, folder=folder, env={"PYTHON": None, "VENV": None, "MAKEFLAGS": None, **env})


def script(file: Path, text: str) -> Path:
    """An executable of that name, which runs that in a shell."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    file.chmod(0o755)
    return file


def git(folder: Path, *arguments: str) -> str:
    """What git prints in a folder, as somebody."""
    named = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    return subprocess.run(["git", *named, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def threads_besides(before: Collection[threading.Thread]) -> list[threading.Thread]:
    """The threads that are there besides some, once those that were told to have ended; ten seconds at most."""

    def more() -> list[threading.Thread]:
        return [one for one in threading.enumerate() if one not in before]

    eventually(lambda: not more(), 10)
    return more()


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


def command_of(process: psutil.Process) -> list[str]:
    """The command that a process runs; nothing, if it has just ended."""
    with suppress(psutil.Error):
        return process.cmdline()
    return []


def open_files_of(pid: int) -> Iterator[str]:
    """What a process has open, as Linux's /proc tells; some of it may be closed meanwhile."""
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            yield str(file.readlink())


def left_of(processes: Sequence[psutil.Process], seconds: float = 30.0) -> list[psutil.Process]:
    """Those of the processes that are still there after so many seconds at most, whoever is their parent by now.

    One that has ended counts as gone, though its new parent may take a while to notice.
    """
    eventually(lambda: not any(map(_is_there, processes)), seconds)
    return [one for one in processes if _is_there(one)]


def _is_there(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until_ended(mark: dict[str, str], seconds: float = 20.0) -> list[psutil.Process]:
    """The processes with a mark that are still there after so many seconds at most."""
    eventually(lambda: not processes_of(mark), seconds)
    return processes_of(mark)
