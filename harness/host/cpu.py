"""Whose CPU time it was: this program's, other programs', or stolen by the hypervisor."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class CpuTime:
    """CPU seconds spent so far, and when that was read."""

    at: float
    own: float  # this process, those it started, and those that they started
    machine: float  # every program, on the cores that this process may use
    stolen: float  # cores that were ready and not given, on those cores


def has_gil() -> bool:
    """Whether only one thread runs Python at a time, here and now.

    A library that is not made for a free-threaded build switches the GIL on when it is imported.
    """
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


# Where Linux tells how long this thread has computed, and for how long it had no core to compute on, in nanoseconds.
SCHEDSTAT = Path("/proc/thread-self/schedstat")


def queued_seconds() -> float:
    """For how long this thread could have computed so far, and had no core; 0 where the system does not tell."""
    try:
        return int(SCHEDSTAT.read_bytes().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0


# What the machine spends is counted in ticks of 10 ms, which say little of a shorter time than this.
SHORTEST_SECONDS = 0.25


@dataclass(frozen=True)
class CpuShare:
    """How many cores were busy on average, and for whom; None where the time was too short to tell."""

    own: float
    others: float | None
    stolen: float | None


def read(also: Sequence[int] = ()) -> CpuTime:
    """What has been spent by now; processes of the numbers in `also` count as own.

    It looks at every process there is, and costs a few milliseconds.
    """
    cores = psutil.cpu_times(percpu=True)
    usable = [cores[number] for number in _usable() if number < len(cores)] or cores
    busy = sum(core.user + core.system + getattr(core, "irq", 0) + getattr(core, "softirq", 0) for core in usable)
    return CpuTime(
        at=time.perf_counter(),
        own=sum(sum(user_and_system(process)) for pid in (os.getpid(), *also) for process in family(pid)),
        machine=busy + sum(getattr(core, "nice", 0) for core in usable),
        stolen=sum(getattr(core, "steal", 0) for core in usable),
    )


def between(before: CpuTime, after: CpuTime) -> CpuShare:
    """The share of each in the time between two readings."""
    seconds = after.at - before.at
    own = (after.own - before.own) / seconds
    if seconds < SHORTEST_SECONDS:
        return CpuShare(own=own, others=None, stolen=None)
    machine = (after.machine - before.machine) / seconds
    return CpuShare(own=own, others=max(0.0, machine - own), stolen=(after.stolen - before.stolen) / seconds)


def family(pid: int) -> list[psutil.Process]:
    """A process and all its descendants."""
    try:
        parent = psutil.Process(pid)
        if not Path(f"/proc/{pid}/task/{pid}/children").exists():
            return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
    return [parent, *(one for child in _children(pid) for one in family(child))]


def _children(pid: int) -> list[int]:
    """What the threads of a process have started, by Linux's own lists (proc(5)).

    psutil reads of every process there is who its parent is, which takes a few milliseconds.
    """
    tasks, found = Path(f"/proc/{pid}/task"), list[int]()
    with suppress(OSError):  # the process has just ended
        for thread in tasks.iterdir():
            with suppress(OSError):  # or the thread has
                found += map(int, (thread / "children").read_text(encoding="ascii").split())
    return found


def user_and_system(process: psutil.Process) -> tuple[float, float]:
    """CPU seconds of a process and of the children that it has waited for; zero once it has gone.

    psutil reads clock ticks of 10 ms. Linux has a clock of nanoseconds for each process too, for user and system
    together (clock_getcpuclockid(3)): the ticks then only say how it is divided.
    """
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0, 0.0
    user, system = times.user, times.system
    if sys.platform == "linux":
        try:
            exact = time.clock_gettime((~process.pid << 3) | 2)  # CPUCLOCK_SCHED of the process
        except OSError:
            exact = user + system
        share = user / (user + system) if user + system else 1.0
        user, system = exact * share, exact * (1 - share)
    return user + getattr(times, "children_user", 0.0), system + getattr(times, "children_system", 0.0)


def _usable() -> list[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))
