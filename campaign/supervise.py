"""Keeps what must not outlive the program that started it, however that one ends.

    python campaign/supervise.py run FOLDER COMMAND...
        runs it there; when stdin closes, interrupts it as Ctrl-C does, and if it stays kills it with all it has started
    python campaign/supervise.py remove FOLDER [REPOSITORY]
        when stdin closes, removes a folder, and the repository's notes of the git worktrees that were in it

The kernel closes a pipe when the process at its other end has gone, by SIGKILL too. That is all that is relied on.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SUITE = Path(__file__).resolve().parent.parent
# What they say is at the end of pytest's output, which is not shown where there are several runs or machines.
SINGLE = ("--advise", "--check-advice")
PATIENCE_SECONDS = 10.0


@contextmanager
def kept(arguments: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A keeper, in a session of its own so that Ctrl-C does not reach it; on leaving it does its work and is gone."""
    with subprocess.Popen(
        [sys.executable, "-P", str(Path(__file__).resolve()), *arguments],
        stdin=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
        **options,
    ) as process:
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()  # here, as after Ctrl-C it would be waited for no longer than a moment


@contextmanager
def temporary_folder(repository: Path | None = None) -> Iterator[Path]:
    """A folder for temporary files, or for worktrees of a repository, which a keeper removes."""
    folder = tempfile.mkdtemp(prefix="three-patterns-")
    with kept(["remove", folder, *([str(repository)] if repository else [])]):
        yield Path(folder)


def own_environment() -> dict[str, str]:
    """The variables of this process but for PYTHONPATH, by which all Pythons would import the same."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def run(command: Sequence[str], folder: str) -> int:
    """Run a command in a folder, until it ends or nobody holds the other end of stdin. Returns its exit code."""
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, start_new_session=True)

    def end() -> None:
        sys.stdin.read()
        if not hasattr(os, "killpg"):
            process.kill()
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            # It puts things in order, and says what it has kept.
            process.send_signal(signal.SIGINT)
            try:
                process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)

    threading.Thread(target=end, daemon=True).start()
    return process.wait()


def remove(folder: str, repository: str | None = None) -> int:
    """Wait for the end of stdin, then remove a folder, and the repository's notes of worktrees that were there."""
    sys.stdin.read()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while Path(folder).exists() and time.monotonic() < deadline:
        # What has begun to start there still writes what it compiles, until it sees that nobody needs it.
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.05)
    if repository:
        subprocess.run(["git", "-C", repository, "worktree", "prune"], check=False, capture_output=True)
    return 0


def main(arguments: Sequence[str]) -> int:
    verb, *others = arguments
    if verb == "run":
        return run(others[1:], others[0])
    return remove(*others)


if __name__ == "__main__":
    # At once: the thread still reads.
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)
