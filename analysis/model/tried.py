"""Work as the laws know it, and what it costs with the reader's own clients, out of what a trial has shown of some tasks.

What a bare request takes that was done in turns with them is in the calibration already, for each pattern. What tasks
take beyond it, in CPU time and in waiting, is theirs: computing, as far as both versions have it, and the rest is the
price of a client that is dearer than the suite's own, or cheaper.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from analysis.model.costs import Calibration, Figure, PatternCosts
from analysis.model.work import LARGEST_BYTES, MOST_TASKS, WIDEST_SPREAD, Work
from analysis.stats.units import count, percent, seconds
from runfile.runs import RunError
from runfile.trial import TriedVersion, TriedWork

# A thread that does nothing but wait for others does not compute; and one more core than a task has is not noise.
MOST_CORES = 1.25
# The mean of some tasks has to be that of all, to so much of it (one standard error).
MOST_UNSURE = 0.25
# Of a task that waits for less than this share of its time, nothing is gained by waiting for several at a time.
LEAST_WAITING = 0.02


class Described(Struct, frozen=True):
    """Work, and what it costs on a machine."""

    work: Work
    calibration: Calibration


def described(tried: TriedWork, calibration: Calibration) -> Described:
    """The work that tasks are, with workers that are up. Raises RunError for tasks of which nothing follows for all."""
    versions = [one for one in (tried.blocking, tried.awaitable) if one]
    for one in versions:
        _check(one, tried.tasks)
    computing = max(0.0, min(map(_computing, versions)))
    waiting = [_waiting(one) for one in versions]
    first = versions[0]
    work = Work(
        tasks=min(MOST_TASKS, tried.tasks),
        cores=max(1, calibration.machine.usable_cores),
        latency_seconds=waiting[0],
        spread=min(WIDEST_SPREAD, first.spread) if waiting[0] > first.seconds / 2 else 0.0,
        cpu_seconds=computing,
        gil_free=_gil_free(first),
        size_bytes=min(LARGEST_BYTES, tried.size_bytes),
        requests=tried.connects,
        is_warm=True,
        is_local=tried.is_local,
    )
    patterns = [
        _with_client(one, version, computing) if (version := _version(tried, one)) and tried.connects else one
        for one in calibration.patterns
    ]
    return Described(work, replace(calibration, patterns=tuple(patterns)))


def _version(tried: TriedWork, costs: PatternCosts) -> TriedVersion | None:
    return tried.blocking if costs.blocking else tried.awaitable


def _computing(version: TriedVersion) -> float:
    """CPU time of a task beyond what is bare: below nothing where the reader's client is cheaper."""
    return version.cpu_seconds - (version.bare.cpu_seconds if version.bare else 0.0)


def _waiting(version: TriedVersion) -> float:
    """What a task waits, without what a wait takes beyond the latency."""
    if version.waited_seconds < LEAST_WAITING * version.seconds:
        return 0.0
    beyond = version.bare.waited_seconds - version.bare.latency_seconds if version.bare else 0.0
    return max(0.0, version.waited_seconds - beyond)


def _gil_free(version: TriedVersion) -> float:
    """The share of the CPU time in which the GIL is not held; what is not known is taken to hold it."""
    if not version.cpu_seconds:
        return 0.0
    free = (version.gil_free or 0.0) * version.thread_seconds + version.children_seconds
    return min(1.0, free / version.cpu_seconds)


def _with_client(costs: PatternCosts, version: TriedVersion, computing: float) -> PatternCosts:
    """What a pattern costs with a client that takes another CPU time than the bare one."""
    assert version.bare is not None
    times = (version.cpu_seconds - computing) / version.bare.cpu_seconds
    return replace(costs, request=_scaled(costs.request, times), request_cpu=_scaled(costs.request_cpu, times))


def _scaled(figure: Figure, times: float) -> Figure:
    return Figure(figure.value * times, None if figure.reach is None else figure.reach * times)
