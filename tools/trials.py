"""How often does `ab` find what is there, and what is not?

    python -m tools.trials BASE CANDIDATE 20 10 FOLDER -- --fast -m io_bound -k "download-talk or download-overhead"

Runs `ab` that often, of so many pairs each, and keeps all runs in FOLDER. For each benchmark it prints how many tries
gave which verdict, the median change, and the slowdown that would be found 9 times in 10: from the spread of the pairs,
by the noncentral t distribution. Base and candidate the same: no regression is right. A candidate with something
planted (`tools/plant.py`): a regression of what it touches, and of nothing else.
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

from scipy.optimize import brentq
from scipy.stats import nct, t

from analysis.ab import Plan, ab
from analysis.change import Verdict
from analysis.comparison import Comparison, Row
from analysis.looks import looks
from analysis.runs import RunError
from analysis.sides import both_sides
from analysis.thresholds import DEFAULT_PERCENT, Thresholds

BAD_INPUT = 2
FOUND = 0.9


@dataclass
class Tally:
    """What the tries have said of one benchmark."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    changes: list[float] = field(default_factory=list)
    spreads: list[float] = field(default_factory=list)

    def add(self, row: Row, level: float, rows: int) -> None:
        self.verdicts[row.verdict] += 1
        if row.change:
            self.changes.append(row.change.estimate)
            reach = math.log(row.change.high / row.change.estimate)
            quantile = float(t.ppf(1 - (1 - level) / rows / 2, row.change.runs - 1))
            self.spreads.append(reach / quantile * math.sqrt(row.change.runs))

    def smallest(self, pairs: int, rows: int) -> float:
        """The slowdown that the last look finds 9 times in 10, at the median spread."""
        error, freedom = median(self.spreads) / math.sqrt(pairs), pairs - 1
        quantile = float(t.ppf(1 - (1 - looks(pairs)[-1].level) / rows / 2, freedom))
        significant = brentq(lambda shift: nct.sf(quantile, freedom, shift) - FOUND, 0, 100) * error
        large_enough = math.log1p(DEFAULT_PERCENT / 100) + float(t.ppf(FOUND, freedom)) * error
        return math.expm1(max(significant, large_enough))


def one_try(arguments: Sequence[str], pairs: int, base: str, candidate: str, folder: Path) -> tuple[Comparison, int]:
    """Run `ab` once. Returns what it found, and after how many pairs."""
    with both_sides(base, candidate) as (one, other):
        outcome = ab(Plan(one, other, pairs, tuple(arguments)), folder, Thresholds(), lambda _: None)
    return outcome.comparison, outcome.pairs


def main(arguments: Sequence[str]) -> int:
    """Make the tries and print what they say. Returns 0, or 2 for bad input."""
    try:
        base, candidate, tries, pairs, folder, _, *others = arguments
        number, most = int(tries), int(pairs)
    except ValueError:
        sys.stderr.write(f"usage: {__doc__.splitlines()[2].strip()}\n" if __doc__ else "")
        return BAD_INPUT
    tallies: dict[str, Tally] = defaultdict(Tally)
    seconds, ended, alarms = [], Counter[int](), 0
    for trial in range(1, number + 1):
        started = time.monotonic()
        try:
            found, made = one_try(others, most, base, candidate, Path(folder, f"{trial:03}"))
        except RunError as error:
            sys.stderr.write(f"{error}\n")
            return BAD_INPUT
        seconds.append(time.monotonic() - started)
        ended[made] += 1
        regressions = [row.name for row in found.with_verdict(Verdict.REGRESSION)]
        alarms += bool(regressions)
        for row in found.rows:
            tallies[row.name].add(row, found.level, len(found.rows))
        print(json.dumps({"try": trial, "pairs": made, "seconds": round(seconds[-1]), "regressions": regressions}))
        sys.stdout.flush()
    print(
        f"{alarms} of {number} tries report a regression; {median(seconds):.0f} s each (median), "
        f"pairs made: {', '.join(f'{made} in {times}' for made, times in sorted(ended.items()))}"
    )
    for name, tally in sorted(tallies.items()):
        verdicts = ", ".join(f"{verdict} {tally.verdicts[verdict]}" for verdict in Verdict if tally.verdicts[verdict])
        if not tally.spreads:
            print(f"  {name}: {verdicts}; nothing is known of it")
            continue
        change, spread = median(tally.changes) - 1, median(tally.spreads)
        smallest = tally.smallest(most, len(tallies))
        print(
            f"  {name}: {change:+.1%} (median), {verdicts}; pairs spread by {spread:.1%}, "
            f"{smallest:.1%} is found 9 times in 10"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
