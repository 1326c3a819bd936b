"""Finds what the folders hold: each module of a package is loaded once, and a broken one is named."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache
from types import ModuleType

from workloads.contract import Workload


class RegistryError(Exception):
    """A module that cannot be used. The message names the file, the reason and the remedy."""


def modules_of(package: str) -> Iterator[ModuleType]:
    """Import each module in a package's folder, in alphabetical order.

    Raises RegistryError for one that does not import, whatever it raised.
    """
    folder = importlib.import_module(package).__path__
    for found in sorted(pkgutil.iter_modules(folder), key=lambda module: module.name):
        name = f"{package}.{found.name}"
        try:
            yield importlib.import_module(name)
        except Exception as error:
            raise RegistryError(
                f"{name.replace('.', '/')}.py does not import ({type(error).__name__}: {error}): "
                "mend the file or move it out of the folder"
            ) from error


@cache
def _workloads() -> dict[str, Workload]:
    found: dict[str, Workload] = {}
    for module in modules_of("workloads"):
        declared: Sequence[Workload] = getattr(module, "WORKLOADS", ())
        for workload in declared:
            if workload.name in found:
                raise RegistryError(
                    f"two workloads are named {workload.name!r}, the second in {module.__name__}: rename one"
                )
            found[workload.name] = workload
    return found


def names(glob: str = "*") -> list[str]:
    """The names of the workloads that match a glob such as "download-*", in the order they are declared."""
    return [name for name in _workloads() if fnmatchcase(name, glob)]


def get(name: str) -> Workload:
    """The workload of that name. Raises RegistryError, listing the names there are, when there is none."""
    try:
        return _workloads()[name]
    except KeyError:
        raise RegistryError(f"there is no workload {name!r}: choose from {', '.join(names())}") from None
