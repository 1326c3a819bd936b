"""The order in which benchmarks run: shuffled, so that a machine that gets slower is nobody's disadvantage.

What is compared runs side by side: the benchmarks of one question on one workload form a block, and blocks and the
benchmarks in each are shuffled (a randomised block design). Drift over the whole run then falls on a block as a whole.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Hashable, Sequence
from operator import itemgetter
from typing import TypeVar

Item = TypeVar("Item")

MAX_SEED = 2**32 - 1


def any_seed() -> int:
    """A seed that nobody chose."""
    return random.SystemRandom().randint(0, MAX_SEED)


def shuffled(items: Sequence[Item], blocks: Sequence[Hashable], seed: int) -> list[Item]:
    """The items in an order that follows from the seed alone; `blocks` names the block of each."""
    # Only `random()` of a seeded generator is promised to stay the same from one Python to the next.
    draw = random.Random(seed).random
    block_keys = {block: draw() for block in dict.fromkeys(blocks)}
    keyed = [((block_keys[block], draw()), item) for block, item in zip(blocks, items, strict=True)]
    return [item for _, item in sorted(keyed, key=itemgetter(0))]


def seed_number(text: str) -> int:
    """A seed from the command line. Raises argparse.ArgumentTypeError when it is none."""
    if text.isascii() and text.isdigit() and int(text) <= MAX_SEED:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no seed: give a whole number from 0 to {MAX_SEED}")
