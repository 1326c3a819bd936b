"""What the control groups of a container leave to this process: CPU time and memory, of version 2 and version 1.

A group has no more than the groups that it is in, so that the least of all counts. Where nothing is told, there is no
limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")

# Where each version keeps the limit, what is used of it, and in memory.stat, what of that is at once given back.
MEMORY_FILES = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)


def read(file: Path) -> str | None:
    """What the system tells in a file, or None where it does not."""
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None


def cpu_quotas(own: Path = OWN_CGROUP, groups: Path = CGROUPS) -> Iterator[float]:
    """The quotas, in cores, of the groups that this process is in."""
    for place in _places("cpu", own, groups):
        text = read(place / "cpu.max") or ""
        if not text:
            text = f"{read(place / 'cpu.cfs_quota_us') or ''} {read(place / 'cpu.cfs_period_us') or ''}"
        quota, _, period = text.partition(" ")
        if quota.isdigit() and period.isdigit() and int(period):
            yield int(quota) / int(period)


def memory_left(own: Path = OWN_CGROUP, groups: Path = CGROUPS) -> int | None:
    """How many bytes the memory limits of its groups leave to this process; None where there is no limit.

    Files that were read and are kept in memory count as used there, but give way to a program that needs the room.
    """
    return min((max(0, left) for place in _places("memory", own, groups) for left in _left_in(place)), default=None)


def available_bytes(own: Path = OWN_CGROUP, groups: Path = CGROUPS) -> int:
    """How much memory processes can still take: what the system has free, or less where a container is limited."""
    free: int = psutil.virtual_memory().available
    left = memory_left(own, groups)
    return free if left is None else min(free, left)


def _left_in(group: Path) -> Iterator[int]:
    for limit_file, used_file, given_back in MEMORY_FILES:
        limit, used = read(group / limit_file) or "", read(group / used_file) or ""
        if limit.isdigit() and used.isdigit():
            yield int(limit) - max(0, int(used) - _stat(group, given_back))


def _stat(group: Path, name: str) -> int:
    for line in (read(group / "memory.stat") or "").splitlines():
        key, _, value = line.partition(" ")
        if key == name and value.isdigit():
            return int(value)
    return 0


def _places(controller: str, own: Path, groups: Path) -> Iterator[Path]:
    """The folders of the groups that limit this process by a controller, from the innermost."""
    for line in (read(own) or "").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and controller not in controllers.split(","):
            continue
        root = groups / controller if controllers else groups
        group = root / path.lstrip("/")
        # What a container sees of its group may be at the root, whatever the path says.
        for place in (group, *group.parents):
            yield place
            if place == root:
                break
