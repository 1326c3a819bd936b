"""Processes of the suite's own that run a program of the reader's, and are ended with all that they started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.surroundings import variables

SUITE = Path(__file__).resolve().parent.parent.parent


def module_command(module: str, arguments: Sequence[str], python: str = sys.executable) -> list[str]:
    """The command that runs a module of the suite in the reader's working folder."""
    # -P keeps modules in the working folder from standing in for the suite's.
    return [python, "-P", "-m", module, *arguments]


def module_environment(suite: Path = SUITE) -> dict[str, str]:
    """The environment for such a command."""
    environment = variables.inherited()
    paths = [str(suite), *filter(None, [environment.get("PYTHONPATH")])]
    return {**environment, "PYTHONPATH": os.pathsep.join(paths)}


def temporary_folder() -> TemporaryDirectory[str]:
    """A folder for the temporary files of a process that may be killed, and then removes none of its own."""
    # The name is short: multiprocessing keeps sockets there, whose paths have to be.
    return TemporaryDirectory(prefix="tp-", ignore_cleanup_errors=True)


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
