"""Processes of the suite's own, which are ended with all that they started, and folders for their temporary files."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.surroundings import variables

SUITE = Path(__file__).resolve().parent.parent.parent
# The name is short: multiprocessing keeps sockets in such a folder, whose paths have to be.
PREFIX = "tp-"
# Removes a folder once nobody holds the other end of its standard input, however long somebody still writes there.
REMOVER = """
import os, shutil, sys, time
sys.stdin.read()
for _ in range(100):
    shutil.rmtree(sys.argv[1], ignore_errors=True)
    if not os.path.exists(sys.argv[1]):
        break
    time.sleep(0.05)
"""


def module_command(module: str, arguments: Sequence[str], python: str = sys.executable) -> list[str]:
    """The command that runs a module of the suite in the reader's working folder."""
    # -P keeps modules in the working folder from standing in for the suite's.
    return [python, "-P", "-m", module, *arguments]


def module_environment(suite: Path = SUITE) -> dict[str, str]:
    """The environment for such a command."""
    environment = variables.inherited()
    paths = [str(suite), *filter(None, [environment.get("PYTHONPATH")])]
    return {**environment, "PYTHONPATH": os.pathsep.join(paths)}


@contextmanager
def temporary_folder() -> Iterator[str]:
    """A folder for temporary files, which another process removes, should this one be killed too."""
    with (
        tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as folder,
        contextlib.ExitStack() as until_done,
    ):
        command = [sys.executable, "-I", "-S", "-c", REMOVER, folder]
        with contextlib.suppress(OSError):  # the system starts no more processes: whoever needs one says so
            until_done.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True))
        yield folder


def naming(temporary: str) -> dict[str, str]:
    """The variables that name such a folder to a process."""
    return dict.fromkeys(("TMPDIR", "TEMP", "TMP"), temporary)


def start_module(
    module: str,
    arguments: Sequence[str],
    temporary: str,
    under: Sequence[str] = (),
    python: str = sys.executable,
    suite: Path = SUITE,
) -> subprocess.Popen[str]:
    """Run a module of the suite in the reader's working folder, with pipes to it, as a group of its own.

    `temporary` is the folder for its temporary files; `under` is a command that runs it, such as `time -v`.
    """
    return subprocess.Popen(
        [*under, *module_command(module, arguments, python)],
        env=module_environment(suite) | naming(temporary),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )


def end_group(process: subprocess.Popen[str]) -> None:
    """Kill a process that `start_module` started, with all that it started in turn.

    Only while it has not been waited for: until then its number cannot become another's.
    """
    if process.returncode is not None:
        return
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def wait_and_end_group(process: subprocess.Popen[str]) -> None:
    """Wait until a process has ended, and kill what it has left behind."""
    if process.returncode is not None:
        return
    if hasattr(os, "waitid"):
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        end_group(process)
    process.wait()
