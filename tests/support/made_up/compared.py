"""What `ab` would have saved of two sides that nobody measured."""

import math
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support.made_up import saved

PACKAGES = {"requests": "2.34.2", "aiohttp": "3.14.5"}


def side(label: str, **facts: Any) -> dict[str, Any]:
    return {"label": label, "python": "CPython 3.11.7", "start_method": "fork", "packages": PACKAGES, **facts}


def pairs(name: str, slower: float, spread: float = 0.01, number: int = 8, rounds: int = 2) -> dict[str, Any]:
    """A benchmark in two subjects, so many pairs, with so many rounds in each process."""
    rng = random.Random(name)
    base = [math.exp(rng.gauss(0, spread)) for _ in range(number * rounds)]
    candidate = [slower * math.exp(rng.gauss(0, spread)) for _ in range(number * rounds)]
    repeats = saved.contest(None, number, rounds=rounds)["repeats"]
    versus = {"repeats": repeats, "seconds": base, "threshold": 0.05, "level": 0.998}
    return saved.benchmark(name, candidate, rounds=rounds, versus=versus)


def run(benchmarks: Sequence[dict[str, Any]], base: Any = None, candidate: Any = None, **more: Any) -> dict[str, Any]:
    sides = {"base": base or side("old-env"), "candidate": candidate or side("new-env")}
    return saved.run(benchmarks, versus=sides, **more)


def save(folder: Path, found: Any, number: int = 1, key: str = "0123") -> Path:
    return saved.save(folder / f"ab/{key}/fox/{number:04}_run.json", found)
