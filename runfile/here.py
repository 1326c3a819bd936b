"""Whether a saved run is of this machine and this Python, as far as the standard library can tell."""

from __future__ import annotations

import os
import platform
import sysconfig

from runfile.processor import processor_name
from runfile.runs import Machine


def differences(machine: Machine) -> list[str]:
    """What is not the same here as where a run was made, such as "usable cores: 2 there, 8 here"."""
    build = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    pairs = {
        "processor": (machine.cpu, processor_name()),
        "usable cores": (machine.usable_cores, _usable_cores()),
        "system": (f"{machine.os} {machine.architecture}", f"{platform.system()} {platform.machine()}"),
        "Python": (
            f"{machine.implementation} {machine.version}",
            f"{platform.python_implementation()} {platform.python_version()}{build}",
        ),
    }
    return [f"{name}: {there} there, {here} here" for name, (there, here) in pairs.items() if there != here]


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
