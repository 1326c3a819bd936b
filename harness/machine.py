"""What a saved run tells of the machine and of the software that made it."""

from __future__ import annotations

import multiprocessing
import os
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

KEY = "three_patterns"
SCHEMA = 1
# What is measured, and what it is measured with.
PACKAGES = ("aiohttp", "requests", "urllib3", "granian", "uvloop", "pytest-benchmark")


def usable_cores() -> int:
    """How many cores this process may run on, which can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def package_versions() -> dict[str, str]:
    """The versions of PACKAGES, without those that are not installed."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions


def describe() -> dict[str, Any]:
    """What a run keeps under `machine_info[KEY]`."""
    return {
        "schema": SCHEMA,
        "usable_cores": usable_cores(),
        "start_method": multiprocessing.get_start_method(),
        "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
        "packages": package_versions(),
    }


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
