"""Saved runs that nobody measured, with every benchmark that a claim of the talk rests on."""

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

from analysis.findings.claims import ClaimResult, Claims, judge_claims
from analysis.findings.claims.measured import DOWNLOADS, MATH, PATTERNS
from tests.support.made_up import saved

# Seconds of sequential, threading, asyncio and multiprocessing.
SECONDS: dict[tuple[str, str], Sequence[float]] = {
    ("talk", "download-talk"): (1.040, 0.210, 0.056, 0.585),
    ("io-bound", "download-talk"): (1.030, 0.106, 0.104, 0.108),
    ("io-bound", "download-overhead"): (0.250, 0.251, 0.029, 0.140),
    ("io-bound", "download-typical"): (2.150, 0.151, 0.150, 0.171),
    ("io-bound", "download-jittered"): (2.630, 0.194, 0.190, 0.218),
    ("io-bound", "download-large"): (0.215, 0.086, 0.044, 0.081),
    ("mixed", "mixed"): (1.200, 0.199, 0.168, 0.150),
    ("cpu-bound", "math-primes"): (0.133, 0.134, 0.133, 0.070),
    ("cpu-bound", "math-mandelbrot"): (0.165, 0.166, 0.165, 0.084),
    ("cpu-bound", "math-fibonacci"): (0.240, 0.241, 0.240, 0.127),
    ("cpu-bound", "math-hashing"): (0.055, 0.028, 0.055, 0.030),
    ("startup", "nap-x1"): (0.0101, 0.0102, 0.0104, 0.0157),
    ("startup", "nap-x16"): (0.1610, 0.0119, 0.0105, 0.0540),
    ("connection-reuse", "connections-new-tls"): (0.062, 0.073, 0.021, 0.043),
    ("connection-reuse", "connections-kept-tls"): (0.042, 0.046, 0.006, 0.028),
    ("connection-reuse", "connections-new"): (0.050, 0.055, 0.012, 0.032),
    ("connection-reuse", "connections-kept"): (0.042, 0.046, 0.006, 0.028),
}
# Of each pattern, how 16,000 words are counted in what is shared.
COUNTING = {
    "threading": {"threads-lock": 0.0059, "threads-queue": 0.0306, "threads-merged": 0.0026},
    "asyncio": {"in-place": 0.0029, "coroutines-lock": 0.0099, "coroutines-queue": 0.0114},
    "multiprocessing": {"processes-lock": 0.0120, "processes-queue": 0.0896, "processes-merged": 0.0032},
}
SHARING = {"download-typical": 0.151, "session-shared": 0.154, "session-shared-enough": 0.150}
# KiB above the idle interpreter, of the same four.
KIB = {"startup": (8, 108, 20, 3_900), "cpu-bound": (12, 76, 32, 5_380), "": (9_960, 11_570, 14_540, 114_000)}
STARTED_KIB = (12, 400, 52, 34_700)
CPU_SECONDS = {"download": (0.056, 0.055, 0.011, 0.093)}


def observation(question: str, workload: str, number: int, seconds: float, jitter: float) -> dict[str, Any]:
    """What one pattern, the number of which is given, costs on a workload."""
    several = number == 3 or (number == 1 and workload == "math-hashing")
    cpu = seconds * (1.9 if several else 1.0) if question == "cpu-bound" else CPU_SECONDS["download"][number]
    kib = STARTED_KIB if workload == "nap-x16" else KIB.get(question, KIB[""])
    return saved.observation(cpu * jitter, kib[number] / 1024 * jitter**0.1) | {"seconds": seconds}


def benchmarks(number: int, seconds: Mapping[str, float]) -> list[dict[str, Any]]:
    """The benchmarks of a run; a number makes its noise, and times may be given by "pattern-workload"."""
    rng = random.Random(number)

    def one(question: str, workload: str, pattern: str, median: float, workers: int) -> dict[str, Any]:
        median = seconds.get(f"{pattern}-{workload}", median) * math.exp(rng.gauss(0, 0.004))
        seen = observation(question, workload, PATTERNS.index(pattern), median, math.exp(rng.gauss(0, 0.03)))
        table = f"{question}: {workload}" + (f", {pattern}" if question.endswith(("reuse", "sharing")) else "")
        contender = workload if question.endswith(("reuse", "sharing")) else pattern
        return saved.benchmark(
            contender,
            [median * math.exp(rng.gauss(0, 0.004)) for _ in range(5)],
            table,
            question=question,
            pattern=pattern,
            workload=workload,
            workers=workers,
            baseline="sequential",
            ideal_seconds=None,
            yardstick_seconds=0.005 * math.exp(rng.gauss(0, 0.01)),
            observation=seen,
        ) | {"name": f"test_{question.replace('-', '_')}[{pattern}-{workload}]"}

    found = [
        one(question, workload, pattern, median, 2 if question in ("talk", "cpu-bound") else 16)
        for (question, workload), medians in SECONDS.items()
        for pattern, median in zip(PATTERNS, medians, strict=True)
    ]
    found += [one("session-sharing", workload, "threading", median, 16) for workload, median in SHARING.items()]
    return found + [
        one("shared-state", f"counting-{way}", pattern, median, 2)
        for pattern, ways in COUNTING.items()
        for way, median in ways.items()
    ]


def run(number: int, seconds: Mapping[str, float] | None = None, **machine: Any) -> dict[str, Any]:
    """A run, as decoded; its times may be given by "pattern-workload", and `machine` replaces facts of it."""
    return saved.run(benchmarks(number, seconds or {}), machine=saved.machine(**machine))


def judged(runs: Sequence[dict[str, Any]]) -> Claims:
    return judge_claims(saved.parsed(*runs))


def claim(found: Claims, name: str) -> ClaimResult:
    (one,) = (claim for claim in found.claims if claim.name == name)
    return one


assert {workload for _, workload in SECONDS} >= {*DOWNLOADS, *MATH}
