"""Parametrizing a test with every pattern and every way to start it, and shorter workloads for it."""

import ast
import multiprocessing
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

import patterns
from workloads import registry
from workloads.contract import Scalable, Workload
from workloads.counting import Counting
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


def here(name: str, *more: str) -> object:
    """A parameter with a pattern, skipped where that cannot run."""
    reason = patterns.get(name).unavailable()
    return pytest.param(name, *more, marks=pytest.mark.skipif(reason is not None, reason=reason or ""))


def shortened(work: Workload, tasks: int) -> Workload:
    """The same kind of work with so many tasks, where that can be had."""
    if isinstance(work, DownloadAndParse):
        return replace(work, download=work.download.repeated(tasks))
    if isinstance(work, Counting):
        shorter = replace(work)
        shorter.tasks = work.tasks[:tasks]
        return shorter
    return work.repeated(tasks) if isinstance(work, Scalable) else work


PROCESS_PATTERNS = [str(module.name) for module in registry.modules_of("patterns") if _uses_processes(module)]

every_pattern = pytest.mark.parametrize("pattern", [here(name) for name in patterns.names()])
every_way_to_start = pytest.mark.parametrize(
    ("pattern", "start_method"),
    [here(name, method) for name in patterns.names() for method in ways_to_start(name)],
    indirect=["start_method"],
)
