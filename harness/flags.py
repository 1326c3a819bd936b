"""Warnings that a number carries: what was measured, and what to do about it.

The thresholds are round numbers that docs/method.md argues for; the value that crossed one is kept with the flag.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean, stdev

from harness.host.cpu import CpuShare
from runfile.benchmarks import TAKEN_CORES, Flag

# Above half a core, the server has begun to be what is measured.
SERVER_CORES = 0.5
# Above nine tenths of all cores, an I/O benchmark waits for a processor rather than for the network.
SATURATED_SHARE = 0.9
# The standard deviation of the repeats, beside those of the other contenders.
SPREAD = 0.15
# The ideal is a bound that nothing beats; a tenth is what the speed of a machine may have changed since.
IDEAL_SHARE = 1.1
# A program with one thread keeps one core busy, and in less time than this the harness beside it counts.
ONE_CORE = 1.25
TOLD_SECONDS = 0.02
# Warming up makes code a few times faster, not so many times; and what took less than this was no work to save.
CACHED_TIMES = 10.0
CACHED_SECONDS = 0.001


def server_bound(cores: float) -> Flag | None:
    """`cores`: CPU seconds of the server per second of the benchmark."""
    if cores <= SERVER_CORES:
        return None
    return Flag(
        "server-bound",
        cores,
        f"the server used {cores:.2f} cores while it served, so the result is partly its own: "
        "run it on another machine with --io-server",
    )


def shares_the_server(cores: float) -> Flag:
    """For a server that lives in the process of its clients; `cores` is what that process used."""
    return Flag(
        "server-bound",
        cores,
        f"the server shares its process and the GIL with the client, {cores:.2f} cores for both, so the result is the "
        "server's: measure against one in a process of its own",
    )


def cpu_saturated(busy_cores: float, cores: int) -> Flag | None:
    """For a benchmark of I/O: `busy_cores` are those of client and server together."""
    share = busy_cores / cores
    if share <= SATURATED_SHARE:
        return None
    return Flag(
        "cpu-saturated",
        share,
        f"client and server kept {share:.0%} of {cores} cores busy, so tasks waited for a core, not for the network: "
        "use more cores, or put the server elsewhere with --io-server",
    )


def beyond_ideal(share: float) -> Flag | None:
    """`share`: of the ideal time, which no schedule can beat."""
    if share <= IDEAL_SHARE:
        return None
    return Flag(
        "beyond-ideal",
        share,
        f"it took less time than ideal_seconds says is possible, {share:.0%} of the ideal: the machine became faster "
        "after the ideal was measured, or what the tasks cost was measured wrongly: run again on a machine left alone, "
        "or correct ideal_seconds if the workload is yours",
    )


def already_parallel(cpu_seconds: float, seconds: float) -> Flag | None:
    """For the program that does one task after the other: the CPU seconds of all its threads in so many seconds."""
    if seconds < TOLD_SECONDS or (busy_cores := cpu_seconds / seconds) <= ONE_CORE:
        return None
    return Flag(
        "already-parallel",
        busy_cores,
        f"one worker alone kept {busy_cores:.2f} cores busy, so a library works in parallel by itself and speed-ups "
        "are over that: run again with OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 set, or what else "
        "limits the library's threads",
    )


def client_limited(connections: int, in_flight: int) -> Flag | None:
    """For a client of one's own: how many connections it has at most, and how many tasks share it at a time."""
    if in_flight <= connections:
        return None
    return Flag(
        "client-limited",
        in_flight / connections,
        f"{in_flight} tasks at a time share a client that has {connections} connections at most, so that the others "
        "wait for one: open it with as many as there are workers, as with aiohttp.TCPConnector(limit=0), or take fewer "
        "workers",
    )


def cached(times: float, first_seconds: float) -> Flag | None:
    """For the same tasks in the same process: how many times faster they were later, and what each took at first.

    Clients are imported and connected before the first time.
    """
    if times < CACHED_TIMES or first_seconds <= CACHED_SECONDS:
        return None
    return Flag(
        "cached",
        times,
        f"its tasks were done {times:.0f} times faster than the first time in the same process, so that they are "
        "answered from a cache: empty it at the start of `perform`, as with cache_clear(), or go around it",
    )


def noisy(spread: float, share: CpuShare) -> Flag | None:
    """The first of: repeats that lie far apart, load from other programs, time stolen by the hypervisor.

    `spread` is what `spread_beside` says of the repeats.
    """
    if spread > SPREAD:
        sentence = f"its repeats spread by {spread:.0%} beside those of the others: make more of them with --rigorous"
        return Flag("noisy", spread, sentence)
    if share.others is not None and share.others > TAKEN_CORES:
        sentence = f"other programs kept {share.others:.2f} cores busy meanwhile: close them and run again"
        return Flag("noisy", share.others, sentence)
    if share.stolen is not None and share.stolen > TAKEN_CORES:
        sentence = f"the hypervisor gave {share.stolen:.2f} cores to others meanwhile: make more runs"
        return Flag("noisy", share.stolen, sentence)
    return None


def spread_beside(own: Mapping[int, float], others: Sequence[Mapping[int, float]]) -> float:
    """How far the repeats of a contender lie apart, a standard deviation of logarithms.

    `own` has the seconds of each repeat by its number, and so have the others, with which they are compared: what made
    the machine slower for all of them in a repeat is no noise. Only those that took part in all of its repeats count.
    """
    there = [one for one in others if own.keys() <= one.keys()]
    logs = [
        math.log(seconds) - (fmean(math.log(one[number]) for one in there) if there else 0.0)
        for number, seconds in own.items()
    ]
    return stdev(logs) if len(logs) > 1 else 0.0
