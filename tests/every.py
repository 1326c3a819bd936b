"""Parametrizing a test with every pattern, every way to start it, and every workload that it can be given."""

from __future__ import annotations

import ast
import multiprocessing
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

import patterns
from workloads import registry
from workloads.clients import ClientDownload
from workloads.contract import Scalable, Workload
from workloads.mixed import DownloadAndParse

START_METHODS = multiprocessing.get_all_start_methods()
# A forked worker has imported whatever its parent has.
CHEAPEST = "fork" if "fork" in START_METHODS else START_METHODS[0]


def _uses_processes(module: ModuleType) -> bool:
    """Whether a pattern imports anything of that kind: to the others, start methods are all the same."""
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    return any("process" in ast.unparse(node).lower() for node in imports)


def ways_to_start(name: str) -> list[str]:
    """The start methods that make a difference to a pattern, or one for none."""
    return START_METHODS if name in PROCESS_PATTERNS else [CHEAPEST]


def _workloads(name: str) -> list[tuple[str, str]]:
    """Every workload with one way to start: the cheapest, but that one pattern starts it in another.

    HTTP clients are for the pattern that shares them, and test_http_clients.py has them do their tasks. To Dask none,
    since its cluster takes a second to start: test_dask.py gives one workload of each class to one that runs.
    """
    every = [name for name in registry.names() if not isinstance(registry.get(name), ClientDownload)]
    workloads = [] if name == "dask" else every
    others = [method for method in START_METHODS if method != CHEAPEST] or START_METHODS

    def way(number: int) -> str:
        turn, which = divmod(number, len(PROCESS_PATTERNS))
        return others[turn % len(others)] if PROCESS_PATTERNS[which] == name else CHEAPEST

    return [(workload, way(number)) for number, workload in enumerate(workloads)]


def here(name: str, *more: str) -> object:
    """A parameter with a pattern, skipped where that cannot run."""
    reason = patterns.get(name).unavailable()
    return pytest.param(name, *more, marks=pytest.mark.skipif(reason is not None, reason=reason or ""))


def shortened(work: Workload, tasks: int) -> Workload:
    """The same kind of work with so many tasks, where that can be had."""
    if isinstance(work, DownloadAndParse):
        return replace(work, download=work.download.repeated(tasks))
    return work.repeated(tasks) if isinstance(work, Scalable) else work


PROCESS_PATTERNS = [str(module.name) for module in registry.modules_of("patterns") if _uses_processes(module)]

every_pattern = pytest.mark.parametrize("pattern", [here(name) for name in patterns.names()])
every_way_to_start = pytest.mark.parametrize(
    ("pattern", "start_method"),
    [here(name, method) for name in patterns.names() for method in ways_to_start(name)],
    indirect=["start_method"],
)
every_workload = pytest.mark.parametrize(
    ("pattern", "workload", "start_method"),
    [here(name, workload, method) for name in patterns.names() for workload, method in _workloads(name)],
    indirect=["start_method"],
)
