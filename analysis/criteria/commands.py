"""The command that makes more runs of the same: of the suite, or of the file that holds one's own work."""

from __future__ import annotations

import re
from shlex import quote

# What a path may hold to be shown in a command; of a saved run it may be anything.
PLAIN_PATH = re.compile(r"[\w./\\:~ -]+")
UNKNOWN = "FILE"


def bench(file: str = "", runs: int = 1, options: str = "") -> str:
    """`make bench` for so many runs with these options of pytest; `file` is of one's own work, or empty."""
    words = ["make bench", f"RUNS={runs}" if runs > 1 else "", workload("WORKLOAD", file) if file else ""]
    return " ".join([*filter(None, words), *([f'ARGS="{options}"'] if options else [])])


def workload(option: str, file: str) -> str:
    """The option that names a file, as a shell takes it."""
    return f"{option}={quote(file) if PLAIN_PATH.fullmatch(file) else UNKNOWN}"
