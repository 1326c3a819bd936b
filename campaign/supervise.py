"""Keeps what must not outlive the program that started it, however that one ends.

    python -m campaign.supervise run COMMAND...          runs it, and kills it with all it has started when stdin closes
    python -m campaign.supervise worktrees REPOSITORY FOLDER
                                                      when stdin closes, removes the git worktrees in a folder, and it

The kernel closes a pipe when the process at its other end has gone, by SIGKILL too. That is all that is relied on.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
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
    paths = [str(SUITE), *filter(None, [os.environ.get("PYTHONPATH")])]
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "campaign.supervise", *arguments],
        stdin=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
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


def own_environment() -> dict[str, str]:
    """The variables of this process but for PYTHONPATH, by which all Pythons would import the same."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def run(command: Sequence[str], folder: str) -> int:
    """Run a command in a folder, until it ends or nobody holds the other end of stdin. Returns its exit code."""
    # Without the path to this suite, which `kept` has put there: each side of a comparison finds its own code.
    process = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, env=own_environment(), start_new_session=True
    )

    def end() -> None:
        sys.stdin.read()
        if process.returncode is not None:
            return
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()

    threading.Thread(target=end, daemon=True).start()
    return process.wait()


def remove_worktrees(repository: str, folder: str) -> int:
    """Wait for the end of stdin, then remove a folder of worktrees, and the repository's notes of them."""
    sys.stdin.read()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while Path(folder).exists() and time.monotonic() < deadline:
        # What has begun to start there still writes what it compiles, until it sees that nobody needs it.
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.05)
    subprocess.run(["git", "-C", repository, "worktree", "prune"], check=False, capture_output=True)
    return 0


def main(arguments: Sequence[str]) -> int:
    verb, *others = arguments
    if verb == "run":
        return run(others[1:], others[0])
    return remove_worktrees(*others)


if __name__ == "__main__":
    # At once: the thread still reads.
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)
