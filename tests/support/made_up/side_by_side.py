"""Made-up machines and their runs, for the tests of machines side by side."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from analysis.findings.machines import Machines, machines
from runfile.digests import Reader
from tests.support.made_up import saved

LAPTOP: dict[str, Any] = {"fingerprint": "aaaa1111", "name": "laptop"}
SERVER: dict[str, Any] = {
    "fingerprint": "bbbb2222",
    "name": "server",
    "cpu": "Ampere Altra",
    "usable_cores": 8,
    "architecture": "aarch64",
}
PI: dict[str, Any] = {"fingerprint": "cccc3333", "name": "pi", "cpu": "Cortex-A76", "usable_cores": 4}
ASYNCIO_WINS = {"sequential": 2.4, "threading": 0.2, "asyncio": 0.15}
THREADING_WINS = {"sequential": 2.4, "threading": 0.15, "asyncio": 0.2}

Row = dict[str, Any]


def table(medians: dict[str, float], group: str | None = saved.TYPICAL, **facts: Any) -> list[Row]:
    """Contenders with these medians, each with a slow and a fast repeat, which are not the same ones."""
    repeats = (0.97, 1.0, 1.03, 0.97, 1.0)
    return [
        saved.benchmark(name, [s * share for share in repeats[place % 3 :][:3]], group, **facts)
        for place, (name, s) in enumerate(medians.items())
    ]


def primes(workers: int, medians: dict[str, float] = ASYNCIO_WINS, question: str = "cpu-bound") -> list[Row]:
    title = f"{question}: math-primes, {workers} worker{'s' if workers > 1 else ''}, warm"
    return table(medians, title, question=question, workload="math-primes", workers=workers, tasks=8)


class Shelf:
    """Saves runs to files, in the order in which they are made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.saved: list[Path] = []

    def add(self, machine: dict[str, Any], *tables: list[Row], **session: Any) -> None:
        """A run of these tables, a little slower than the one before."""
        number = len(self.saved) + 1
        benchmarks = json.loads(json.dumps([row for rows in tables for row in rows]))
        for row in benchmarks:
            row |= saved.slower(row, 1 + number / 1000)
        run = saved.of_day(number, saved.run(benchmarks, machine=saved.machine(**machine), **session))
        self.saved.append(saved.save(self.folder / f"machine/{number:04}_run.json", run))

    def side_by_side(self, *groups: Sequence[Path]) -> Machines:
        reader = Reader()
        return machines(([reader.read(path) for path in group] for group in groups or [self.saved]), self.folder)
