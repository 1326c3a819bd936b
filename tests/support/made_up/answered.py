"""Made-up tables of which the answer is known, and what they answer."""

import math
import random
from collections.abc import Sequence
from typing import Any

from analysis.findings.answer import Answer, Choice, answer
from analysis.findings.summary import summarise
from analysis.views import answer as view
from tests.support.made_up import saved
from tests.support.shown import as_text

PATTERNS = ("sequential", "threading", "asyncio", "multiprocessing")
DOWNLOADS = (2.0, 0.151, 0.15, 0.18)
MATH = (0.31, 0.312, 0.311, 0.161)
MIXED = (1.2, 0.2, 0.168, 0.15)
MEBIBYTES = (9.0, 17.0, 10.0, 499.0)

Benchmarks = list[dict[str, Any]]


def table(
    question: str,
    workload: str,
    seconds: Sequence[float],
    title: str = "",
    noise: float = 0.002,
    repeats: int = 5,
    workers: int = 16,
    **facts: Any,
) -> Benchmarks:
    """A benchmark for each of the four patterns, or for as many as there are times.

    The machine has two speeds, and each process differs by the noise.
    """
    group = title or f"{question}: {workload}, {workers} workers, warm"
    rng = random.Random(f"{group} {noise}")
    speeds = [rng.choice([1.0, 2.5]) for _ in range(repeats)]
    return [
        saved.benchmark(
            name,
            [value * speed * math.exp(rng.gauss(0, noise)) for speed in speeds],
            group,
            question=question,
            workload=workload,
            workers=workers,
            observation=saved.observation(mebibytes=size),
            **facts,
        )
        for name, value, size in zip(PATTERNS, seconds, MEBIBYTES, strict=False)
    ]


def made(*runs: Benchmarks) -> list[dict[str, Any]]:
    """Runs of these benchmarks, each a little slower than the one before."""
    return [saved.run([saved.slower(one, 1 + number / 1000) for one in run]) for number, run in enumerate(runs)]


def answered(benchmarks: Benchmarks, runs: int = 1) -> Answer:
    """What so many runs of these benchmarks answer."""
    read = saved.parsed(*made(*[benchmarks] * runs))
    return answer(summarise(read), read)


def only(benchmarks: Benchmarks, runs: int = 1) -> Choice:
    (choice,) = answered(benchmarks, runs).choices
    return choice


def said(found: Answer) -> str:
    return as_text(view.brief(found))


EVERYTHING = [
    *table("io-bound", "download-typical", DOWNLOADS),
    *table("cpu-bound", "math-primes", MATH, workers=2),
    *table("mixed", "mixed", MIXED),
    *table("cpu-bound", "math-hashing", (0.057, 0.029, 0.057, 0.0295), workers=2),
]
