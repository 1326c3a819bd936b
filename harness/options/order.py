"""The order in which tables are measured: shuffled, so that none is always the first or the last of a run.

The benchmarks of one question on one workload form a block; blocks are shuffled, and the benchmarks in each. The turns
of those that are in one table follow from `harness.contest.balanced`.
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
    raise argparse.ArgumentTypeError(f"{text!r} is not a seed: give a whole number from 0 to {MAX_SEED}")
