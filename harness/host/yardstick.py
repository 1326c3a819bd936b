"""A fixed piece of work, timed before every repeat: how fast the machine was at that moment.

How far its times lie apart within a run says how much the machine's speed wanders, and its median how two machines
compare. It is CPU work in plain Python on one core, the same in every run.
"""

from __future__ import annotations

import time

from harness.surroundings.intruders import untraced

STEPS = 60_000


def yardstick_seconds() -> float:
    """What it takes, which is a few milliseconds."""
    with untraced():
        started = time.perf_counter()
        value = 0
        for step in range(STEPS):
            value = (value * 31 + step) % 1_000_003
        return time.perf_counter() - started
