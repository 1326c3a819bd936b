"""What importing a file of one's own may change in the process that imports it, put right."""

from __future__ import annotations

import io
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

SIGNALS = ("SIGINT", "SIGTERM", "SIGCHLD", "SIGALRM")


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep this process as it is, which has a run to do yet: its folder, its streams, its signals and its sockets.

    What the import prints is dropped: the trial has shown it.
    """
    folder, timeout = os.getcwd(), socket.getdefaulttimeout()  # noqa: PTH109 - as os.chdir takes it
    handlers = {
        getattr(signal, name): signal.getsignal(getattr(signal, name)) for name in SIGNALS if hasattr(signal, name)
    }
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            yield
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in handlers.items():
            if handler is not None and signal.getsignal(number) is not handler:
                signal.signal(number, handler)
        os.chdir(folder)
        socket.setdefaulttimeout(timeout)
