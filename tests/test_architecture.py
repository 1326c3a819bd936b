"""The floor plan: which room may import which, how many floors there are, and how much is in a room or a file."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import patterns
from tests import SUITE
from workloads import registry

# Each may import itself and what is named beside it.
MAY_IMPORT = {
    "workloads": set(),
    "patterns": {"workloads"},
    "runfile": set(),
    "harness": {"patterns", "workloads", "runfile"},
    "benchmarks": {"harness", "patterns", "workloads"},
    "analysis": {"runfile"},
    "campaign": {"analysis", "runfile"},
    "examples": {"workloads"},
}
# The command line has runs made by way of one module.
SEAM = ("analysis.cli.making", "campaign")
MOST_FLOORS = 7
MOST_MODULES = 10
MOST_LINES = 320
# One module for each pattern and each kind of work, however many there are.
CATALOGUES = {"patterns", "workloads", "benchmarks"}
# The folders of tests that are no room of the suite: what tests share, and those of the suite as a whole.
OWN_ROOMS = {"support", "support/made_up", "end_to_end"}


@cache
def modules() -> dict[str, Path]:
    """Every module of the suite by its name."""
    files = (file for top in MAY_IMPORT for file in sorted((SUITE / top).rglob("*.py")))
    return {".".join(file.relative_to(SUITE).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


@cache
def imports_of(name: str) -> frozenset[tuple[str, str]]:
    """The modules of the suite that a module imports, wherever in it, and what it takes from each."""
    return frozenset(_imports(name))


def _imports(name: str) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(modules()[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield (inner, "") if inner in modules() else (node.module, alias.name)


def room_of(name: str) -> str:
    """The folder that a module is in; what is deeper than a room of a room belongs to that."""
    package = name if modules()[name].name == "__init__.py" else name.rpartition(".")[0]
    return ".".join(package.split(".")[:2])


@cache
def rooms_below(room: str) -> frozenset[str]:
    """The other rooms that a room imports from."""
    own = (name for name in modules() if room_of(name) == room)
    found = {room_of(other) for name in own for other, _ in imports_of(name) if other in modules()}
    return frozenset(found - {room})


def floor_of(room: str, above: tuple[str, ...] = ()) -> int:
    """On which floor a room is, from 1. It fails for rooms that import each other in a circle."""
    assert room not in above, f"a circle: {' → '.join((*above, room))}"
    return 1 + max((floor_of(one, (*above, room)) for one in rooms_below(room)), default=0)


@pytest.mark.parametrize("top", MAY_IMPORT)
def test_imports_only_downwards(top: str) -> None:
    for name in modules():
        if name.partition(".")[0] == top:
            tops = {other.partition(".")[0] for other, _ in imports_of(name)} & {
                *MAY_IMPORT,
                "tests",
                "tools",
                "conftest",
            }
            allowed = {top, *MAY_IMPORT[top], *([SEAM[1]] if name == SEAM[0] else [])}
            assert tops <= allowed, f"{name} imports upwards"


def test_rooms_make_no_circle_and_stand_on_few_floors() -> None:
    floors = {room: floor_of(room) for room in map(room_of, modules())}
    assert max(floors.values()) <= MOST_FLOORS, floors


def test_no_room_is_crowded() -> None:
    folders = {file.parent for file in [*modules().values(), *(SUITE / "tests").rglob("*.py")]}
    numbers = {
        str(folder.relative_to(SUITE)): sum(file.name != "__init__.py" for file in folder.glob("*.py"))
        for folder in folders
    }
    assert {name: number for name, number in numbers.items() if number > MOST_MODULES}.keys() <= CATALOGUES


def test_tests_are_in_the_rooms_of_what_they_test() -> None:
    tests = SUITE / "tests"
    rooms = {file.parent.relative_to(tests).as_posix() for file in tests.rglob("*.py")}
    assert [room for room in sorted(rooms - OWN_ROOMS) if not (SUITE / room).is_dir()] == []


def test_private_names_stay_in_their_room() -> None:
    found = [
        (name, other, taken)
        for name in modules()
        for other, taken in imports_of(name)
        if other in modules() and room_of(other) != room_of(name)
        if taken.startswith("_") or any(part.startswith("_") for part in other.split("."))
    ]
    assert found == []


def test_no_two_classes_have_the_same_name() -> None:
    places: dict[str, list[str]] = {}
    for file in [*modules().values(), *(SUITE / "tools").rglob("*.py")]:
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(str(file.relative_to(SUITE)))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_analysis_starts_no_process() -> None:
    for name in modules():
        if name.partition(".")[0] == "analysis":
            started = {other.partition(".")[0] for other, _ in imports_of(name)} & {"subprocess", "multiprocessing"}
            assert not started, f"{name} makes runs"


def test_patterns_and_workloads_are_named_only_in_their_own_modules_and_in_benchmarks() -> None:
    names = {*patterns.names(), *registry.names()}
    for name, file in modules().items():
        if name.partition(".")[0] != "harness":
            continue
        compared = [
            part.value
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.Compare)
            for part in ast.walk(node)
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        named = [text for text in compared if text in names or text.startswith(("download-", "math-"))]
        assert not named, f"{name} names one"


def test_no_file_outgrows_a_sitting() -> None:
    files = [*modules().values(), *(SUITE / "tools").rglob("*.py"), *(SUITE / "tests").rglob("*.py")]
    assert {file.name: lines for file in files if (lines := len(file.read_text().splitlines())) > MOST_LINES} == {}
