"""How soon does a trend find a step, and how often does it see one that is not there?

    python -m tools.trend_power [--quick]

Made series, always the same ones, through `analysis.stats.changepoints.find_steps`. *Found*: of series with a step of
so many percent before their last ten runs, how many are given a step within five runs of it. *False alarms*: of series
without a step, how many are given one: independent noise that is normal, of heavy tails (Student's t with four degrees
of freedom), and normal with 5 % of the runs 20 % slower. The noise is that of ten identical runs of a plain suite: one
standard deviation is between 1.2 and 4.9 % (the last column: evenly spread over that).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from analysis.stats.changepoints import Step, find_steps

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Noise = Callable[[np.random.Generator, int], Floats]

QUICK = (200, 400)  # series, and flat ones
SEED = 20261124
RUNS_AFTER = 10
NEAR = 5
NOISES = (0.012, 0.02, 0.025, 0.03, 0.04, 0.049)
STEPS = (0.03, 0.05, 0.1, 0.2)
RUNS_BEFORE = (10, 30, 90)
LENGTHS = (10, 20, 30, 50, 100, 200, 500)
# Of heavy tails and outliers, whose figures are those of normal noise.
TYPICAL_NOISE = 0.02


def normal(rng: np.random.Generator, length: int) -> Floats:
    return rng.normal(0, TYPICAL_NOISE, length)


def heavy(rng: np.random.Generator, length: int) -> Floats:
    """Student's t with four degrees of freedom, of the same standard deviation."""
    return rng.standard_t(4, length) * (TYPICAL_NOISE / math.sqrt(2))


def with_outliers(rng: np.random.Generator, length: int) -> Floats:
    """5 % of the runs are 20 % slower."""
    return normal(rng, length) + (rng.random(length) < 0.05) * math.log(1.2)


KINDS: dict[str, Noise] = {"normal": normal, "heavy tails": heavy, "outliers": with_outliers}


def generator(*key: int) -> np.random.Generator:
    """Random numbers that depend on the key alone."""
    from numpy.random import default_rng

    return default_rng((SEED, *key))


def false_alarms(noise: Noise, length: int, series: int) -> float:
    """The share of flat series that are given a step."""
    rng = generator(1, length)
    return sum(bool(find_steps(noise(rng, length).tolist())) for _ in range(series)) / series


def found(deviation: float | None, step: float, before: int, series: int) -> tuple[float, float]:
    """The share of series whose step is found, and that of those whose interval holds its size.

    Without a deviation, that of each series is one of those that were measured.
    """
    rng = generator(2, before)
    hits, held = 0, 0
    for _ in range(series):
        spread = deviation or rng.uniform(NOISES[0], NOISES[-1])
        logs = rng.normal(0, spread, before + RUNS_AFTER)
        logs[before:] += math.log1p(step)
        if near := closest(find_steps(logs.tolist()), before):
            hits += 1
            held += near.low <= math.log1p(step) <= near.high
    return hits / series, held / hits if hits else 0.0


def closest(steps: Iterable[Step], place: int) -> Step | None:
    """The step that is at a place, or nearest to it within five runs."""
    return min(
        (step for step in steps if abs(step.at - place) <= NEAR), key=lambda step: abs(step.at - place), default=None
    )


def main(arguments: Sequence[str]) -> None:
    """Print the tables."""
    quick = "--quick" in arguments
    series, flat = QUICK if quick else (2_000, 20_000)
    print(f"found, {RUNS_AFTER} runs after the step ({series:,} series each)")
    print(f"{'noise':>26}" + "".join(f"{one:>8.1%}" for one in NOISES) + f"{'spread':>8}")
    for before in RUNS_BEFORE:
        for step in STEPS:
            shares = [found(deviation, step, before, series)[0] for deviation in (*NOISES, None)]
            print(f"{f'{step:.0%} after {before} runs':>26}" + "".join(f"{share:>8.1%}" for share in shares))
    _, held = found(TYPICAL_NOISE, 0.05, 90, series)
    print(f"the interval of a 5% step that is found holds its size in {held:.1%}")
    print(f"\nfalse alarms ({flat:,} series each)")
    print(f"{'runs':>26}" + "".join(f"{length:>8}" for length in LENGTHS))
    for name, noise in KINDS.items():
        shares = [false_alarms(noise, length, flat) for length in LENGTHS]
        print(f"{name:>26}" + "".join(f"{share:>8.2%}" for share in shares), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
