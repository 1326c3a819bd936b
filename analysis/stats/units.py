"""Numbers as people read them: three significant digits and a unit."""

from __future__ import annotations

import math
from collections.abc import Sequence

from analysis.stats.intervals import Interval

SECONDS = (("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0))
BYTES = (("B", 1), ("KiB", 2**10), ("MiB", 2**20), ("GiB", 2**30), ("TiB", 2**40))

# Percent; two or three runs give intervals that reach further.
LARGEST_CHANGE = 9_999


def seconds(value: float) -> str:
    """A duration: 44.0 µs, 150 ms, 2.21 s."""
    if value <= 0:
        return "0 s"
    rounded = float(f"{value:.3g}")
    unit, size = next((one for one in reversed(SECONDS) if rounded >= one[1]), SECONDS[0])
    return f"{_three_digits(rounded / size)} {unit}"


def size(value: float) -> str:
    """A number of bytes: 812 B, 24.1 MiB."""
    if value < 2**10:
        return f"{value:.0f} B"
    unit, unit_bytes = next((one for one in reversed(BYTES) if value >= one[1] * 0.9995), BYTES[0])
    return f"{_three_digits(value / unit_bytes)} {unit}"


def sizes(values: Sequence[float], word: str) -> str:
    """Several sizes, with their unit once if all have the same: 17.1, 10.2 or 499 MiB."""
    *others, last = (size(value) for value in values)
    unit = last.partition(" ")[2]
    if all(one.partition(" ")[2] == unit for one in others):
        others = [one.partition(" ")[0] for one in others]
    return f"{', '.join(others)} {word} {last}" if others else last


def percent(fraction: float) -> str:
    """A fraction in percent: 95 %, and 0.42 % where the digits are needed."""
    value = fraction * 100
    return f"{value:.0f} %" if value >= 9.95 or value == 0 else f"{value:.2g} %"


def factor(value: float) -> str:
    """A ratio: 1.07×, 17.6×, 1,240×."""
    return f"{value:,.{_decimals(value)}f}×"


def bounds(interval: Interval) -> str:
    """The interval of a ratio, with the digits of its estimate: [1.03–1.11].

    A bound that is not 1 is given the digits to show it, up to four: on which side of 1 it is decides.
    """
    digits = _decimals(interval.estimate)
    while digits < 4 and any(bound != 1 and round(bound, digits) == 1 for bound in (interval.low, interval.high)):
        digits += 1
    return f"[{_bound(interval.low, digits)}–{_bound(interval.high, digits)}]"


def ratio(interval: Interval) -> str:
    """A ratio with its interval: 1.07× [1.03–1.11]."""
    return f"{factor(interval.estimate)} {bounds(interval)}"


def signed(ratio: float) -> str:
    """A ratio as a change: 1.093 is +9.3 %, and 0.5 is -50 %."""
    change = (ratio - 1) * 100
    if change > LARGEST_CHANGE:
        return f">+{LARGEST_CHANGE:,} %"
    digits = 0 if abs(change) >= 99.5 else 1
    text = f"{change:+,.{digits}f}"
    return f"{text.replace('-', '−')} %" if float(text.replace(",", "")) else "0 %"


def signed_bounds(found: Interval) -> str:
    """The interval of a change: [+1.2 %, +9.3 %]."""
    return f"[{signed(found.low)}, {signed(found.high)}]"


def count(number: int, noun: str) -> str:
    """1 run, 5 runs, 1,024 rows."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _bound(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}" if value < 1e6 else f"{value:.0e}"


def _decimals(value: float) -> int:
    """How many decimals make three significant digits."""
    rounded = float(f"{value:.3g}")
    return max(0, min(4, 2 - math.floor(math.log10(rounded)))) if rounded > 0 else 2


def _three_digits(value: float) -> str:
    return f"{value:,.{_decimals(value)}f}"
