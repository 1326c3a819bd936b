"""The coroutines of asyncio on the event loop of uvloop, which is libuv's, or on Windows of winloop."""

import sys
from contextlib import AbstractContextManager
from importlib import import_module
from importlib.util import find_spec

from patterns import Run, asyncio
from workloads.contract import Workload

name = "asyncio-uvloop"
summary = "Coroutines as with asyncio, on an event loop written in C."
pitfall = (
    "It speeds up the loop and not what runs on it, which holds it up as before; and its timers tick in milliseconds."
)
by_default = True
blocking = False

LIBRARY = "winloop" if sys.platform == "win32" else "uvloop"


def unavailable() -> str | None:
    return None if find_spec(LIBRARY) else f"it needs {LIBRARY}: install it with `pip install {LIBRARY}`"


def start(workload: Workload, workers: int) -> AbstractContextManager[Run]:
    return asyncio.start(workload, workers, import_module(LIBRARY).new_event_loop)
