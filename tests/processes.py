"""Starting processes that a test then stops."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SUITE = Path(__file__).parent.parent


def hear_ctrl_c() -> None:
    """Undo an ignored SIGINT, which a program inherits when the tests run in the background of a shell.

    For `preexec_fn`, on POSIX systems.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def in_the_background(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """A program in the suite's folder, in a process group of its own as a terminal gives it, killed in the end."""
    with subprocess.Popen(
        command,
        cwd=SUITE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=hear_ctrl_c,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
