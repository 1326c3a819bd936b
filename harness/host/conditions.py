"""What about the machine, besides what it is, makes its numbers better or worse: told once a run.

Each condition is read where the system tells it; where it does not, there is nothing to say.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from harness.host import cpu
from harness.host.cgroups import CGROUPS, OWN_CGROUP, cpu_quotas, read
from harness.host.machine import usable_cores
from harness.surroundings import variables
from harness.surroundings.intruders import SENTENCES
from runfile.runs import Condition

CPUS = Path("/sys/devices/system/cpu")

# Of one core, over a whole run: above it, other programs or the hypervisor have taken a noticeable part.
TAKEN_CORES = 0.1
# Before the run, the look at the load is a short one, and its threshold the wider for it.
LOOK_SECONDS = 0.3
BUSY_CORES = 0.25


def governor(cpus: Path = CPUS) -> Condition | None:
    """A CPU governor that does not hold the clock at its highest."""
    value = read(cpus / "cpu0/cpufreq/scaling_governor")
    if value in (None, "performance"):
        return None
    return Condition(
        "governor", value, f"the CPU governor is {value}, so the clock moves with the load: set it to performance"
    )


def turbo(cpus: Path = CPUS) -> Condition | None:
    """A processor that may run above its nominal clock for as long as it stays cool."""
    on = read(cpus / "intel_pstate/no_turbo") == "0" or read(cpus / "cpufreq/boost") == "1"
    if not on:
        return None
    return Condition(
        "turbo", "on", "turbo is on, so the clock falls as the processor warms up: switch it off to compare runs"
    )


def battery() -> Condition | None:
    """A computer that runs on its battery."""
    try:
        state = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    except OSError:  # in a container that has no /sys
        return None
    if state is None or state.power_plugged is not False:
        return None
    return Condition("battery", float(state.percent), "it runs on its battery and may save power: plug it in")


def cpu_quota(own: Path = OWN_CGROUP, groups: Path = CGROUPS) -> Condition | None:
    """A container that may use less CPU time than the cores it sees would give."""
    quotas = [quota for quota in cpu_quotas(own, groups) if quota < usable_cores()]
    if not quotas:
        return None
    least = min(quotas)
    return Condition(
        "cpu-quota",
        least,
        f"the container may use {least:g} cores of the {usable_cores()} it sees and is stopped when it has used "
        "them up: give it whole cores",
    )


def niceness() -> Condition | None:
    """A priority below that of other programs."""
    value = os.getpriority(os.PRIO_PROCESS, 0) if hasattr(os, "getpriority") else 0
    if value <= 0:
        return None
    return Condition("nice", value, f"it runs with nice {value}, so that other programs go first: start it without")


def load() -> Condition | None:
    """Other programs that keep cores busy before the run has begun."""
    before = cpu.read()
    time.sleep(LOOK_SECONDS)
    others = cpu.between(before, cpu.read()).others
    if others is None or others < BUSY_CORES:
        return None
    return Condition(
        "load", round(others, 2), f"other programs kept {others:.2f} cores busy before the run began: close them"
    )


READINGS: tuple[Callable[[], Condition | None], ...] = (governor, turbo, battery, cpu_quota, niceness, load)


def now() -> list[Condition]:
    """What can be told before anything is measured."""
    return [condition for reading in READINGS if (condition := reading())]


def over(share: cpu.CpuShare) -> list[Condition]:
    """What can be told of a whole run once it has ended."""
    found = []
    if share.others is not None and share.others > TAKEN_CORES:
        sentence = f"other programs kept {share.others:.2f} cores busy during the run: close them and run again"
        found.append(Condition("other-programs", round(share.others, 3), sentence))
    if share.stolen is not None and share.stolen > TAKEN_CORES:
        sentence = (
            f"the hypervisor gave {share.stolen:.2f} cores to others during the run: "
            "use a machine of your own, or make more runs"
        )
        found.append(Condition("stolen", round(share.stolen, 3), sentence))
    return found


def gil_came_back(gil_before: bool) -> Condition | None:
    """A GIL that was off when the run began, in a free-threaded build, and is on now that it has ended."""
    if gil_before or not cpu.has_gil():
        return None
    return Condition(
        "gil",
        "on",
        "a library switched the GIL on amid the run, so threads ran in parallel in a part of it at most: Python's "
        "RuntimeWarning names the library; replace it, or set PYTHON_GIL=0",
    )


def settings() -> list[Condition]:
    """What of the environment chooses how Python or a library works in the processes that measure."""
    remedy = "changes how Python or a library works: compare with runs that have the same, or unset it"
    return [
        Condition(name, value, f"{name}={value} {remedy}", is_setting=True)
        for name, value in variables.settings().items()
    ]


def intruder(name: str, what: str) -> Condition:
    """Something that `harness.surroundings.intruders` has found in the processes that measure."""
    return Condition(name, what, SENTENCES[name].format(what), is_setting=True)
