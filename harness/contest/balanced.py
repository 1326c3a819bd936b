"""The order in which contenders take turns: each stands in each place, and after each other one, equally often.

E. J. Williams, "Experimental designs balanced for the estimation of residual effects of treatments", Australian Journal
of Scientific Research A 2 (1949), 149–168: for an even number n a square of n rows, for an odd one n rows and their
mirror images.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import cycle


def balanced_orders(names: Sequence[str], seed: int) -> Iterator[list[str]]:
    """One order after another, for ever; they follow from the seed and the names alone."""
    # Only `random()` of a seeded generator is promised to stay the same from one Python to the next.
    draw = random.Random(seed).random
    drawn = [name for _, name in sorted((draw(), name) for name in sorted(names))]
    rows = williams(len(drawn))
    drawn_rows = [row for _, row in sorted((draw(), row) for row in rows)]
    return ([drawn[place] for place in row] for row in cycle(drawn_rows))


def williams(count: int) -> list[list[int]]:
    """The rows of the design for so many treatments, numbered from 0."""
    first = [0]
    for step in range(1, count):
        first.append((step + 1) // 2 if step % 2 else count - step // 2)
    rows = [[(place + shift) % count for place in first] for shift in range(count)]
    return rows if count % 2 == 0 else [*rows, *([*reversed(row)] for row in rows)]
