"""The concurrency patterns that are compared: one module each, the code that a reader would write for real.

Every module in this folder is a pattern, found by `names` without further edits, and binds what `Pattern` lists. But
for those that start with an underscore: they hold what several patterns share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, Protocol, cast

from workloads.contract import Workload
from workloads.registry import RegistryError, modules_of

PARTS = ("name", "summary", "pitfall", "by_default", "blocking", "worker_bytes", "unavailable", "unsuited", "start")

Run = Callable[[Sequence[Any]], list[Any]]


class NotSoManyWorkers(Exception):
    """As many workers as were asked for cannot be had. The message says why, and what to do."""


class Pattern(Protocol):
    """A way to run tasks, ignorant of what they do. A module of this package is one."""

    name: str
    """What the pattern is called in ids and tables, such as "threading"."""

    summary: str
    """One sentence on how it works."""

    pitfall: str
    """One sentence on what it hides from who uses it, and what to do about that."""

    by_default: bool
    """Whether a run measures it unless told otherwise: what is always installed, and quick."""

    blocking: bool
    """Whether workers take the blocking twin of a workload, `open` and `perform`, or the awaitable one."""

    worker_bytes: int
    """About what a worker takes of memory, in bytes: more workers than there is memory for are not started."""

    def unavailable(self) -> str | None:
        """None, or the reason why the pattern cannot run here, in words."""
        ...

    def unsuited(self, workload: Workload) -> str | None:
        """None, or what a workload lacks for the pattern to run it, in words."""
        ...

    def start(self, workload: Workload, workers: int) -> AbstractContextManager[Run]:
        """Start `workers` workers and yield what runs tasks on them; stop them on the way out.

        `run(tasks)` returns the results in task order. The first task that fails raises out of it.
        Raises NotSoManyWorkers where their number is not the pattern's to choose.
        """
        ...


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
        missing = [part for part in PARTS if not hasattr(module, part)]
        if missing:
            raise RegistryError(
                f"{module.__name__.replace('.', '/')}.py is no pattern: it lacks {', '.join(missing)}; "
                "add them or move the file out of the folder"
            )
        pattern = cast(Pattern, module)
        if pattern.name in found:
            raise RegistryError(f"two patterns are named {pattern.name!r}, the second in {module.__name__}: rename one")
        found[pattern.name] = pattern
    return found


def names() -> list[str]:
    """The names of all patterns, in alphabetical order of their files."""
    return list(_patterns())


def get(name: str) -> Pattern:
    """The pattern of that name. Raises RegistryError, listing the names there are, when there is none."""
    try:
        return _patterns()[name]
    except KeyError:
        raise RegistryError(f"there is no pattern {name!r}: choose from {', '.join(names())}") from None


def described() -> dict[str, dict[str, str]]:
    """What each pattern says of itself, for whoever reads a saved run elsewhere."""
    return {pattern.name: {"summary": pattern.summary, "pitfall": pattern.pitfall} for pattern in _patterns().values()}
