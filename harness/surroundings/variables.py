"""What surrounds this Python, is inherited by the processes that it starts, and changes what is measured in them.

Variables that only look for faults are kept out of them. Those that choose how Python or a library works are let in and
told, and runs that differ in one are not alike. Flags of this interpreter that do so go to them as variables: what is
tried, observed and measured runs alike.
"""

from __future__ import annotations

import os
import sys
from fnmatch import fnmatch
from pathlib import Path

# They trace, check or log what runs, or have all processes draw the same hashes.
KEPT_OUT = (
    "COVERAGE_PROCESS_CONFIG",
    "COVERAGE_PROCESS_START",
    "COV_CORE_*",
    "PYTHONASYNCIODEBUG",
    "PYTHONDEBUG",
    "PYTHONDEVMODE",
    "PYTHONDUMPREFS*",
    "PYTHONHASHSEED",
    "PYTHONINSPECT",
    "PYTHONMALLOCSTATS",
    "PYTHONPERFSUPPORT",
    "PYTHONPROFILEIMPORTTIME",
    "PYTHONTRACEMALLOC",
    "PYTHONVERBOSE",
    "PYTHONWARNINGS",
    "PYTHON_PERF_JIT_SUPPORT",
)
# The allocators that check what they are asked for.
MALLOC, CHECKING = "PYTHONMALLOC", "debug"
# The same as flags, which no other process inherits.
FLAGS_KEPT_OUT = ("dev", "importtime", "perf", "perf_jit", "showrefcount", "tracemalloc")
# Flags that choose how Python works, and the variables that do the same.
FLAGS_PASSED_ON = {
    "context_aware_warnings": "PYTHON_CONTEXT_AWARE_WARNINGS",
    "cpu_count": "PYTHON_CPU_COUNT",
    "gil": "PYTHON_GIL",
    "int_max_str_digits": "PYTHONINTMAXSTRDIGITS",
    "thread_inherit_context": "PYTHON_THREAD_INHERIT_CONTEXT",
    "tlbc": "PYTHON_TLBC",
    "utf8": "PYTHONUTF8",
}
# What requests reads at every request, if it is there, to look for a password.
NETRC = "NETRC"
NETRC_PLACES = ("~/.netrc", "~/_netrc")
NOWHERE = str(Path(os.devnull, "netrc"))
# They choose the allocator, the number of threads of a library, or its version in C or in Python. Whether the GIL and
# the JIT are on is told of the machine.
TOLD = (
    "*_NO_EXTENSIONS",
    "*_NUM_THREADS",
    "DYLD_INSERT_LIBRARIES",
    "GLIBC_TUNABLES",
    "LD_PRELOAD",
    "MALLOC_*",
    MALLOC,
    "PYTHON_CONTEXT_AWARE_WARNINGS",
    "PYTHON_CPU_COUNT",
    "PYTHON_THREAD_INHERIT_CONTEXT",
    "PYTHON_TLBC",
)


def inherited() -> dict[str, str]:
    """The environment for the processes that measure."""
    found = {name: value for name, value in os.environ.items() if not _is_kept_out(name, value)}
    if sys.flags.ignore_environment:
        found = {name: value for name, value in found.items() if not name.startswith("PYTHON")}
    if sys.flags.no_user_site:
        found["PYTHONNOUSERSITE"] = "1"
    if _netrc():
        found[NETRC] = NOWHERE
    for flag, value in sys._xoptions.items():
        if flag in FLAGS_PASSED_ON:
            found[FLAGS_PASSED_ON[flag]] = "1" if value is True else str(value)
    return found


def kept_out() -> str | None:
    """A sentence on what is kept out of the processes that measure; None if nothing is."""
    names = sorted(name for name, value in os.environ.items() if value and _is_kept_out(name, value))
    names += _netrc()
    names += [f"-X {flag}" for flag in FLAGS_KEPT_OUT if flag in sys._xoptions]
    if not names:
        return None
    return f"kept out of the processes that measure, as Python runs differently with it: {', '.join(names)}"


def refused() -> str | None:
    """Why nothing can be measured by this Python, with the remedy; None if it can."""
    if not sys.flags.optimize:
        return None
    return (
        "this Python runs with -O or PYTHONOPTIMIZE, which leaves out the asserts that check answers, so that wrong "
        "ones would be saved: leave -O out and unset PYTHONOPTIMIZE"
    )


def settings() -> dict[str, str]:
    """The variables that choose how Python or a library works in the processes that measure, with their values."""
    found = sorted(inherited().items())
    return {name: value for name, value in found if value and any(fnmatch(name, told) for told in TOLD)}


def _netrc() -> list[str]:
    """The files that requests would read."""
    places = [os.environ[NETRC]] if NETRC in os.environ else NETRC_PLACES
    return [place for place in places if place and Path(place).expanduser().exists()]


def _is_kept_out(name: str, value: str) -> bool:
    return any(fnmatch(name, one) for one in KEPT_OUT) or (name == MALLOC and CHECKING in value)
