"""Saved runs that nobody measured, for the tests of `analysis`."""

import json
import math
import random
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from runfile.runs import Run, parse

TYPICAL = "io-bound: download-typical, 16 workers, warm"
PRIMES = "cpu-bound: math-primes, 2 workers, warm"
REPEATS = 4
ROUNDS = 2


def flag(name: str, value: float) -> dict[str, Any]:
    sentence = {
        "server-bound": "the server used {:.2f} of a core while it served, so that it may be what is measured: "
        "run it on another machine with --io-server URL",
        "noisy": "the rounds spread by {:.0%} of their median: close other programs, or make more runs",
    }[name]
    return {"name": name, "value": value, "sentence": sentence.format(value)}


def observation(cpu_seconds: float = 0.1, mebibytes: float = 12.0, p99: float = 0.026) -> dict[str, Any]:
    return {
        "seconds": 0.2,
        "cpu_user_seconds": cpu_seconds * 0.75,
        "cpu_system_seconds": cpu_seconds * 0.25,
        "idle_bytes": 30 * 2**20,
        "peak_bytes": int(mebibytes * 2**20),
        "threads": 1,
        "processes": 1,
        "voluntary_switches": 120,
        "involuntary_switches": 3,
        "latency_seconds": {"p50": p99 * 0.8, "p95": p99 * 0.95, "p99": p99},
        "timeline": None,
        "whole_cpu_seconds": cpu_seconds * 1.5,
    }


def stats_of(seconds: Sequence[float]) -> dict[str, Any]:
    """The statistics of rounds, as far as anything reads them."""
    ordered = sorted(seconds)
    middle = median(seconds) if seconds else None
    return {"data": list(seconds), "min": ordered[0] if ordered else None, "median": middle, "rounds": len(seconds)}


def slower(one: dict[str, Any], times: float) -> dict[str, Any]:
    """The same benchmark, which took so many times as long."""
    return {**one, "stats": stats_of([value * times for value in one["stats"]["data"]])}


def contest(title: str | None, repeats: int, rounds: int = 1, **facts: Any) -> dict[str, Any]:
    """The contest of a table, in which a benchmark had so many repeats; `facts` replace those it has."""
    return {
        "id": f"contest of {title}",
        "rows": 2,
        "repeats": [
            {"number": number, "at": number * 1.5, "rounds": rounds, "yardstick_seconds": 0.005}
            for number in range(1, repeats + 1)
        ],
        "ended": "decided",
        "seconds": 5.0,
        **facts,
    }


