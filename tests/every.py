"""Parametrizing a test with every pattern, and with every way to start it."""

from __future__ import annotations

import ast
import multiprocessing
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest

import patterns

START_METHODS = multiprocessing.get_all_start_methods()


def _uses_processes(name: str) -> bool:
    """Whether a pattern imports anything of that kind: to the others, start methods are all the same."""
    source = Path(str(cast(ModuleType, patterns.get(name)).__file__)).read_text(encoding="utf-8")
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    return any("process" in ast.unparse(node).lower() for node in imports)


def _here(name: str, *more: str) -> object:
    reason = patterns.get(name).unavailable()
    return pytest.param(name, *more, marks=pytest.mark.skipif(reason is not None, reason=reason or ""))


PROCESS_PATTERNS = [name for name in patterns.names() if _uses_processes(name)]

every_pattern = pytest.mark.parametrize("pattern", [_here(name) for name in patterns.names()])
every_way_to_start = pytest.mark.parametrize(
    ("pattern", "start_method"),
    [
        _here(name, method)
        for name in patterns.names()
        for method in (START_METHODS if name in PROCESS_PATTERNS else START_METHODS[:1])
    ],
    indirect=["start_method"],
)
