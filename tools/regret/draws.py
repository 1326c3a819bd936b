"""Work that is drawn at random: what each is like follows from a seed and its number alone."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from msgspec import Struct

from analysis.model.work import Work
from tools.emulated import Cpu

FEWEST_TASKS, MOST_TASKS = 16, 5_000
LATENCY_SECONDS = (0.001, 0.5)
CPU_SECONDS = (0.00005, 0.05)
SIZE_BYTES = (64, 2**20)
# One of so many has no latency; of others, one has no computing, one no body.
NONE_OF = 8
SPREADS = (0.0, 0.0, 0.3, 0.6)

# The best pattern is to take no longer than about this, so that all can be measured: few tasks of what is long. Where
# even the fewest are longer, it takes half a second.
BEST_SECONDS = 0.3
# What a good pattern can do, roughly: so many requests in flight, and this much CPU time for a request and a byte.
IN_FLIGHT = 256
REQUEST_SECONDS, BYTE_SECONDS = 0.0003, 6e-9


class Drawn(Struct, frozen=True):
    """Some work. `cpu_seconds` is what its computing is made to take, to be measured before it is used."""

    number: int
    tasks: int
    latency_seconds: float
    spread: float
    cpu_seconds: float
    gil_free: float
    size_bytes: int
    is_cold: bool

    @property
    def name(self) -> str:
        return f"drawn-{self.number}"

    def work(self, cores: int, cpu: Cpu) -> Work:
        """The same as it is described to whoever asks for advice, with the CPU time that was measured."""
        return Work(
            tasks=self.tasks,
            cores=cores,
            latency_seconds=self.latency_seconds,
            spread=self.spread,
            cpu_seconds=cpu.whole,
            gil_free=cpu.gil_free,
            size_bytes=self.size_bytes,
            is_warm=not self.is_cold,
            is_local=True,
        )


def draw(seed: int, number: int, cores: int) -> Drawn:
    """The work of that number. Every other one is cold."""
    # Only `random()` of a seeded generator is promised to stay the same from one Python to the next.
    uniform = random.Random(f"{seed} {number}").random

    def perhaps(low: float, high: float) -> float:
        """Log-uniform, or nothing at all."""
        is_none, value = uniform() < 1 / NONE_OF, _log_uniform(uniform, low, high)
        return 0.0 if is_none else value

    latency, cpu, size = round(perhaps(*LATENCY_SECONDS), 4), perhaps(*CPU_SECONDS), round(perhaps(*SIZE_BYTES))
    gil_free, spread = uniform(), SPREADS[int(uniform() * len(SPREADS))]
    each = max((cpu + REQUEST_SECONDS + BYTE_SECONDS * size) / cores, latency / IN_FLIGHT)
    most = min(MOST_TASKS, max(FEWEST_TASKS, BEST_SECONDS / each))
    return Drawn(
        number=number,
        tasks=round(_log_uniform(uniform, FEWEST_TASKS, most)),
        latency_seconds=latency,
        spread=spread if latency else 0.0,
        cpu_seconds=cpu,
        gil_free=gil_free,
        size_bytes=size,
        is_cold=number % 2 == 0,
    )


def _log_uniform(uniform: Callable[[], float], low: float, high: float) -> float:
    return math.exp(math.log(low) + uniform() * (math.log(high) - math.log(low)))
