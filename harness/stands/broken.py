"""Why a pool of processes is broken, or would wait for ever."""

from __future__ import annotations

import os
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from multiprocessing import pool

UNPICKLED = (
    "what {pattern} was sent by a worker cannot be unpickled ({error}): have `perform` return what can be, such as "
    "text, numbers or a dict"
)
ENDED = (
    "a worker of {pattern} ended before its task was done: look whether the system was out of memory or somebody "
    "killed it, and give it fewer workers or more memory"
)


def explain(error: BrokenExecutor, pattern: str) -> str:
    """Why an executor of a pattern is broken. Of what it could not unpickle, the traceback is the cause, as text."""
    cause = str(error.__cause__).strip("\"'\n ")
    if "Traceback" not in cause:
        return ENDED.format(pattern=pattern)
    return UNPICKLED.format(pattern=pattern, error=" ".join(cause.splitlines()[-1].split()))


def watch(pattern: str, fail: Callable[[str], None]) -> None:
    """Have the process fail with a sentence when a thread of a multiprocessing.Pool dies, for which the pool waits.

    The threads that hand out tasks and collect results die of what they cannot unpickle.
    """
    usual = threading.excepthook

    def died(what: threading.ExceptHookArgs) -> None:
        usual(what)
        if any(frame.f_code.co_filename == pool.__file__ for frame, _ in traceback.walk_tb(what.exc_traceback)):
            error = f"{what.exc_type.__name__}: {' '.join(str(what.exc_value).split())}"
            fail(UNPICKLED.format(pattern=pattern, error=error))
            os._exit(1)

    threading.excepthook = died
