"""Imports run one way: benchmarks → harness → patterns → workloads; analysis imports none of them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import patterns
from workloads import registry

SUITE = Path(__file__).parent.parent
# Each room may import itself and those below it.
LAYERS = ["workloads", "patterns", "harness", "benchmarks"]
# These stand apart: one's own work needs the contract alone, and saved runs are read anywhere.
APART = {"examples": {"examples", "workloads"}, "analysis": {"analysis"}}
ROOMS = [*LAYERS, *APART]
MAX_LINES = 320


def imported_rooms(file: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            rooms |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            rooms.add((node.module or "").partition(".")[0])
    return rooms & {*ROOMS, "tests", "conftest"}


@pytest.mark.parametrize("room", ROOMS)
def test_imports_only_downwards(room: str) -> None:
    allowed = APART.get(room) or set(LAYERS[: LAYERS.index(room) + 1])
    for file in sorted((SUITE / room).rglob("*.py")):
        assert imported_rooms(file) <= allowed, f"{file.name} imports upwards"


def test_patterns_and_workloads_are_named_only_in_their_own_modules_and_in_benchmarks() -> None:
    names = {*patterns.names(), "download-", "math-", *registry.names()}
    for file in sorted((SUITE / "harness").glob("*.py")):
        compared = [
            part.value
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.Compare)
            for part in ast.walk(node)
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        assert not [text for text in compared if any(name in text for name in names)], f"{file.name} names one"


def test_no_file_outgrows_a_sitting() -> None:
    files = [file for room in ROOMS for file in (SUITE / room).rglob("*.py")]
    assert {file.name: lines for file in files if (lines := len(file.read_text().splitlines())) > MAX_LINES} == {}