def benchmark(
    contender: str,
    seconds: Sequence[float],
    group: str | None = TYPICAL,
    stats: dict[str, Any] | None = None,
    rounds: int = 1,
    **facts: Any,
) -> dict[str, Any]:
    """One benchmark, with so many rounds in each repeat; `facts` replace those of `extra_info`."""
    name = f"test_it[{contender}-{group}]"
    return {
        "name": name,
        "fullname": f"benchmarks/test_it.py::{name}",
        "group": group,
        "params": {"pattern": contender},
        "options": {"min_rounds": 2},
        "stats": stats_of(seconds) if stats is None else stats,
        "extra_info": {
            "schema": 4,
            "question": "io-bound",
            "pattern": contender,
            "workload": "download-typical",
            "workers": 16,
            "tasks": 100,
            "lifecycle": "warm",
            "contender": contender,
            "baseline": "sequential",
            "ideal_seconds": 0.125,
            "yardstick_seconds": 0.005,
            "busy_cores": 0.7,
            "other_cores": 0.05,
            "stolen_cores": 0.0,
            "flags": [],
            "observation": None,
            "contest": contest(group, max(1, len(seconds) // rounds), rounds),
            **facts,
        },
    }


def machine(fingerprint: str = "1a2b3c4d", **facts: Any) -> dict[str, Any]:
    """A machine; `facts` replace those it has."""
    return {
        "name": None,
        "fingerprint": fingerprint,
        "cpu": "AMD EPYC 7B13",
        "usable_cores": 2,
        "memory_bytes": 24 * 2**30,
        "os": "Linux 6.1",
        "architecture": "x86_64",
        "python": "3.11.7",
        "implementation": "CPython",
        "compiler": "GCC 12.2.0",
        "gil": True,
        "free_threaded": False,
        "jit": False,
        **facts,
    }


def run(benchmarks: Sequence[dict[str, Any]], fingerprint: str = "1a2b3c4d", **session: Any) -> dict[str, Any]:
    """A run, as decoded; `session` replaces parts of `machine_info.three_patterns`."""
    return {
        "machine_info": {
            "node": "fox",
            "three_patterns": {
                "schema": 4,
                "machine": machine(fingerprint),
                "start_method": "fork",
                "packages": {"requests": "2.34.2", "aiohttp": "3.14.5"},
                "run": {"order_seed": 7, "effort": "default"},
                "conditions": [],
                **session,
            },
        },
        "datetime": "2026-11-24T12:00:00+00:00",
        "version": "5.3.1",
        "commit_info": {},
        "benchmarks": list(benchmarks),
    }


def save(path: Path, saved: Any) -> Path:
    """Write a run, or bytes as they are, to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(saved if isinstance(saved, bytes) else json.dumps(saved).encode())
    return path


def store(folder: Path, *runs: Any, first: int = 1, room: str = "fox") -> Path:
    """A storage that holds these runs of a machine, numbered from the first."""
    for number, one in enumerate(runs, first):
        save(folder / f"{room}/{number:04}_run.json", one)
    return folder


def of_day(day: int, run: dict[str, Any]) -> dict[str, Any]:
    """The same run, made on that day of November 2026."""
    return {**run, "datetime": f"2026-11-{day:02}T12:00:00+00:00"}


def parsed(*runs: dict[str, Any]) -> list[Run]:
    """Runs as they are read, called "run 1", "run 2" and so on."""
    return [parse(json.dumps(one).encode(), f"run {number}") for number, one in enumerate(runs, 1)]


def plausible(number: int, **session: Any) -> dict[str, Any]:
    """A run like a real one: asyncio wins the downloads, and two patterns tie on math; differs by its number.

    In each repeat the machine is as fast or slow for all contenders of a table, and each of their processes differs a
    little. Who is behind drops out.
    """
    rng = random.Random(number)

    def speeds() -> list[float]:
        return [rng.gauss(0, 0.02) for _ in range(REPEATS)]

    def rounds(typical_seconds: float, repeats: int, machine: Sequence[float]) -> list[float]:
        means = [math.log(typical_seconds) + now + rng.gauss(0, 0.01) for now in machine[:repeats]]
        return [math.exp(rng.gauss(mean, 0.01)) for mean in means for _ in range(ROUNDS)]

    io = [
        ("sequential", 2.31, 2, observation(0.31, 1.9, 0.0231), []),
        ("threading", 0.197, 3, observation(0.36, 7.4, 0.0312), [flag("noisy", 0.21 + number / 100)]),
        ("asyncio", 0.151, 4, observation(0.11, 6.2, 0.0243), []),
        ("multiprocessing", 0.282, 3, observation(0.52, 231.0, 0.0417), [flag("server-bound", 0.61)]),
    ]
    math_rows = [
        ("sequential", 0.3104, 3, observation(0.31, 0.1, 0.041), []),
        ("threading", 0.3121, 3, observation(0.32, 0.3, 0.081), []),
        ("asyncio", 0.3108, 3, observation(0.31, 0.2, 0.041), []),
        ("multiprocessing", 0.1611, 4, observation(0.33, 24.0, 0.043), [flag("noisy", 0.18)]),
    ]
    computing = {"question": "cpu-bound", "workload": "math-primes", "workers": 2, "tasks": 8, "ideal_seconds": 0.155}
    tables: list[tuple[str, list[tuple[str, float, int, Any, Any]], dict[str, Any]]] = [
        (TYPICAL, io, {}),
        (PRIMES, math_rows, computing),
    ]
    made = []
    for title, rows, facts in tables:
        machine = speeds()
        for name, seconds, repeats, seen, flags in rows:
            times = rounds(seconds, repeats, machine)
            made.append(benchmark(name, times, title, rounds=ROUNDS, observation=seen, flags=flags, **facts))
    return run(made, **session)
