"""How often does a gate fail between runs of the very same code?

    make bench RUNS=40
    python -m tools.false_alarms .benchmarks/FOLDER

Draws groups at random from one pool of identical runs and holds one against the other, as `python -m analysis gate BASE
CANDIDATE` does; and holds each five runs in a row against those before them, as `gate` without arguments does. Beside
them, the naive gate: a median that is 5 % longer than one other run's, as --benchmark-compare-fail=median:5% has it.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from analysis.criteria.thresholds import Thresholds
from analysis.findings.comparison import Sides, compare
from analysis.findings.gate import NEWEST, WINDOW
from analysis.stats.change import Verdict
from runfile.digests import RunDigest
from runfile.runs import RunError
from runfile.selection import select
from tools.command import STORAGE, command

SEED = 1
GATES = 500
# Runs of base and of candidate.
SIZES = ((5, 5), (10, 5), (10, 10), (20, 5), (20, 20))
NAIVE = 1.05


@dataclass
class GateTally:
    """What gates of one kind have said, and how large a slowdown they would have seen."""

    gates: int = 0
    failed: int = 0
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    blamed: Counter[str] = field(default_factory=Counter)
    reaches: list[float] = field(default_factory=list)

    def add(self, sides: Sides) -> None:
        found = compare(sides, Thresholds())
        regressions = found.with_verdict(Verdict.REGRESSION)
        self.gates += 1
        self.failed += bool(regressions)
        self.verdicts.update(row.verdict for row in found.rows)
        self.blamed.update(row.name for row in regressions)
        self.reaches += [row.change.high / row.change.estimate - 1 for row in found.rows if row.change]

    def __str__(self) -> str:
        rows = sum(self.verdicts.values())
        shares = ", ".join(f"{name} {self.verdicts[name] / rows:.1%}" for name in Verdict if self.verdicts[name])
        sure = median(self.reaches)
        return f"{self.failed} of {self.gates} gates fail; {shares}; intervals reach {sure:.1%} (median)"


def draws(runs: Sequence[RunDigest], base: int, candidate: int, rng: random.Random) -> Iterator[Sides]:
    """Pairs of groups that share no run."""
    for _ in range(GATES):
        drawn = rng.sample(runs, base + candidate)
        yield Sides(drawn[:base], drawn[base:])


def naive(runs: Sequence[RunDigest]) -> tuple[int, int]:
    """How many of all ordered pairs of runs the naive gate fails, and their number."""
    pairs = [(one, other) for one in runs for other in runs if one is not other]
    failed = sum(
        any(other.seconds[name] > NAIVE * one.seconds[name] for name in one.seconds if name in other.seconds)
        for one, other in pairs
    )
    return failed, len(pairs)


@command
def main(arguments: Sequence[str]) -> None:
    """Print the rates for the runs that are named."""
    runs = select(STORAGE, arguments).records
    if len(runs) < sum(SIZES[0]):
        raise RunError(f"{len(runs)} runs are too few to draw groups from: make more, with `make bench RUNS=40`")
    print(f"{len(runs)} runs of the same, {len(runs[0].seconds)} benchmarks each; {GATES} gates of each kind")
    rng = random.Random(SEED)
    for base, candidate in SIZES:
        if base + candidate <= len(runs):
            show(f"{base:3} runs against {candidate:2}", draws(runs, base, candidate, rng), 3)
    in_turn = (
        Sides(runs[max(0, number - WINDOW) : number], runs[number : number + NEWEST])
        for number in range(NEWEST, len(runs) - NEWEST + 1)
    )
    show(f"every {NEWEST} runs in a row against up to {WINDOW} before them", in_turn, 5)
    failed, pairs = naive(runs)
    print(f"naive, {NAIVE - 1:.0%} on any benchmark of another run: {failed} of {pairs} fail ({failed / pairs:.0%})")


def show(title: str, gates: Iterable[Sides], most: int) -> None:
    """Print what gates of one kind say, and the benchmarks that are blamed most often."""
    tally = GateTally()
    for sides in gates:
        tally.add(sides)
    print(f"{title}: {tally}")
    for name, times in tally.blamed.most_common(most):
        print(f"      {times} times {name}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
