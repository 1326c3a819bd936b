"""What a worker with a memory of its own holds, a process or an interpreter: a client, and how it does its tasks."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from typing import Any

from patterns import ENDING
from workloads.contract import TaskFailed, Workload
from workloads.expected import lacks_travel

# How this worker does a task, and what stays open as long as the worker lives.
_perform: Callable[[Any], Any]
_open = ExitStack()


def open_client(workload: Workload) -> None:
    """Open the client with which this worker does the tasks of a workload."""
    take_up(_performing(workload))


def take_up(work: AbstractContextManager[Callable[[Any], Any]]) -> None:
    """Have this worker do its tasks by what a context manager gives.

    Raises nothing: some pools would replace a worker that fails to start for ever, and others would not say why it
    failed. This one lives to raise the reason at its first task.
    """
    global _perform
    try:
        _perform = _open.enter_context(work)
    except Exception as error:
        _perform = partial(_fail, error)


def perform(task: Any) -> Any:
    """Do a task. Raises what the workload raises, or the reason why the client could not be opened.

    An exception that does not come out of a pickle raises another one where it is unpickled, in the midst of a pool,
    which then waits for ever or breaks. Such a one is told as text.
    """
    try:
        return _perform(task)
    except BaseException as error:
        if not isinstance(error, Exception):
            raise TaskFailed(ENDING.format(type(error).__name__)) from error
        if reason := lacks_travel(error):
            raise TaskFailed(
                f"{type(error).__name__}: {error}; told as text, since the exception cannot be pickled and unpickled "
                f"({reason}): have its __init__ take what it passes to Exception.__init__"
            ) from error
        raise


@contextmanager
def _performing(workload: Workload) -> Iterator[Callable[[Any], Any]]:
    with workload.open() as client:
        yield partial(workload.perform, client)


def _fail(error: Exception, task: Any) -> Any:
    raise error
