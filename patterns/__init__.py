"""The concurrency patterns that are compared: one module each, the code that a reader would write for real.

Every module in this folder is a pattern, found by `names` without further edits. It binds what `Pattern` lists, but for
what has a default that is right for it. Modules that start with an underscore are none: they hold what several patterns
share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import MISSING, dataclass, fields
from functools import cache
from types import ModuleType
from typing import Any

from workloads.contract import Workload, lacks_async, lacks_blocking, lacks_pickling, unavailable
from workloads.registry import RegistryError, modules_of

Run = Callable[[Sequence[Any]], list[Any]]

# Such as SystemExit. A pool would lose the task with its worker, and wait for it for ever.
ENDING = "a task raised {}, which ends a worker: have it raise an exception that inherits from Exception"


class NotSoManyWorkers(Exception):
    """As many workers as were asked for cannot be had. The message says why, and what to do."""


@dataclass(frozen=True)
class Pattern:
    """A way to run tasks, ignorant of what they do: what a module of this package declares.

    A module may also define `unavailable`, `unsuited` and `in_flight`, as the methods of that name are here, where it
    has an answer of its own to give.
    """

    name: str
    """What the pattern is called in ids and tables, such as "threading"."""

    summary: str
    """One sentence on how it works."""

    pitfall: str
    """One sentence on what it hides from who uses it, and what to do about that."""

    start: Callable[[Workload, int], AbstractContextManager[Run]]
    """`start(workload, workers)` starts so many workers and yields what runs tasks on them; stops them on the way out.

    `run(tasks)` returns the results in task order. The first task that fails ends it with that task's own exception.
    Raises NotSoManyWorkers where their number is not the pattern's to choose.
    """

    by_default: bool = False
    """Whether a run measures it unless told otherwise: what is always installed, and quick."""

    blocking: bool = True
    """Whether workers take the blocking twin of a workload, `open` and `perform`, or the awaitable one."""

    chunked: bool = False
    """Whether a worker takes a quarter of its share of the tasks at a time, as `Pool.map` does."""

    pickles: bool = False
    """Whether the workload, its tasks and their results are pickled on their way to the workers and back."""

    worker_bytes: int = 256 * 1024
    """About what a worker takes of memory, in bytes: more workers than there is memory for are not started."""

    closes_elsewhere: bool = False
    """Whether a client is closed by another thread than the one that opened it and works with it."""

    own_in_flight: Callable[[int], int] = lambda workers: workers
    own_unavailable: Callable[[], str | None] = lambda: None
    own_unsuited: Callable[[Workload], str | None] = lambda _: None

    def in_flight(self, workers: int) -> int:
        """How many tasks share a client at a time, of so many workers: all of them where they are coroutines."""
        return 1 if self.blocking else self.own_in_flight(workers)

    def unavailable(self) -> str | None:
        """None, or the reason why the pattern cannot run here, in words."""
        return self.own_unavailable()

    def unsuited(self, workload: Workload) -> str | None:
        """None, or what is lacking for the pattern to run a workload, in words."""
        lacks_twin = lacks_blocking if self.blocking else lacks_async
        lacking = unavailable(workload) or lacks_twin(workload) or (lacks_pickling(workload) if self.pickles else None)
        return lacking or self.own_unsuited(workload)


def import_client(pattern: Pattern, workload: Workload) -> None:
    """Have the blocking client imported here before workers start, as in a script that imports it at its top.

    Forked workers inherit it; otherwise each would import it anew, or not, by what has run before.
    """
    if pattern.blocking:
        with workload.open():
            pass


def whole(pattern: Pattern, workload: Workload, workers: int) -> Run:
    """A program that starts the workers, runs the tasks, and stops the workers."""

    def program(tasks: Sequence[Any]) -> list[Any]:
        with pattern.start(workload, workers) as run:
            return run(tasks)

    return program


@cache
def _patterns() -> dict[str, Pattern]:
    found: dict[str, Pattern] = {}
    for module in modules_of("patterns"):
        pattern = _declared_by(module)
        if pattern.name in found:
            raise RegistryError(f"two patterns are named {pattern.name!r}, the second in {module.__name__}: rename one")
        found[pattern.name] = pattern
    return found


def _declared_by(module: ModuleType) -> Pattern:
    """The pattern that a module is. Raises RegistryError when it lacks a part that has no default."""
    declared = {field.name: field.name.removeprefix("own_") for field in fields(Pattern)}
    bound = {part: getattr(module, name) for part, name in declared.items() if hasattr(module, name)}
    if missing := [field.name for field in fields(Pattern) if field.default is MISSING and field.name not in bound]:
        raise RegistryError(
            f"{module.__name__.replace('.', '/')}.py is not a pattern: it lacks {', '.join(missing)}; "
            "add them or move the file out of the folder"
        )
    return Pattern(**bound)


def names() -> list[str]:
    """The names of all patterns, in alphabetical order of their files."""
    return list(_patterns())


def get(name: str) -> Pattern:
    """The pattern of that name. Raises RegistryError, listing the names there are, when there is none."""
    try:
        return _patterns()[name]
    except KeyError:
        raise RegistryError(f"there is no pattern {name!r}: choose from {', '.join(names())}") from None
