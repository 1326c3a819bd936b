"""What machines are called side by side: short, unlike each other, and after what tells them apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len, set_cell_size

from runfile.runs import Machine
from runfile.sanitize import printable

LONGEST = 20  # cells of a terminal
SHORTEST_NAME = 4
CUT = "…"


def are_pythons(machines: Sequence[Machine]) -> bool:
    """Whether they are one machine, with several Pythons on it."""
    return len({(machine.hardware, machine.name) for machine in machines}) == 1


def labels(machines: Sequence[Machine]) -> list[str]:
    """A label for each: by the Pythons if these are all that differs, and by the machines' names otherwise."""
    hardware = [machine.hardware for machine in machines]
    schemes: list[Callable[[Machine], str]] = [
        lambda machine: _fitted(_name(machine)),
        lambda machine: _fitted(_name(machine), build(machine)),
        lambda machine: _fitted(build(machine), machine.fingerprint),
        lambda machine: _fitted(machine.fingerprint),
    ]
    if len(set(hardware)) < len(hardware):
        del schemes[0]
        if are_pythons(machines):
            schemes.insert(0, lambda machine: _fitted(f"{machine.implementation} {build(machine)}"))
    for scheme in schemes:
        found = [scheme(machine) for machine in machines]
        if len(set(found)) == len(found):
            return found
    return [f"machine {number}" for number in range(1, len(machines) + 1)]


def build(machine: Machine) -> str:
    """The Python's version and what is not usual of it: 3.13.0, 3.13.0t, 3.13.0t GIL, 3.13.0 JIT."""
    gil = " GIL" if machine.free_threaded and machine.gil else ""
    return f"{machine.version}{gil}{' JIT' if machine.jit and machine.implementation == 'CPython' else ''}"


def _name(machine: Machine) -> str:
    return machine.name or machine.fingerprint


def _fitted(name: str, suffix: str = "") -> str:
    """A name and what is added to it, cut to the longest that a label may be; the name first."""
    name, suffix = printable(name) or "?", printable(suffix)
    suffix = _cut(suffix, LONGEST - SHORTEST_NAME - 1)
    room = LONGEST - (cell_len(suffix) + 1 if suffix else 0)
    return f"{_cut(name, room)} {suffix}".rstrip()


def _cut(text: str, room: int) -> str:
    return text if cell_len(text) <= room else set_cell_size(text, room - 1).rstrip() + CUT
