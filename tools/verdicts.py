"""Are the talk's claims judged the same, whichever run one happens to have made, or whichever five?

    make bench RUNS=20
    python -m tools.verdicts .benchmarks/FOLDER [--size 5] [--groups 200]

Draws groups of that size at random from one pool of runs of the same, single runs unless told otherwise, and tells for
each claim how often the commonest verdict comes. One that is supported or refuted ought to be so in nine of ten groups.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence

from analysis.findings.claims import ClaimVerdict, judge_claims
from runfile.runs import Run, RunError
from tools.command import command, runs_named

SEED = 1
GROUPS = 200
SIZE = 1
STABLE = 0.9
# These promise nothing that another group could take back.
SAFE = (ClaimVerdict.DEPENDS, ClaimVerdict.NOT_DECIDED)


def verdicts(runs: Sequence[Run], groups: int, size: int) -> dict[str, Counter[ClaimVerdict]]:
    """How often each verdict comes, by the name of the claim, over groups that are drawn at random."""
    rng = random.Random(SEED)
    found: dict[str, Counter[ClaimVerdict]] = {}
    for _ in range(groups):
        for judged in judge_claims(rng.sample(runs, size)).claims:
            found.setdefault(judged.name, Counter())[judged.verdict] += 1
    return found


def is_stable(tally: Counter[ClaimVerdict]) -> bool:
    """Whether the commonest verdict comes in nine of ten groups, or is one that need not."""
    ((verdict, times),) = tally.most_common(1)
    return verdict in SAFE or times >= STABLE * tally.total()


def lines(found: dict[str, Counter[ClaimVerdict]]) -> Iterator[str]:
    """A line for each claim, from the least stable."""
    width = max(map(len, found))
    for name, tally in sorted(found.items(), key=lambda item: item[1].most_common(1)[0][1] / item[1].total()):
        (verdict, times), *others = tally.most_common()
        rest = f" ({', '.join(f'{other} {number / tally.total():.1%}' for other, number in others)})" if others else ""
        warning = "" if is_stable(tally) else "  unstable"
        yield f"  {name:<{width}}  {times / tally.total():6.1%} {verdict}{rest}{warning}"


@command
def main(arguments: Sequence[str]) -> None:
    """Print how stable verdicts are."""
    parser = argparse.ArgumentParser(prog="python -m tools.verdicts", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("runs", metavar="RUN", nargs="+", help="runs of one machine, by folder, file, number or filter")
    parser.add_argument("--groups", metavar="N", type=int, default=GROUPS, help=f"how many to draw (default {GROUPS})")
    parser.add_argument("--size", metavar="N", type=int, default=SIZE, help=f"runs in each of them (default {SIZE})")
    wanted = parser.parse_args(arguments)
    runs = runs_named(wanted.runs)
    if wanted.size < 1:
        raise RunError(f"--size {wanted.size} is not a number of runs: give 1 or more")
    if len(runs) <= wanted.size:
        raise RunError(f"{len(runs)} runs are too few to draw groups from: make more, with `make bench RUNS=20`")
    if wanted.groups < 1:
        raise RunError(f"--groups {wanted.groups} draws none: give 1 or more")
    found = verdicts(runs, wanted.groups, wanted.size)
    stable = sum(map(is_stable, found.values()))
    print(f"{wanted.groups} groups of {wanted.size} from {len(runs)} runs: the commonest verdict on each claim")
    print("\n".join(lines(found)))
    print(f"{stable} of {len(found)} are the same in nine of ten groups, or depend, or are not decided")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
