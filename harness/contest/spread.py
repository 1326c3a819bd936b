"""By how much repeats differ, whoever makes them: what all contenders of a contest say of that together.

What is common to a contender, and to a repeat, is taken out of the logarithms of their seconds; what is left differs
from process to process.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from runfile.benchmarks import Spread


def squares_about_mean(values: Sequence[float]) -> float:
    """The sum of the squared distances from the mean, in floats: `statistics` takes ten times as long for fractions."""
    mean = fmean(values)
    return sum((value - mean) ** 2 for value in values)


def spread_of(logs: Sequence[Sequence[float]]) -> Spread | None:
    """The spread of contenders that have a logarithm for each of the same repeats; None if there are no two of both."""
    if len(logs) < 2 or len(logs[0]) < 2:
        return None
    freedom = (len(logs) - 1) * (len(logs[0]) - 1)
    columns = [fmean(repeat) for repeat in zip(*logs, strict=True)]
    centred = [[log - column for log, column in zip(row, columns, strict=True)] for row in logs]
    squares = sum(squares_about_mean(row) for row in centred)
    return Spread(squares / freedom, freedom)
