"""Quantities as a reader writes them on a command line: durations, sizes, shares and numbers, each with its unit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from analysis.model.work import LARGEST_BYTES, LONGEST_SECONDS, MOST_CORES, MOST_TASKS
from analysis.stats.units import BYTES, SECONDS, percent, seconds, size
from runfile.runs import RunError

# A comma parts thousands and nothing else: 1,5 is one and a half to some readers and refused.
QUANTITY = re.compile(r"((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?)\s*(\D*)")
LONGEST_SHOWN = 40

# "m" is no unit of time here: it is minutes to some and milliseconds to others.
TIMES = {"ns": 1e-9, "us": 1e-6, "μs": 1e-6, **dict(SECONDS), "min": 60.0}
SIZES = {**dict(BYTES), "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9}


@dataclass(frozen=True)
class Kind:
    """A kind of quantity: what it is called, its units, an example, its bounds, and how these are shown."""

    name: str
    units: Mapping[str, float]
    example: str
    least: float
    most: float
    show: Callable[[float], str]


def _number(value: float) -> str:
    return f"{value:,.0f}"


DURATION = Kind("a duration", TIMES, "300ms", 0, LONGEST_SECONDS, seconds)
SIZE = Kind("a size", SIZES, "20KiB", 0, LARGEST_BYTES, size)
MEMORY = Kind("a size", SIZES, "512MiB", 1, 2**50, size)
SHARE = Kind("a share", {"": 1.0, "%": 0.01}, "0.2 or 20%", 0, 1, percent)
TASKS = Kind("a number of tasks", {"": 1}, "2000", 1, MOST_TASKS, _number)
CORES = Kind("a number of cores", {"": 1}, "8", 1, MOST_CORES, _number)


def quantity(option: str, text: str | None, kind: Kind) -> float:
    """The quantity that was given with an option, in seconds, in bytes or without a unit; nothing if none was.

    Raises RunError when it is none of its kind, naming the option, what was given, and how to write it.
    """
    if text is None:
        return 0.0
    given, remedy = f"{option} {text[:LONGEST_SHOWN]!r}", f"write it like {kind.example}"
    match = QUANTITY.fullmatch(text.strip())
    if match is None:
        raise RunError(f"{given} is not {kind.name}: {remedy}")
    value, unit = float(match[1].replace(",", "")), match[2]
    if unit not in kind.units and (unit or value):
        units = [one for one in kind.units if one and one.isascii()]
        known = f", in {', '.join(units[:-1])} or {units[-1]}" if len(units) > 1 else ""
        raise RunError(f"{given} has {'a unit that is not known' if unit else 'no unit'}: {remedy}{known}")
    value *= kind.units.get(unit, 0)
    if value > kind.most:
        raise RunError(f"{given} is more than {kind.show(kind.most)}, the most that is predicted: give less")
    if value < kind.least:
        raise RunError(f"{given} is less than {kind.show(kind.least)}: {remedy}")
    return value


def whole(option: str, text: str | None, kind: Kind) -> int:
    """The same for what is counted. A size is rounded to whole bytes; any other has to be whole."""
    value = quantity(option, text, kind)
    if kind.units is not SIZES and not value.is_integer():
        raise RunError(f"{option} {text!r} is not whole: write it like {kind.example}")
    return round(value)
