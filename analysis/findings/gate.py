"""Which runs a gate holds against which: the newest against those before it, on the same machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from analysis.criteria.commands import bench
from analysis.findings.comparison import Sides
from analysis.stats.intervals import ENOUGH_RUNS
from runfile.digests import RunDigest
from runfile.runs import Cluster, RunError

# How many of the newest runs are the candidate, and how many before them its base.
NEWEST = ENOUGH_RUNS
WINDOW = 20


def newest_alike(runs: Sequence[RunDigest]) -> list[RunDigest]:
    """The newest run, and those made like it and just before it, `NEWEST` in all. Runs are from the oldest."""
    return [run for run in runs if _made_how(run) == _made_how(runs[-1])][-NEWEST:]


def against_history(candidate: Sequence[RunDigest], history: Sequence[RunDigest], window: int) -> Sides:
    """The candidates, and as their base so many runs before them that were made alike: machine, Python, effort.

    `history` is from the oldest. Raises RunError when nothing is left to compare with.
    """
    if not candidate:
        raise RunError("no run to hold against the others: make one with `make bench`")
    first = candidate[0]
    paths = {run.path.resolve() for run in candidate}
    before = [run for run in history if run.datetime < first.datetime and run.path.resolve() not in paths]
    alike = [run for run in before if _made_how(run) == _made_how(first)]
    if not alike:
        raise RunError(
            f"there is no run before {first.path} that was made alike (machine, Python, effort, start method, "
            f"settings): make some with `{bench(first.session.run.workload)}`, or name two groups to compare"
        )
    return Sides(alike[-window:], candidate)


def check_enough(sides: Sides) -> None:
    """Raise RunError for groups that are too small for a regression to be found, whatever they say."""
    base, candidate = len(sides.base), len(sides.candidate)
    if min(base, candidate) < ENOUGH_RUNS:
        raise RunError(
            f"too few runs for a gate: {base} of the base and {candidate} of the candidate, and {ENOUGH_RUNS} of each "
            f"are needed: make more, with `{bench(sides.candidate[-1].session.run.workload, ENOUGH_RUNS)}`"
        )


def _made_how(run: RunDigest) -> tuple[str, str, str, Cluster | None, tuple[str, ...], str]:
    session, file = run.session, PurePath(run.session.run.workload).name
    return session.machine.fingerprint, session.run.effort, session.start_method, session.dask, session.settings, file
