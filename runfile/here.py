"""This machine: what its processor is called, and whether a saved run is of it and this Python.

Linux tells a name of x86 processors in /proc/cpuinfo. Of others it tells there who made a core, which one it is, and in
which revision; and the name of the board, where there is one, is in the device tree. Two different ones never share a
name.
"""

from __future__ import annotations

import os
import platform
import re
import sysconfig
from pathlib import Path

from runfile.runs import Machine

CPUINFO = Path("/proc/cpuinfo")
BOARD = Path("/proc/device-tree/model")
NAMES = ("model name", "Model", "cpu model")
# A 32-bit kernel calls all cores of an architecture by the same name, and counts their revisions alone.
NO_NAME = re.compile(r"(ARM|AArch)v?[0-9]+.*\brev\b.*", re.IGNORECASE)
# By which cores are told apart, as the system has them.
NUMBERS = (
    "CPU implementer",
    "CPU part",
    "CPU variant",
    "CPU revision",
    "uarch",
    "mvendorid",
    "marchid",
    "mimpid",
    "cpu",
)


def differences(machine: Machine) -> list[str]:
    """What is not the same here as where a run was made, such as "usable cores: 2 there, 8 here"."""
    build = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    pairs = {
        "processor": (machine.cpu, processor_name()),
        "usable cores": (machine.usable_cores, cores),
        "system": (f"{machine.os} {machine.architecture}", f"{platform.system()} {platform.machine()}"),
        "Python": (
            f"{machine.implementation} {machine.version}",
            f"{platform.python_implementation()} {platform.python_version()}{build}",
        ),
    }
    return [f"{name}: {there} there, {here} here" for name, (there, here) in pairs.items() if there != here]


def processor_name(cpuinfo: Path = CPUINFO, board: Path = BOARD) -> str:
    """The processor's name as the system tells it, or what it has in place of one."""
    lines = [line.partition(":") for line in _text(cpuinfo).splitlines()]
    told = [(key.strip(), value.strip()) for key, _, value in lines]
    for key, value in told:
        if key in NAMES and value and not NO_NAME.fullmatch(value):
            return value
    numbers = ", ".join(dict.fromkeys(f"{key} {value}" for key, value in told if key in NUMBERS and value))
    # The device tree ends its strings with a zero.
    found = [_text(board).strip("\0 \n"), numbers]
    return "; ".join(filter(None, found)) or platform.processor() or platform.machine()


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
