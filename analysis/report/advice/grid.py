"""Which pattern wins for many latencies and CPU times of a task at once: the laws, evaluated on arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.findings.summary import PRACTICAL
from analysis.model.costs import Calibration, given
from analysis.model.laws import LAWS
from analysis.model.work import Work
from analysis.model.workers import SAME, counts, is_light

# What laws may call, for arrays.
FUNCTIONS = {
    "min": np.minimum,
    "max": np.maximum,
    "ceil": np.ceil,
    "floor": np.floor,
    "exp": np.exp,
    "pow": np.power,
    "log": np.log,
}


@dataclass(frozen=True)
class Grid:
    """Works that are alike but for latency and CPU time, and the patterns that may be named for them, in order."""

    calibration: Calibration
    work: Work
    patterns: Sequence[str]

    def winners(self, latencies: NDArray[np.float64], cpu_times: NDArray[np.float64]) -> NDArray[np.intp]:
        """The place of the pattern that is named for each CPU time and latency, in seconds.

        It is the first of those that are as fast as any in practice.
        """
        times = np.stack([self._least(one, latencies, cpu_times) for one in self.patterns])
        named: NDArray[np.intp] = np.argmax(times < PRACTICAL * times.min(axis=0), axis=0)
        return named

    def _least(
        self, pattern: str, latencies: NDArray[np.float64], cpu_times: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """What a pattern takes with the number of workers to advise, as `best_of` finds it, if there is the memory."""
        costs = self.calibration.of(pattern)
        found: dict[str, Any] = {
            **given(self.work, costs, 1, self.calibration.shared),
            "latency": latencies[None, :, None],
            "compute": cpu_times[:, None, None],
            "workers": np.array(counts(self.calibration, self.work, pattern), dtype=float),
        }
        for law in LAWS:
            found[law.name] = eval(law.formula, {"__builtins__": {}, **FUNCTIONS}, found)  # noqa: S307 - as in `laws`
        fits = found["peak_bytes"] <= self.calibration.machine.memory_bytes
        seconds = np.where(fits, found["seconds"], np.inf)
        same = seconds <= SAME * seconds.min(axis=2, keepdims=True)
        place = same.sum(axis=2, keepdims=True) // 2 if is_light(costs, self.work) else 0
        advised = same & (same.cumsum(axis=2) == place + 1)
        least: NDArray[np.float64] = np.where(advised, seconds, 0.0).sum(axis=2)
        return least
