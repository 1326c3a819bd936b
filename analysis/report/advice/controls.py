"""What a reader sets in the page to describe work: sliders and boxes, their values, and where they stand at first.

Each has the name by which the laws are given its value, and the option by which `python -m analysis advise` is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from analysis.model.work import Work
from analysis.stats.units import BYTES, SECONDS, percent
from runfile.runs import Machine

KIB = 1024
NONE = "none"


def _tenths(least: float, tenfolds: int) -> list[float]:
    """Values from the least over so many tenfolds: ten to each, as round as can be."""
    steps = [one * 10.0**power for power in range(tenfolds) for one in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)]
    return [float(f"{least * step:.3g}") for step in [*steps, 10.0**tenfolds]]


TASKS = sorted({round(value) for value in _tenths(1, 6)})
CORES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
LATENCIES = (0, *_tenths(1e-4, 5))
CPU_TIMES = (0, *_tenths(1e-5, 5))
SIZES = (0, *(KIB * 2**power for power in range(15)))
SHARES = tuple(tenth / 10 for tenth in range(11))


@dataclass(frozen=True)
class Slider:
    """A quantity of the work, with its values, how they are written, and the field of `Work` that holds it."""

    name: str
    field: str
    label: str
    option: str
    values: Sequence[float]
    written: Callable[[float], str]

    @property
    def texts(self) -> list[str]:
        return [self.written(value) if value else NONE for value in self.values]

    def place(self, work: Work) -> int:
        """The place of the value that is nearest to that of some work."""
        value = getattr(work, self.field)
        return min(range(len(self.values)), key=lambda place: abs(self.values[place] - value))


@dataclass(frozen=True)
class Box:
    """What may be so or not."""

    name: str
    label: str
    option: str


BOXES = (
    Box("warm", "Workers already started", "--warm"),
    Box("blocking", "Blocking code, no coroutines", "--blocking-only"),
)


def example(machine: Machine) -> Work:
    """The work that is described at first, on a machine."""
    return Work(
        tasks=2000, cores=max(1, machine.usable_cores), latency_seconds=0.3, cpu_seconds=0.004, size_bytes=16 * KIB
    )


def sliders(cores: int) -> list[Slider]:
    """The sliders, for a machine with so many cores."""
    return [
        Slider("tasks", "tasks", "Tasks", "--tasks", TASKS, _number),
        Slider("cores", "cores", "Cores", "--cores", sorted({*CORES, cores}), _number),
        Slider(
            "latency",
            "latency_seconds",
            "Wait for a reply, each",
            "--latency",
            LATENCIES,
            partial(round_text, units=SECONDS),
        ),
        Slider("compute", "cpu_seconds", "CPU time, each", "--cpu", CPU_TIMES, partial(round_text, units=SECONDS)),
        Slider("size", "size_bytes", "Size of a reply", "--bytes", SIZES, partial(round_text, units=BYTES)),
        Slider("gil_free", "gil_free", "CPU time without the GIL", "--gil-free", SHARES, percent),
    ]


def _number(value: float) -> str:
    return f"{value:,.0f}"


def round_text(value: float, units: Sequence[tuple[str, float]]) -> str:
    """A round value in the largest unit of which it has one: 300 ms, 1.5 ms, 16 KiB."""
    unit, size = next(one for one in reversed(units) if value >= one[1])
    return f"{float(f'{value / size:.3g}'):,g} {unit}"
