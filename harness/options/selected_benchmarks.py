"""Which of pytest's items are benchmarks, and which of these an effort has no time for, unless they are asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from harness.options.effort import Effort
from harness.options.measuring import effort


def is_benchmark(item: pytest.Item) -> bool:
    """Whether it measures, rather than tests, something."""
    return "measure" in getattr(item, "fixturenames", ())


def parameters_of(item: pytest.Item) -> dict[str, Any]:
    """What it is called with, such as a pattern and a workload."""
    return item.callspec.params if hasattr(item, "callspec") else {}


def deselect(config: pytest.Config, items: list[pytest.Item], is_unwanted: Callable[[pytest.Item], bool]) -> None:
    """Leave some items out, and have pytest count them."""
    if left_out := [item for item in items if is_unwanted(item)]:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def leaves_out(item: pytest.Item) -> bool:
    """Whether it takes too long for what is measured, or was to be asked for and was not."""
    chosen = effort(item.config)
    marks = {mark.name for mark in item.iter_markers()}
    if chosen is Effort.RIGOROUS:
        return False
    to_be_asked_for = "on_request" in marks or (chosen is Effort.FAST and "thorough" in marks)
    return "long" in marks or (to_be_asked_for and not _is_asked_for(item))


def _is_asked_for(item: pytest.Item) -> bool:
    """Whether the command line names the question or its file, in -m or -k or as a path, or the workload."""
    options, file = item.config.option, item.path.stem
    said = " ".join([options.markexpr, options.keyword, *item.config.args])
    names = {file, item.name.partition("[")[0]}
    is_named = bool((names | {name.removeprefix("test_") for name in names}) & set(re.findall(r"\w+", said)))
    return is_named or parameters_of(item).get("workload", file) in said
