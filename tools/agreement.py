"""Does an observation agree with what `time -v` says of the very same process?

    python -m tools.agreement

Runs each pattern on some computing and on some downloads under GNU time, and prints both figures beside each other.
"""

from __future__ import annotations

import multiprocessing
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import patterns
from harness.servers.server import LocalServer
from harness.stands.job import Job
from harness.stands.observation import observe
from harness.stands.stands import SpawnedStands
from runfile.runs import RunError
from tools.command import command

MIB = 1024 * 1024
# Some seconds of CPU time, for `time` counts in hundredths.
CASES = {"math-primes": 200, "download-overhead": 3_000}
WORKERS = 4
LIMIT_SECONDS = 120.0


def time_v(text: str) -> tuple[float, int]:
    """CPU seconds, and bytes of peak memory of the largest process, in what `time -v` prints."""

    def number(label: str) -> float:
        found = re.search(rf"{label}[^:]*: ([\d.]+)", text)
        assert found, f"`time -v` has not told its {label}"
        return float(found[1])

    return number("User time") + number("System time"), int(number("Maximum resident set size")) * 1024


@command
def main(arguments: Sequence[str]) -> None:
    """Print the table."""
    time = shutil.which("time")
    if time is None:
        raise RunError("there is no `time` program here: install GNU time")
    server = LocalServer()
    print(f"{'':36} {'CPU s':>8} {'time -v':>8} {'ratio':>6}   {'peak MiB':>8} {'time -v':>8} {'differ':>7}")
    try:
        for workload, tasks in CASES.items():
            for pattern in (name for name in patterns.names() if not patterns.get(name).unavailable()):
                job = Job(
                    pattern=pattern,
                    workload=workload,
                    workers=WORKERS,
                    cold=False,
                    start_method=multiprocessing.get_start_method(),
                    server_url=server.url,
                    tasks=tasks,
                    recorded=True,
                )
                with tempfile.TemporaryDirectory() as folder:
                    notes = Path(folder) / "time.txt"
                    stands = SpawnedStands(under=[time, "-v", "-o", str(notes)])
                    seen = observe(job, stands, LIMIT_SECONDS, wrapped=True)
                    seconds, peak = time_v(notes.read_text())
                mine = seen.idle_bytes + seen.peak_bytes
                name = f"{pattern} on {workload}-x{tasks}"
                memory = f"{mine / MIB:8.1f} {peak / MIB:8.1f} {(mine - peak) / MIB:7.2f}"
                if seen.processes > 1:
                    memory = f"{mine / MIB:8.1f} {peak / MIB:8.1f}  (time: the largest process alone)"
                whole = seen.whole_cpu_seconds
                print(f"{name:36} {whole:8.3f} {seconds:8.2f} {whole / seconds:6.3f}   {memory}")
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
