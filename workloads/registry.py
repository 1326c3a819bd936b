"""Finds what the folders hold, and loads one's own workload from a file; a module that is broken is named."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from workloads.contract import Workload, has, lacks_async, lacks_blocking, short
from workloads.natural import completed, owner_in

# What may become part of ids, tables and names of files.
FIT_NAME = re.compile(r"[A-Za-z0-9._-]+")


class RegistryError(Exception):
    """A module that cannot be used. The message names the file, the reason and the remedy."""


def modules_of(package: str) -> Iterator[ModuleType]:
    """Import each module in a package's folder, in alphabetical order, but for those that start with an underscore.

    Raises RegistryError for one that does not import, whatever it raised.
    """
    folder = importlib.import_module(package).__path__
    for found in sorted(pkgutil.iter_modules(folder), key=lambda module: module.name):
        if found.name.startswith("_"):
            continue
        name = f"{package}.{found.name}"
        try:
            yield importlib.import_module(name)
        except Exception as error:
            raise RegistryError(
                f"{name.replace('.', '/')}.py does not import ({type(error).__name__}: {error}): "
                "fix the file or move it out of the folder"
            ) from error


@cache
def _workloads() -> dict[str, Workload]:
    found: dict[str, Workload] = {}
    for module in modules_of("workloads"):
        declared: Sequence[Workload] = getattr(module, "WORKLOADS", ())
        for workload in declared:
            if fault := _fault_of(workload):
                raise RegistryError(f"{module.__name__.replace('.', '/')}.py: {fault}")
            if workload.name in found:
                raise RegistryError(
                    f"two workloads are named {workload.name!r}, the second in {module.__name__}: rename one"
                )
            found[workload.name] = workload
    return found


def add(workload: Workload) -> None:
    """Have a workload from elsewhere found among the others. Raises RegistryError when its name is taken."""
    if workload.name in _workloads():
        raise RegistryError(f"there is a workload {workload.name!r} already: rename this one")
    _workloads()[workload.name] = workload


def names(glob: str = "*") -> list[str]:
    """The names of the workloads that match a glob such as "download-*", in the order they are declared."""
    return [name for name in _workloads() if fnmatchcase(name, glob)]


def get(name: str) -> Workload:
    """The workload of that name. Raises RegistryError, listing the names there are, when there is none."""
    try:
        return _workloads()[name]
    except KeyError:
        raise RegistryError(f"there is no workload {name!r}: choose from {', '.join(names())}") from None


def load_file(path: Path) -> Workload:
    """Import a file that holds one workload, and add that to the registry.

    It binds WORKLOADS to it, or is work as `workloads.natural` has it.

    The file's folder comes first on `sys.path`, so that a worker process can import it too, however it is started.
    Raises RegistryError, which names the file, the reason and the remedy.
    """
    file = path.parent.resolve() / path.name
    try:
        workload = _only_workload(_import(file))
        add(workload)
    except RegistryError as error:
        raise RegistryError(f"{path}: {error}") from error
    except (Exception, SystemExit) as error:
        raise RegistryError(f"{path} does not import ({told(error, file)}): fix the file") from error
    return workload


def told(error: BaseException, file: Path) -> str:
    """An exception in a line: its type, its message, and the last line of the file that led to it."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == file]
    message = str(error)
    if isinstance(error, SyntaxError):
        lines, message = [error.lineno], error.msg
    where = f" in line {lines[-1]}" if lines and lines[-1] else ""
    return f"{type(error).__name__}{where}: {' '.join(message.split())}"


def _import(file: Path) -> ModuleType:
    if not file.is_file():
        what = "this is a folder" if file.is_dir() else "there is no such file"
        raise RegistryError(f"{what}: give a Python file that holds your work")
    if file.suffix != ".py" or not file.stem.isidentifier():
        raise RegistryError("Python cannot import a file of that name: rename it to one like my_work.py")
    # First without the file's folder, for what the file would hide; then with it, for what would hide the file.
    _refuse_taken_name(file)
    sys.path.insert(0, str(file.parent))
    importlib.invalidate_caches()
    _refuse_taken_name(file)
    return importlib.import_module(file.stem)


def _refuse_taken_name(file: Path) -> None:
    try:
        found = importlib.util.find_spec(file.stem)
    except ValueError:  # a module that came from nowhere, such as __main__
        raise RegistryError(f"there is a module {file.stem!r} already: rename the file") from None
    if found and not (found.origin and Path(found.origin).exists() and file.samefile(found.origin)):
        place = found.origin or ", ".join(found.submodule_search_locations or ())
        raise RegistryError(f"there is a module {file.stem!r} already ({place}): rename the file")


def _only_workload(module: ModuleType) -> Workload:
    name = module.__name__.replace("_", "-")
    declared = vars(module).get("WORKLOADS")
    if declared is not None and not isinstance(declared, Sequence):
        raise RegistryError(f"WORKLOADS is {short(declared)} and no tuple: write WORKLOADS = (MyWork(),)")
    if declared is not None and len(declared) != 1:
        raise RegistryError(f"WORKLOADS holds {len(declared)} workloads: leave one, as in WORKLOADS = (MyWork(),)")
    if declared is not None and isinstance(declared[0], type):
        raise RegistryError(_class_for_object(declared[0]))
    try:
        workload: Workload = completed(owner_in(module) if declared is None else declared[0], name)
    except ValueError as error:
        raise RegistryError(str(error)) from error
    if fault := _fault_of(workload, check_needed=False):
        raise RegistryError(fault)
    return workload


def _class_for_object(kind: type) -> str:
    return f"WORKLOADS holds the class {kind.__name__}: write WORKLOADS = ({kind.__name__}(),)"


def _fault_of(workload: Any, check_needed: bool = True) -> str | None:
    """None, or what keeps an object from being a workload, with the remedy."""
    if isinstance(workload, type):
        return _class_for_object(workload)
    missing = [part for part in ("name", "tasks", "ideal_seconds") if not hasattr(workload, part)]
    if check_needed and not has(workload, "check"):
        missing.append("check")
    if missing:
        return (
            f"{short(workload)} is not a workload, as it lacks {', '.join(missing)}: add it to a class that "
            "inherits from workloads.contract.Workload, see docs/extending.md"
        )
    name, tasks = workload.name, workload.tasks
    if not isinstance(name, str) or not FIT_NAME.fullmatch(name):
        return f"{name!r} cannot be a workload's name: use letters, digits, dots, hyphens and underscores"
    if not isinstance(tasks, Sequence):
        return f"the tasks of {name} are {short(tasks)}, which has no order or no length: make them a tuple"
    if not tasks:
        return f"{name} has no tasks: give it some"
    if (blocking := lacks_blocking(workload)) and lacks_async(workload):
        return f"{blocking}; one that awaits, perform_async, will also do"
    return None
