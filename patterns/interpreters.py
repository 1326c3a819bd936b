"""Tasks on an InterpreterPoolExecutor: threads of one process, each with a Python interpreter and a GIL of its own."""

import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from patterns import Run
from patterns._worker import perform
from workloads.contract import Workload, lacks_inheritance

name = "interpreters"
summary = "Threads of an InterpreterPoolExecutor take the tasks, each with an interpreter and a client of its own."
pitfall = (
    "Tasks and results are pickled, each interpreter imports everything anew, and C code that is not made for it, such "
    "as NumPy's, does not import there at all."
)
pickles = True
worker_bytes = 20 * 1024 * 1024

# An interpreter starts with Python's own `sys.path`, by which it may not find what the workload is made of.
LOAD_WORKLOAD = """
import pickle, sys
sys.path[:] = path
workload = pickle.loads(pickled)
"""
START_WORKER = f"""{LOAD_WORKLOAD}
from patterns._worker import open_client
open_client(workload)
"""
TRY_TO_OPEN = f"""{LOAD_WORKLOAD}
with workload.open():
    pass
"""


def unavailable() -> str | None:
    return None if sys.version_info >= (3, 14) else "it needs Python 3.14 or later: make bench PYTHON=python3.14"


def unsuited(workload: Workload) -> str | None:
    if reason := unavailable() or lacks_inheritance(workload):
        return reason
    if error := _import_error(pickle.dumps(workload)):
        return f"what {workload.name} imports does not work in a second interpreter ({error}): use processes for it"
    return None


@contextmanager
def start(workload: Workload, workers: int) -> Iterator[Run]:
    from concurrent.futures import InterpreterPoolExecutor  # type: ignore[attr-defined, unused-ignore]

    known = {"path": sys.path, "pickled": pickle.dumps(workload)}
    with InterpreterPoolExecutor(workers, initializer=exec, initargs=(START_WORKER, known)) as executor:
        yield lambda tasks: list(executor.map(perform, tasks))


@cache
def _import_error(pickled: bytes) -> str | None:
    """None, or why an interpreter beside the main one cannot import what a workload and its client are made of."""
    from concurrent import interpreters  # type: ignore[attr-defined, unused-ignore]

    interpreter = interpreters.create()
    try:
        interpreter.call(exec, TRY_TO_OPEN, {"path": sys.path, "pickled": pickled})
    except interpreters.ExecutionFailed as error:
        if error.excinfo.type.__name__ in ("ImportError", "ModuleNotFoundError"):
            return str(error.excinfo.msg).strip().splitlines()[-1]
    finally:
        interpreter.close()
    return None
