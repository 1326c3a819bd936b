"""What does it cost to start a pool from a process that has much in memory?

    python -m tools.fork_cost

Starts and stops 16 worker processes, by fork, from this process with more and more memory in use.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import time

import psutil

import patterns
from workloads import registry

MIB = 1024 * 1024
WORKERS = 16
ROUNDS = 9
BALLAST_MIB = (0, 50, 100, 200, 400)


def start_seconds() -> float:
    """The median time to start the workers, let each take a nap, and stop them."""
    nap, pool = registry.get("nap"), patterns.get("multiprocessing")
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        with pool.start(nap, WORKERS) as run:
            nap.check(run(nap.tasks))
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def main() -> int:
    """Print the table. Returns 0, or 2 where processes are not forked."""
    if "fork" not in multiprocessing.get_all_start_methods():
        sys.stderr.write("processes are not forked here: there is nothing to measure\n")
        return 2
    multiprocessing.set_start_method("fork", force=True)
    print(f"{'in memory':>12} {f'{WORKERS} workers':>12}")
    for size in BALLAST_MIB:
        ballast = b"x" * (size * MIB)
        resident = psutil.Process().memory_info().rss / MIB
        print(f"{resident:8.0f} MiB {start_seconds() * 1000:9.0f} ms")
        del ballast
    return 0


if __name__ == "__main__":
    sys.exit(main())
