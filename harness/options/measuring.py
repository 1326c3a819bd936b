"""What the suite adds to pytest's command line."""

from __future__ import annotations

import argparse
import math
import multiprocessing
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from harness.contest.plan import Plan
from harness.host.machine import machine_name
from harness.options.effort import Effort, planned
from harness.options.order import seed_number

# What the system's timers take anywhere.
LONGEST_SECONDS = 86_400.0


def add_options(parser: pytest.Parser) -> None:
    """Declare the options, under a heading of their own."""
    group = parser.getgroup("three patterns")
    group.addoption(
        "--fast",
        action="store_true",
        help="Fewer repeats of the same work, without observation, scaling and what else is not for a first look.",
    )
    group.addoption(
        "--rigorous",
        action="store_true",
        help="More repeats of the same work, and the benchmarks that take long.",
    )
    group.addoption(
        "--order-seed",
        metavar="N",
        type=seed_number,
        help="Run the benchmarks in the order of an earlier run. Default: another order each time.",
    )
    group.addoption(
        "--machine",
        metavar="NAME",
        type=machine_name,
        help="What to call this machine in the folder of its runs and in reports. Default: by what it is.",
    )
    group.addoption(
        "--io-server",
        metavar="URL",
        help="Download from the server at URL, started there with `python -m workloads.server`, "
        "rather than from a local process. Default: a local process.",
    )
    group.addoption(
        "--start-method",
        choices=multiprocessing.get_all_start_methods(),
        help="How multiprocessing starts processes. Default: as this Python does.",
    )
    group.addoption(
        "--time-limit",
        metavar="SECONDS",
        type=seconds,
        default=120.0,
        help="The longest that starting workers, a run of a workload's tasks, or stopping may take. Default: 120.",
    )
    # Read by `python -m analysis`, from the file itself; declared, so that pytest does not warn of it.
    parser.addini(
        "regression_threshold",
        "From how many percent on a change of a benchmark matters; `pattern percent` for those that match.",
        type="linelist",
    )


def plan_of(config: pytest.Config, benchmark: Mapping[str, Any], race: Mapping[str, Any] | None) -> Plan:
    """How long a table goes on, by what its marks say; pytest-benchmark's go before its options, as they always do."""
    fewest = benchmark.get("min_rounds", config.getoption("benchmark_min_rounds"))
    seconds = float(benchmark.get("max_time", config.getoption("benchmark_max_time")))
    times, close_rounds = (0, 1) if race is None else (race.get("times", 1), race.get("close_rounds", 1))
    return replace(planned(fewest, seconds * times, effort(config)), close_rounds=close_rounds)


def seconds(text: str) -> float:
    """A duration from the command line. Raises argparse.ArgumentTypeError when it is none."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if 0 < value <= LONGEST_SECONDS:
        return value
    raise argparse.ArgumentTypeError(f"{text!r} is not a duration: give seconds, such as 60, and a day at most")


def effort(config: pytest.Config) -> Effort:
    """How much to measure. Raises UsageError when both less and more were asked for."""
    fast, rigorous = config.getoption("fast"), config.getoption("rigorous")
    if fast and rigorous:
        raise pytest.UsageError("--fast and --rigorous were both given: choose one")
    return Effort.FAST if fast else Effort.RIGOROUS if rigorous else Effort.DEFAULT
