"""What a saved run tells of the machine and of the software that made it, and the folder that follows from it."""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import re
import sys
import sysconfig
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import psutil
from msgspec.structs import asdict, replace

from harness.host.cpu import has_gil
from runfile.here import processor_name
from runfile.runs import Machine
from workloads.contract import usable_cores as usable_cores

# What is measured, and what it is measured with.
PACKAGES = ("aiohttp", "requests", "urllib3", "httpx", "httpcore", "granian", "uvloop", "pytest-benchmark")

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
GIB = 1024**3


def with_fingerprint(machine: Machine) -> Machine:
    """The machine with eight hexadecimal digits that stand for all that it is, whatever it is called.

    Memory counts in whole GiB: what the system keeps for itself differs from boot to boot.
    """
    facts = asdict(machine) | {"name": None, "memory_bytes": round(machine.memory_bytes / GIB)}
    del facts["fingerprint"]
    return replace(machine, fingerprint=hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:8])


def machine_name(text: str) -> str:
    """A name from the command line. Raises argparse.ArgumentTypeError when it is none."""
    if not NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a name for a machine: "
            "use up to 40 letters, digits, dots, dashes and underscores, the first a letter or digit"
        )
    return text


def _has_jit() -> bool:
    """Whether this Python compiles to machine code as it runs: PyPy, or CPython 3.13 and later with its JIT on."""
    jit = getattr(sys, "_jit", None)
    return sys.implementation.name == "pypy" or bool(jit and jit.is_enabled())


@cache
def this_machine(name: str | None = None) -> Machine:
    """This machine and this Python."""
    machine = Machine(
        cpu=processor_name(),
        usable_cores=usable_cores(),
        memory_bytes=psutil.virtual_memory().total,
        os=platform.system(),
        architecture=platform.machine(),
        implementation=platform.python_implementation(),
        python=platform.python_version(),
        compiler=platform.python_compiler(),
        gil=has_gil(),
        free_threaded=bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        jit=_has_jit(),
        name=name,
        fingerprint="",
    )
    return with_fingerprint(machine)


def package_versions() -> dict[str, str]:
    """The versions of PACKAGES, without those that are not installed."""
    versions = {}
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            versions[package] = version(package)
    return versions


def as_it_is_now(machine: Machine) -> Machine:
    """The machine, whose GIL may have come back since the start."""
    return with_fingerprint(replace(machine, gil=has_gil()))


def differences(there: dict[str, Any], here: dict[str, Any], place: str = "") -> list[str]:
    """Where two descriptions of a machine differ, each as "key: 3.11.7 there, 3.13.0 here"."""
    found = []
    for key in sorted(there.keys() | here.keys()):
        old, new = there.get(key), here.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            found += differences(old, new, f"{place}{key}.")
        elif old != new:
            found.append(f"{place}{key}: {old} there, {new} here")
    return found
