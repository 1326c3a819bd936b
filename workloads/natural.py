"""Work in the form in which one would write it without having read the contract, made a workload of.

That is a file with `tasks` and `def perform(task)`, `async def perform_async(task)` or both, and whatever else of the
contract it likes; or a class of one's own, which need not inherit from anything. `perform` may take the client too, as
in `def perform(client, task)`.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from types import ModuleType
from typing import Any

from workloads.contract import Workload, has, short

VERSIONS = ("perform", "perform_async")
OPENERS = {"perform": "open", "perform_async": "open_async"}
OTHERS = ("check", "prepare", "ideal_seconds")
HOW = "write tasks = (1, 2, 3) and def perform(task), or bind WORKLOADS, see docs/extending.md"


class Natural(Workload):
    """What a module or an object has of a workload, with the rest added.

    `owner` is a module's name, and not the module, since modules cannot be pickled: another process imports it.
    """

    name: str
    tasks: Sequence[Any]

    def __init__(self, owner: object, name: str) -> None:
        self._owner, self.name = owner, name
        parts: Any = importlib.import_module(owner) if isinstance(owner, str) else owner
        self.tasks = parts.tasks
        for version, opener in OPENERS.items():
            if not has(parts, version):
                continue
            setattr(self, version, _with_client(getattr(parts, version)))
            setattr(self, opener, getattr(parts, opener, nullcontext))
        for part in OTHERS:
            if has(parts, part):
                setattr(self, part, getattr(parts, part))
        if has(parts, "at"):  # not a method, or everything natural would be taken for what needs the server
            setattr(self, "at", lambda url: Natural(parts.at(url), name))  # noqa: B010

    def __reduce__(self) -> tuple[type[Natural], tuple[object, str]]:
        return Natural, (self._owner, self.name)

    def __repr__(self) -> str:
        return f"the workload {self.name}"


def owner_in(module: ModuleType) -> object:
    """What in a file is the work: an object, or the name of the module. Raises ValueError when that is not one thing.

    Functions at the top come first, then an object, then a class, which is called without arguments.
    """
    own = vars(module)
    if any(callable(own.get(version)) for version in VERSIONS):
        if "prepare" in own:
            raise ValueError(
                "prepare beside functions would not reach other processes with what it sets: make a class of them, see "
                "docs/extending.md"
            )
        return module.__name__
    objects = {id(value): value for value in own.values() if _is_of(module, type(value)) and _is_work(value)}
    if not objects:
        classes = {value for value in own.values() if isinstance(value, type) and _is_of(module, value)}
        lone = [one for one in classes if _is_work(one) and not any(one in other.__mro__[1:] for other in classes)]
        objects = {id(one): _made(one) for one in lone} if len(lone) == 1 else {id(one): one for one in lone}
    if len(objects) > 1:
        raise ValueError(f"it holds {len(objects)} that could be the work: say which, as in WORKLOADS = (MyWork(),)")
    if not objects:
        raise ValueError(f"there is no work in it: {HOW}")
    return next(iter(objects.values()))


def completed(owner: object, name: str) -> Any:
    """The owner itself if it is a workload as the contract has it, or else one made of it; `name` is for what has none.

    Raises ValueError for a version that takes something else than a task, or a client and a task.
    """
    parts: Any = importlib.import_module(owner) if isinstance(owner, str) else owner
    found = [version for version in VERSIONS if has(parts, version)]
    if not found or not hasattr(parts, "tasks"):
        missing = ["tasks"] if found else ["perform"] if hasattr(parts, "tasks") else ["tasks", "perform"]
        what = "it" if isinstance(owner, str) else short(owner)
        raise ValueError(f"{what} lacks {' and '.join(missing)}: {HOW}")
    for version in found:
        if fault := _fault_of(version, getattr(parts, version)):
            raise ValueError(fault)
    if not callable(getattr(parts, "check", print)):
        raise ValueError(f"check is {short(parts.check)} and no function: have it take the results, or leave it out")
    named = getattr(parts, "name", None)
    whole = not isinstance(owner, str) and named is not None and hasattr(parts, "ideal_seconds")
    if whole and all(hasattr(parts, OPENERS[one]) and _arguments(getattr(parts, one)) == 2 for one in found):
        return parts
    return Natural(owner, name if named is None else named)


def _is_of(module: ModuleType, kind: type) -> bool:
    """Whether a class is the file's own, or a kind of workload from elsewhere."""
    return kind.__module__ == module.__name__ or (Workload in kind.__mro__ and kind.__module__ != Workload.__module__)


def _is_work(one: object) -> bool:
    return hasattr(one, "tasks") and any(has(one, version) for version in VERSIONS)


def _made(kind: type) -> object:
    try:
        return kind()
    except TypeError as error:
        raise ValueError(
            f"{kind.__name__}() fails ({error}): bind the object that is meant, as in WORKLOADS = ({kind.__name__}(…),)"
        ) from error


def _arguments(function: Callable[..., Any]) -> int:
    """How many arguments a function has to be given by position."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # some that are written in C do not tell
        return 1
    needed = [one for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    return sum(one.default is one.empty for one in needed)


def _fault_of(version: str, function: Callable[..., Any]) -> str | None:
    if version == "perform" and inspect.iscoroutinefunction(function):
        return "perform is a coroutine function, and blocking workers await nothing: call it perform_async"
    if _arguments(function) not in (1, 2):
        return f"{version} takes {_arguments(function)} arguments: have it take the task, or the client and the task"
    return None


def _with_client(function: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    """The function as the contract has it: given the client, whether it takes that or not."""
    return function if _arguments(function) == 2 else lambda _, task: function(task)
