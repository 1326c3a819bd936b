"""The axis of ratios and amounts: linear, or logarithmic where small values would not be seen beside large ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# From so many times as much on, what is small can hardly be seen on a linear scale.
WIDE = 5
# Beyond it, a bound of an interval is as good as none.
WIDEST = 1e12
FEWEST_TICKS, MOST_TICKS = 3, 6
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
        return {"values": list(self.ticks)} if self.log else {"tickCount": MOST_TICKS - 1}

    @property
    def marked(self) -> tuple[float, ...]:
        """The values to write where Vega draws no axis."""
        high = self.domain[1]
        if self.log or not 0 < high < math.inf:
            return self.ticks
        power = 10.0 ** math.floor(math.log10(high))
        apart = next(step for step in (power / 5, power / 2, power, 2 * power) if high < step * MOST_TICKS)
        return tuple(apart * number for number in range(int(high / apart) + 1))

    def share(self, value: float) -> float:
        """How far along the scale a value is, from 0 to 1; values beyond an end are at that end."""
        low, high = self.domain
        within = min(high, max(low, value))
        if self.log:
            return math.log(within / low) / math.log(high / low)
        return (within - low) / (high - low)

    def titled(self, what: str) -> str:
        return f"{what}, logarithmic" if self.log else what


def scale(values: Sequence[float], *, start: float | None = None, log: bool = False, base: int = 10) -> Scale:
    """A scale for positive values, logarithmic if it must be or `log` says so; `start` is where its bars start then."""
    known = [value for value in values if value > 0] or [1.0]
    low, high = min(known), max(known)
    if high < WIDE * low and not log:
        return Scale((0, high * (1 + MARGIN)), 0, 0, ())
    low, high = min(low, start or low), max(high, start or high)
    low = max(low, high / WIDEST)
    margin = max((high / low) ** MARGIN, 1 + MARGIN)
    domain = low / margin, high * margin
    ticks = _powers(*domain, base) if base != 10 else _decimal(*domain)
    return Scale(domain, base, domain[0] if start is None else start, ticks)


def _decimal(low: float, high: float) -> tuple[float, ...]:
    """Powers of ten, and as many numbers between them as make a few."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1,), (1, 3), (1, 2, 5), range(1, 10)):
        found = tuple(step * 10.0**power for power in powers for step in steps if low <= step * 10.0**power <= high)
        if len(found) >= FEWEST_TICKS:
            return found
    return found


def _powers(low: float, high: float, base: int) -> tuple[float, ...]:
    """Powers of the base, or of a power of it where there would be many."""
    first, last = math.ceil(math.log(low, base)), math.floor(math.log(high, base))
    apart = math.ceil((last - first + 1) / MOST_TICKS) or 1
    return tuple(float(base) ** power for power in range(first, last + 1) if power % apart == 0)
