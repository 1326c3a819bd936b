"""Imports run one way: benchmarks → harness → patterns → workloads."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SUITE = Path(__file__).parent.parent
# Each room may import itself and those below it.
LAYERS = ["workloads", "patterns", "harness", "benchmarks"]
MAX_LINES = 320


def imported_rooms(file: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            rooms |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            rooms.add((node.module or "").partition(".")[0])
    return rooms & {*LAYERS, "tests", "conftest"}


@pytest.mark.parametrize("room", LAYERS)
def test_imports_only_downwards(room: str) -> None:
    allowed = set(LAYERS[: LAYERS.index(room) + 1])
    for file in sorted((SUITE / room).glob("*.py")):
        assert imported_rooms(file) <= allowed, f"{file.name} imports upwards"


def test_patterns_and_workloads_are_named_only_in_their_own_modules_and_in_benchmarks() -> None:
    names = ['"threading"', '"asyncio"', '"multiprocessing"', '"sequential"', '"download-', '"math-']
    for file in sorted((SUITE / "harness").glob("*.py")):
        code = "\n".join(
            ast.unparse(node)
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.Compare)
        )
        assert not any(name.strip('"') in code for name in names), f"{file.name} treats one by its name"


def test_no_file_outgrows_a_sitting() -> None:
    files = [file for room in LAYERS for file in (SUITE / room).glob("*.py")]
    assert {file.name: lines for file in files if (lines := len(file.read_text().splitlines())) > MAX_LINES} == {}
