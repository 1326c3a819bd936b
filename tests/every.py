"""Parametrizing a test with every pattern, every way to start it, and every workload that it can be given."""

from __future__ import annotations

import ast
import multiprocessing
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest

import patterns
from workloads import registry

START_METHODS = multiprocessing.get_all_start_methods()


def _uses_processes(name: str) -> bool:
    """Whether a pattern imports anything of that kind: to the others, start methods are all the same."""
    source = Path(str(cast(ModuleType, patterns.get(name)).__file__)).read_text(encoding="utf-8")
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    return any("process" in ast.unparse(node).lower() for node in imports)


def ways_to_start(name: str) -> list[str]:
    """The start methods that make a difference to a pattern, or one for none."""
    return START_METHODS if name in PROCESS_PATTERNS else START_METHODS[:1]


def _workloads(name: str) -> list[tuple[str, str]]:
    """Every workload with one way to start: a pattern meets every way, and a workload too, though not in all pairs.

    But for Dask, whose cluster takes a second to start: test_dask.py gives every workload to one that runs.
    """
    workloads = ["mixed"] if name == "dask" else registry.names()
    ways, offset = ways_to_start(name), patterns.names().index(name)
    return [(workload, ways[(offset + number) % len(ways)]) for number, workload in enumerate(workloads)]


def _here(name: str, *more: str) -> object:
    reason = patterns.get(name).unavailable()
    return pytest.param(name, *more, marks=pytest.mark.skipif(reason is not None, reason=reason or ""))


PROCESS_PATTERNS = [name for name in patterns.names() if _uses_processes(name)]

every_pattern = pytest.mark.parametrize("pattern", [_here(name) for name in patterns.names()])
every_way_to_start = pytest.mark.parametrize(
    ("pattern", "start_method"),
    [_here(name, method) for name in patterns.names() for method in ways_to_start(name)],
    indirect=["start_method"],
)
every_workload = pytest.mark.parametrize(
    ("pattern", "workload", "start_method"),
    [_here(name, workload, method) for name in patterns.names() for workload, method in _workloads(name)],
    indirect=["start_method"],
)
