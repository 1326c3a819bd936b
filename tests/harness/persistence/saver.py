"""Saves runs of 400 kB, one after the other, for the tests that kill it.

python -m tests.harness.persistence.saver FOLDER RUNS
"""

import os
import sys
from pathlib import Path
from typing import Any

from harness.persistence import storage
from tests.support.made_up import saved

MARK = "which one this is"


class Spoken:
    """Has the part of pytest-benchmark's logger that the storage uses."""

    def info(self, text: str) -> None:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def a_run() -> dict[str, Any]:
    return saved.run(
        [saved.benchmark(f"contender-{number}", [0.1 + number / 1000] * 40) for number in range(160)], mark=MARK
    )


def main() -> None:
    """Save so many runs, each marked with the process and its number in it."""
    folder, runs = Path(sys.argv[1]), int(sys.argv[2])
    # Encoded once, or it would be killed as it encodes and hardly ever as it writes.
    whole = storage.as_json(a_run())
    storage.as_json = lambda run: whole.replace(MARK.encode(), run["mark"].encode())
    there = storage.RunStorage(folder, Spoken(), "machine")
    for number in range(runs):
        there.save({"mark": f"{os.getpid()}-{number}"}, "saved")


if __name__ == "__main__":
    main()
