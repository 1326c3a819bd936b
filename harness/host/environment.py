"""What the suite changes in its own process before it measures: proxies, open files, the start method."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import psutil

try:
    import resource
except ImportError:  # Windows, which has no limit on open files
    resource = None  # type: ignore[assignment]

from harness.host.cgroups import CGROUPS, OWN_CGROUP, available_bytes, memory_left

LOOPBACK = "127.0.0.1"
GIB = 1024**3
PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")

# What a benchmark has open besides its workers: pytest's own files, the server's pipes, libraries. And what a worker
# needs at most: a process has two pipes and a connection.
FILES_AT_REST = 64
FILES_PER_WORKER = 4


def go_around_proxies(host: str) -> str | None:
    """Have HTTP clients reach `host` directly. Returns a sentence when there is a proxy to go around.

    `requests` looks for a proxy in the environment at every request, and would send loopback traffic through it.
    """
    for variable in ("NO_PROXY", "no_proxy"):
        exempt = [name for name in os.environ.get(variable, "").split(",") if name]
        if host not in exempt:
            os.environ[variable] = ",".join([*exempt, host])
    found = sorted(name for name in os.environ if name.lower() in PROXY_VARIABLES and os.environ[name])
    if not found:
        return None
    return f"{', '.join(found)} is set: requests to {host} go around the proxy"


def is_loopback(host: str) -> bool:
    """Whether a name or an address, as it is in a URL, means the machine that asks, whichever that is."""
    return any(one.is_loopback or one.is_unspecified for one in _addresses(host))


@cache
def is_this_machine(host: str) -> bool:
    """Whether a name or an address, as it is in a URL, is one of this machine's."""
    own = {one.address.partition("%")[0] for several in psutil.net_if_addrs().values() for one in several}
    return is_loopback(host) or any(str(one) in own for one in _addresses(host))


def _addresses(host: str) -> list[IPv4Address | IPv6Address]:
    """What a name stands for, without the interface that an address may name; nothing for one that nobody knows."""
    try:
        found = {str(place[4][0]).partition("%")[0] for place in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return []
    return [ip_address(one) for one in found]


def raise_file_limit() -> None:
    """Allow this process, and those it starts, as many open files as the system permits."""
    if resource is None:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS reports a hard limit that it does not accept
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def lacks_memory_for(workers: int, worker_bytes: int, own: Path = OWN_CGROUP, groups: Path = CGROUPS) -> str | None:
    """None when there is memory enough for so many workers, or a sentence that says what to do."""
    needed, available = workers * worker_bytes, available_bytes(own, groups)
    if needed <= available:
        return None
    what = f"{workers} workers need about {needed / GIB:.1f} GiB and"
    if available == memory_left(own, groups):
        return f"{what} the container's limit leaves {available / GIB:.1f}: raise it, or choose fewer workers"
    return f"{what} {available / GIB:.1f} are free: close other programs, or choose fewer workers"


def lacks_files_for(workers: int) -> str | None:
    """None when there are open files enough for so many workers, or a sentence that says what to do."""
    if resource is None:
        return None
    needed = FILES_AT_REST + FILES_PER_WORKER * workers
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit in (resource.RLIM_INFINITY, -1) or limit >= needed:
        return None
    return f"{workers} workers need {needed} open files and this process may have {limit}: raise it with `ulimit -n`"
