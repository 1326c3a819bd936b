"""How often does `ab` find what is there, and what is not?

    python -m tools.trials BASE CANDIDATE 20 15 FOLDER -- -m io_bound -k "asyncio-download-overhead"

Runs `ab` that often, for so many seconds a benchmark, and keeps all runs in FOLDER; `-` for the seconds leaves them to
the effort. For each try it prints how long it took and what was found. For each benchmark it prints how many tries gave
which verdict, the median change, how pairs spread, and the slowdown that would have been found 9 times in 10. Base and
candidate the same: no regression is right. A candidate with something planted (`tools/plant.py`): a regression of what
it touches, and of nothing else.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from analysis.criteria.thresholds import Thresholds
from analysis.findings.ab import ABComparison, PairedRow, read
from analysis.stats.change import Verdict
from analysis.stats.intervals import quantile
from campaign.ab import ABPlan, ab
from campaign.environments import both_sides
from runfile.runs import RunError
from tools.command import command

USAGE = 'usage: python -m tools.trials BASE CANDIDATE 20 15 FOLDER -- -m io_bound -k "asyncio-download-overhead"'


@dataclass
class BenchmarkTally:
    """What the tries have said of one benchmark."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    rows: list[PairedRow] = field(default_factory=list)

    def add(self, row: PairedRow) -> None:
        self.verdicts[row.verdict] += 1
        self.rows.append(row)

    def told(self) -> str:
        verdicts = ", ".join(f"{verdict} {self.verdicts[verdict]}" for verdict in Verdict if self.verdicts[verdict])
        change = median(row.change.estimate for row in self.rows) - 1
        return (
            f"{change:+.1%} (median), {verdicts}; {median(row.pairs for row in self.rows):.0f} pairs in "
            f"{median(row.seconds for row in self.rows):.0f} s, which spread by {median(map(spread, self.rows)):.1%}; "
            f"{median(row.detectable for row in self.rows):.1%} is found 9 times in 10"
        )


def spread(row: PairedRow) -> float:
    """The standard deviation of the log ratios of a row's pairs."""
    reach = math.log(row.change.high / row.change.estimate)
    return reach / quantile(row.pairs - 1, row.level) * math.sqrt(row.pairs)


def one_try(plan: Sequence[str], seconds: float | None, base: str, candidate: str, folder: Path) -> ABComparison:
    """Run `ab` once. Returns what it found."""
    with both_sides(base, candidate) as (one, other):
        return read(ab(ABPlan(one, other, tuple(plan), Thresholds(), seconds), folder, lambda _: None))


@command
def main(arguments: Sequence[str]) -> None:
    """Make the tries and print what they say."""
    try:
        base, candidate, tries, each, folder, _, *others = arguments
        number, seconds = int(tries), None if each == "-" else float(each)
    except ValueError as error:
        raise RunError(USAGE) from error
    tallies: dict[str, BenchmarkTally] = defaultdict(BenchmarkTally)
    took, alarms = [], 0
    for trial in range(1, number + 1):
        started = time.monotonic()
        found = one_try(others, seconds, base, candidate, Path(folder, f"{trial:03}"))
        took.append(time.monotonic() - started)
        regressions = [row.name for row in found.with_verdict(Verdict.REGRESSION)]
        alarms += bool(regressions)
        for row in found.rows:
            tallies[row.name].add(row)
        pairs = {row.name: row.pairs for row in found.rows}
        said = {"try": trial, "seconds": round(took[-1], 1), "regressions": regressions, "pairs": pairs}
        print(json.dumps(said), flush=True)
    print(
        f"{alarms} of {number} tries report a regression; {median(took):.0f} s each (median), {max(took):.0f} at most"
    )
    for name, tally in sorted(tallies.items()):
        print(f"  {name}: {tally.told()}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
