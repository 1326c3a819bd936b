"""Whether processes can share semaphores here, without which multiprocessing has neither pools nor queues."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from traceback import walk_tb

# Where a semaphore is missed; a task that fails elsewhere has failed on its own.
THERE = ("multiprocessing", "concurrent.futures.process")


def explain(error: BaseException) -> str | None:
    """Why multiprocessing raised an error, if that is for lack of semaphores; None if it is not."""
    return lacks_semaphores() if any(module.startswith(THERE) for module in _modules(error)) else None


def lacks_semaphores() -> str | None:
    """None where processes can share a semaphore, or a sentence that says why they cannot and what to do."""
    try:
        multiprocessing.Semaphore()
    except (OSError, ImportError, NotImplementedError) as error:
        why = (isinstance(error, OSError) and error.strerror) or str(error).partition(",")[0] or type(error).__name__
        return (
            f"processes can share no semaphore here ({why}): have /dev/shm mounted, writable and not full, as "
            "`docker run --shm-size=64m` does"
        )
    return None


def _modules(error: BaseException | None) -> Iterator[str]:
    """The modules that an error came through, and those of the errors that led to it."""
    while error is not None:
        for frame, _ in walk_tb(error.__traceback__):
            yield str(frame.f_globals.get("__name__", ""))
        error = error.__cause__ or error.__context__
