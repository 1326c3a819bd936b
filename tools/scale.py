"""How long does it take, and how much memory, to compare very many runs?

    python -m tools.scale RUN 1000 10000

Makes so many runs of sixty benchmarks, each like the saved run that is named, in a temporary folder; then has `compare`
hold one half against the other, and `pytest-benchmark compare` show them, up to a thousand.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from runfile.runs import RunError
from tools.command import command

BENCHMARKS = 60
MOST_FOR_PYTEST_BENCHMARK = 1_000
VARIANTS = 50
STAMP = "2000-01-01T00:00:00+00:00"


def variants(saved: dict[str, Any]) -> list[str]:
    """The run with its times varied a little, as text; encoding each run anew would take long."""
    rng = random.Random(1)
    found = []
    for _ in range(VARIANTS):
        benchmarks = []
        for one in saved["benchmarks"][:BENCHMARKS]:
            factor = rng.gauss(1, 0.02)
            stats = {key: value * factor if isinstance(value, float) else value for key, value in one["stats"].items()}
            benchmarks.append(one | {"stats": stats})
        found.append(json.dumps(saved | {"benchmarks": benchmarks, "datetime": STAMP}, indent=4))
    return found


def write(folder: Path, runs: int, texts: Sequence[str]) -> None:
    """Write so many runs, an hour apart."""
    place = folder / "Linux-CPython-3.11-64bit"
    place.mkdir(parents=True)
    for number in range(1, runs + 1):
        moment = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=number)
        text = texts[number % VARIANTS].replace(STAMP, moment.isoformat(), 1)
        (place / f"{number:04}_run.json").write_text(text, encoding="utf-8")


def measured(command: Sequence[str]) -> str:
    """What a command takes: seconds, CPU seconds and the most memory it had."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    failed = "" if status == 0 else f" (exit code {os.waitstatus_to_exitcode(status)})"
    cpu = usage.ru_utime + usage.ru_stime
    return f"{seconds:.2f} s, {cpu:.2f} s of CPU, {usage.ru_maxrss / 1024:.0f} MiB{failed}"


@command
def main(arguments: Sequence[str]) -> None:
    """Print what each number of runs takes."""
    try:
        file, *numbers = arguments
        saved, sizes = json.loads(Path(file).read_bytes()), [int(number) for number in numbers]
        texts = variants(saved)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise RunError(f"usage: python -m tools.scale RUN 1000 10000, with a saved run ({error})") from error
    for runs in sizes:
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), runs, texts)
            halves = [f"1-{runs // 2}", f"{runs // 2 + 1}-{runs}"]
            command = [sys.executable, "-m", "analysis", "compare", "--storage", folder, *halves]
            print(f"{runs:,} runs, compare: {measured(command)}")
            if runs <= MOST_FOR_PYTEST_BENCHMARK:
                theirs = [sys.executable, "-m", "pytest_benchmark", "--storage", folder, "compare"]
                print(f"{runs:,} runs, pytest-benchmark compare: {measured(theirs)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
