"""The axis of ratios and amounts: linear, or logarithmic where small values would not be seen beside large ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# From so many times as much on, what is small can hardly be seen on a linear scale.
WIDE = 5
FEWEST_TICKS = 3
TICKS = 5
# What is kept free at each end of a logarithmic scale, as a share of it, and beyond the largest value of a linear one.
MARGIN = 0.05


@dataclass(frozen=True)
class Scale:
    """A scale: its ends, the base of its logarithm or 0, where bars start, and the values to write at it."""

    domain: tuple[float, float]
    log: int
    start: float
    ticks: tuple[float, ...]

    @property
    def written(self) -> dict[str, Any]:
        """The values at the axis, as its properties."""
        return {"values": list(self.ticks)} if self.log else {"tickCount": TICKS}

    def titled(self, what: str) -> str:
        return f"{what}, logarithmic" if self.log else what


def scale(values: Sequence[float], *, start: float | None = None, log: bool = False) -> Scale:
    """A scale for positive values, logarithmic if it must be or `log` says so; `start` is where its bars start then."""
    known = [value for value in values if value > 0] or [1.0]
    low, high = min(known), max(known)
    if high < WIDE * low and not log:
        return Scale((0, high * (1 + MARGIN)), 0, 0, ())
    low, high = min(low, start or low), max(high, start or high)
    margin = (high / low) ** MARGIN
    domain = low / margin, high * margin
    return Scale(domain, 10, domain[0] if start is None else start, _ticks(*domain))


def _ticks(low: float, high: float) -> tuple[float, ...]:
    """Powers of ten, and as many numbers between them as make a few."""
    for steps in ((1,), (1, 3), (1, 2, 5)):
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        found = tuple(step * 10.0**power for power in powers for step in steps if low <= step * 10.0**power <= high)
        if len(found) >= FEWEST_TICKS:
            return found
    return found
