"""Work as the laws know it, and what it costs with the reader's clients, out of what a trial has shown of some tasks.

What a bare request takes that was done in turns with them is in the calibration already, for each pattern. What tasks
take beyond it, in CPU time and in waiting, is theirs: computing, as far as both versions have it, and the rest is the
price of a client that is dearer than the suite's own, or cheaper.
"""

from __future__ import annotations

import math

from msgspec import Struct
from msgspec.structs import replace

from analysis.model.costs import Calibration, CostFigure, PatternCosts
from analysis.model.work import LARGEST_BYTES, WIDEST_SPREAD, Work
from analysis.stats.units import factor, percent, seconds
from runfile.runs import RunError
from runfile.trial import TriedVersion, TriedWork

# A task that computes on more cores than that computes in several threads or processes at once.
MOST_CORES = 1.25
# The mean of the tasks that were tried has to be that of all to so much of it, by one standard error.
MOST_UNSURE = 0.25
# Tasks that have no core for more than this share of their time are those of a busy machine.
MOST_QUEUED = 0.1
# A wait of less than this share of a task's time is none: it is by what clocks differ.
LEAST_WAITING = 0.02
# Equal tasks differ by so much all the same, and so much of their computing seems to be without the GIL.
LEAST_SPREAD = 0.05
LEAST_FREE = 0.05
# A client is the suite's own as far as one can tell, if it does not differ from it by more than that.
CLIENTS_DIFFER = 0.25


class Described(Struct, frozen=True):
    """Work, and what it costs on a machine with the reader's clients."""

    work: Work
    calibration: Calibration


def described(tried: TriedWork, calibration: Calibration) -> Described:
    """The work that tasks are, with workers that are up. Raises RunError for some of which nothing follows."""
    versions = [one for one in (tried.blocking, tried.awaitable) if one]
    for one in versions:
        _check(one, tried.tasks)
    computing, first = min(map(_computing, versions)), versions[0]
    waiting, gil_free = _waiting(first), _gil_free(first)
    spreads = waiting > first.seconds / 2 and first.spread > LEAST_SPREAD
    work = Work(
        tasks=tried.tasks,
        cores=max(1, calibration.machine.usable_cores),
        latency_seconds=waiting,
        spread=min(WIDEST_SPREAD, first.spread) if spreads else 0.0,
        cpu_seconds=computing,
        gil_free=gil_free if gil_free > LEAST_FREE else 0.0,
        size_bytes=min(LARGEST_BYTES, tried.size_bytes),
        requests=tried.connects,
        is_warm=True,
        is_local=tried.is_local,
    )
    return Described(work, _with_clients(calibration, tried, computing))


def unsure(version: TriedVersion, tasks: int) -> float:
    """The standard error of the mean time of all tasks by those that were tried, over that mean.

    W. G. Cochran, Sampling Techniques (1977), section 2.6: nothing is unsure where all of them were.
    """
    left = max(0.0, 1 - version.tried / tasks)
    return version.deviation / version.seconds * math.sqrt(left / version.tried)


def waits(version: TriedVersion) -> bool:
    """Whether tasks wait, as far as clocks can tell."""
    return version.waited_seconds >= LEAST_WAITING * version.seconds


def is_disturbed(version: TriedVersion) -> bool:
    """Whether other programs had the cores for so long that how long single tasks took tells nothing of them."""
    return version.queued_seconds > MOST_QUEUED * version.seconds


def _check(version: TriedVersion, tasks: int) -> None:
    at_once = version.cpu_seconds / max(version.seconds - version.queued_seconds, version.thread_seconds)
    if at_once > MOST_CORES:
        raise RunError(
            f"a task computes on {at_once:.1f} cores at a time, and advice is for tasks that keep to one: keep them to "
            "one thread, as with OMP_NUM_THREADS=1, or measure without --advise"
        )
    if (error := unsure(version, tasks)) > MOST_UNSURE:
        if is_disturbed(version):
            share = percent(version.queued_seconds / version.seconds)
            raise RunError(
                f"for {share} of the time, the tasks that were tried had no core to compute on, so that nothing "
                "follows from them: close other programs, and try it again"
            )
        raise RunError(
            f"the {version.tried} tasks that were tried differ too much to tell what all {tasks:,} take: half take "
            f"less than {seconds(version.median_seconds)}, and the longest {seconds(version.longest_seconds)}, "
            f"{factor(version.longest_seconds / version.median_seconds)} as long, so that the mean is known to "
            f"±{percent(error)} at best: make them alike, or measure without --advise"
        )


def _computing(version: TriedVersion) -> float:
    """CPU time of a task beyond what is bare."""
    bare = version.bare.cpu_seconds if version.bare else 0.0
    beyond = version.cpu_seconds - bare
    return beyond if beyond > CLIENTS_DIFFER * bare else 0.0


def _waiting(version: TriedVersion) -> float:
    """What a task waits, without what any wait takes beyond its latency."""
    if not waits(version):
        return 0.0
    beyond = version.bare.waited_seconds - version.bare.latency_seconds if version.bare else 0.0
    return max(0.0, version.waited_seconds - beyond)


def _gil_free(version: TriedVersion) -> float:
    """The share of the CPU time in which the GIL is not held; where that is not known, it is taken to be held."""
    free = (version.gil_free or 0.0) * version.thread_seconds + version.children_seconds
    return min(1.0, free / version.cpu_seconds) if version.cpu_seconds else 0.0


def _with_clients(calibration: Calibration, tried: TriedWork, computing: float) -> Calibration:
    """What a machine costs where requests take other CPU time than those of the suite's own clients."""

    def costs_of(costs: PatternCosts) -> PatternCosts:
        version = tried.blocking if costs.blocking else tried.awaitable
        if not (tried.connects and version and version.bare):
            return costs
        times = (version.cpu_seconds - computing) / version.bare.cpu_seconds
        if 1 - CLIENTS_DIFFER < times < 1 + CLIENTS_DIFFER:
            return costs
        return replace(costs, request=_scaled(costs.request, times), request_cpu=_scaled(costs.request_cpu, times))

    return replace(calibration, patterns=tuple(map(costs_of, calibration.patterns)))


def _scaled(figure: CostFigure, times: float) -> CostFigure:
    return CostFigure(figure.value * times, None if figure.reach is None else figure.reach * times)
