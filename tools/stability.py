"""Do single runs say the same, and do their intervals hold what they promise?

    make bench RUNS=20
    python -m tools.stability .benchmarks/FOLDER

Takes each run on its own, as a reader with one run would. *Order*: of all pairs of patterns on a workload whose
intervals do not touch in a run, how many are in the order that the medians over all runs give. *Coverage*: of all
intervals, how many hold the median speed-up over all runs. *Reach*: how far they go to each
side. *Noisy*: how many benchmarks are flagged for it. *Server*: where it is busiest.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations
from statistics import fmean, median

from analysis.findings.summary import summarise
from analysis.stats.intervals import Interval
from runfile.runs import Run, RunError
from tools.command import command, runs_named

FEWEST_RUNS = 2
SHOWN = 5


@dataclass
class Stability:
    """What many runs say of a single one, by the title of a table: whether each thing was as it should be."""

    order: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    coverage: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))


Speeds = dict[tuple[str, str], Interval]


def speed_ups(run: Run) -> Speeds:
    """The speed-up of each contender of each table, the baselines left out, by what one run says alone."""
    return {
        (table.title, row.contender): row.speed_up
        for table in summarise([run]).tables
        for row in table.rows
        if row.speed_up and not row.is_baseline
    }


def stability(runs: Sequence[Speeds]) -> Stability:
    """Compare each run with the median over all."""
    found = Stability()
    keys = set[tuple[str, str]]().union(*runs)
    middle = {key: median(run[key].estimate for run in runs if key in run) for key in keys}
    for run in runs:
        for (title, contender), interval in run.items():
            found.coverage[title].append(interval.low <= middle[title, contender] <= interval.high)
        for one, other in pairs(run):
            if run[one].low > run[other].high or run[other].low > run[one].high:
                same = (run[one].estimate > run[other].estimate) == (middle[one] > middle[other])
                found.order[one[0]].append(same)
    return found


def pairs(run: Speeds) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Each two contenders of a table."""
    return ((one, other) for one, other in combinations(run, 2) if one[0] == other[0])


def lines(name: str, found: dict[str, list[bool]]) -> Iterator[str]:
    """All tables together, and those that fall short of all, the worst first."""
    yield f"{name}: {counted(list(chain.from_iterable(found.values())))}"
    yield from (f"  {counted(own)}  {title}" for title, own in sorted(found.items(), key=share) if not all(own))


def share(table: tuple[str, list[bool]]) -> float:
    return fmean(table[1])


def counted(good: Sequence[bool]) -> str:
    return f"{sum(good)} of {len(good)} ({fmean(good):.1%})" if good else "none"


def reaches(runs: Sequence[Speeds]) -> str:
    """How far the intervals of single runs reach, as a share of the speed-up."""
    found = sorted((one.high / one.low) ** 0.5 - 1 for run in runs for one in run.values())
    middle, ninth = found[len(found) // 2], found[len(found) * 9 // 10]
    return f"reach of the intervals: {middle:.1%} (median), {ninth:.1%} at most in 9 of 10"


def noisy(runs: Sequence[Run]) -> str:
    """How many benchmarks are flagged for it."""
    found = [any(flag.name == "noisy" for flag in one.facts.flags) for run in runs for one in run.benchmarks]
    return f"noisy: {sum(found) / len(found):.1%} of {len(found)} benchmarks"


def busiest(runs: Sequence[Run]) -> Iterator[str]:
    """Where the server in a process of its own is busiest, in cores, the median over runs."""
    cores = defaultdict(list)
    for run in runs:
        for one in run.benchmarks:
            if one.facts.server == "local" and one.facts.server_cores is not None:
                cores[one.name].append(one.facts.server_cores)
    yield "server, cores busy:"
    ranked = sorted(((median(found), name) for name, found in cores.items()), reverse=True)
    yield from (f"  {found:.2f}  {name}" for found, name in ranked[:SHOWN])


@command
def main(arguments: Sequence[str]) -> None:
    """Print the stability of the runs named on the command line."""
    runs = runs_named(arguments)
    if len(runs) < FEWEST_RUNS:
        raise RunError(f"{len(runs)} run says nothing of how runs differ: name a folder or files with many")
    speeds = [speed_ups(run) for run in runs]
    found = stability(speeds)
    print(f"{len(runs)} runs, each taken on its own")
    print("\n".join(lines("order, where intervals do not touch", found.order)))
    print("\n".join(lines("coverage", found.coverage)))
    print(reaches(speeds))
    print(noisy(runs))
    print("\n".join(busiest(runs)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
