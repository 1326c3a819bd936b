"""From runs to verdicts.

A figure speaks for a claim, or against it, when its whole interval does. A claim depends where some of it is surely so
and some surely not. It is supported when at least half of the evidence is sure to speak for it, and the rest leans that
way; refuted likewise; and else not decided. So a figure that is only just sure in one group of runs, and not quite in
the next, does not change what is said of the claim, and nothing turns a verdict into its opposite at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from analysis.criteria.commands import bench
from analysis.criteria.comparable import check_alike, differences_of
from analysis.findings.claims.claim import Claim, Test
from analysis.findings.claims.figures import FigureFound
from analysis.findings.claims.gathered import Gathered
from analysis.findings.claims.model import ClaimResult, Claims, ClaimVerdict, Evidence, Stance, Unit
from analysis.findings.claims.talk import CLAIMS
from analysis.findings.summary import flags_of, sources_of
from analysis.stats.intervals import ENOUGH_RUNS, Interval, quantile
from runfile.runs import Run

# More runs than this to decide something is as good as never.
MOST_RUNS = 100


def judge_claims(runs: Sequence[Run], claims: Sequence[Claim] = CLAIMS) -> Claims:
    """Judge claims by one run, or by several of one machine. Raises RunError when they cannot be taken together."""
    check_alike(runs)
    gathered, session = Gathered(runs), runs[0].session
    return Claims(
        runs=sources_of(runs),
        machine=session.machine,
        start_method=session.start_method,
        packages=session.packages,
        claims=tuple(_judge(claim, gathered) for claim in claims),
        differences=tuple(differences_of(runs)),
    )


def _judge(claim: Claim, runs: Gathered) -> ClaimResult:
    evidence = tuple(examine(test, runs) for test in claim.tests)
    verdict = weigh(evidence)
    # Where nothing is judged, what is only shown may be missing all the same.
    lacking = Stance.UNDECIDED if any(one.speaks_for for one in evidence) else Stance.NOTHING
    undecided = [one for one in evidence if one.says is lacking and verdict is ClaimVerdict.NOT_DECIDED]
    missing = [one for one in undecided if one.missing]
    more = max((one.runs_needed - one.figure.runs for one in undecided if one.figure and one.runs_needed), default=0)
    return ClaimResult(
        name=claim.name,
        words=claim.words,
        asks=claim.asks,
        verdict=verdict,
        axis=claim.axis,
        evidence=evidence,
        note=claim.note(runs.machine),
        more_runs=0 if missing else more,
        command=_command(missing or undecided, len(runs.runs) if missing else more),
    )


def examine(test: Test, runs: Gathered) -> Evidence:
    """Take a test's figure from the runs, and see on which side it is."""
    lacking = test.figure.asks_of(runs.machine)
    missing = [lacking] if lacking else test.figure.missing(runs)
    found = FigureFound(None, ()) if missing else test.figure.find(runs)
    if not missing and not found.figure:
        missing = [f"a run with {' and '.join(map(str, found.benches))}"]
    says = Stance.NOTHING
    if test.speaks_for:
        says = test.speaks_for.judge(found.figure) if found.figure else Stance.UNDECIDED
    benchmarks = [runs.over_runs(bench) for bench in found.benches]
    return Evidence(
        measure=test.measure,
        where=test.where,
        says=says,
        figure=found.figure,
        unit=test.figure.unit,
        speaks_for=test.speaks_for,
        beside=found.beside,
        questions=tuple(dict.fromkeys(bench.question for bench in test.figure.benches if not lacking)),
        benchmarks=tuple(next(iter(one.values())).name for one in benchmarks),
        missing=tuple(missing),
        flags=tuple(dict.fromkeys(flag for one in benchmarks for flag in flags_of(one))),
        runs_needed=_runs_needed(found.figure, test) if says is Stance.UNDECIDED else None,
    )


def weigh(evidence: Sequence[Evidence]) -> ClaimVerdict:
    """What all evidence together says; what is not judged has no weight.

    Surely for and surely against: it depends. Otherwise at least half has to be sure, and all has to lean to that side,
    for it to be supported or refuted. What is missing leans nowhere: it may turn out to be either.
    """
    judged = [one for one in evidence if one.speaks_for]
    sure = [one.says for one in judged if one.says in (Stance.FOR, Stance.AGAINST)]
    sides = set(sure)
    if len(sides) > 1:
        return ClaimVerdict.DEPENDS
    if not sides or 2 * len(sure) < len(judged) or {one.leans for one in judged} != sides:
        return ClaimVerdict.NOT_DECIDED
    return ClaimVerdict.SUPPORTED if sides == {Stance.FOR} else ClaimVerdict.REFUTED


def _runs_needed(figure: Interval | None, test: Test) -> int | None:
    """About how many runs would decide, if more of them give the same estimate and the same spread.

    None if a hundred would not: the figure is about as large as the limit itself.
    """
    if not figure or not test.speaks_for:
        return None
    scale: Callable[[float], float] = math.log if test.figure.unit is Unit.TIMES else float
    limits = [limit for limit in (test.speaks_for.low, test.speaks_for.high) if limit is not None]
    distance = min(abs(scale(limit) - scale(figure.estimate)) for limit in limits)
    reach = scale(figure.high) - scale(figure.estimate)
    spread = reach * math.sqrt(figure.runs) / _quantile(figure.runs)
    more = range(figure.runs + 1, MOST_RUNS + 1)
    return next((runs for runs in more if _quantile(runs) * spread / math.sqrt(runs) < distance), None)


def _quantile(runs: int) -> float:
    """Of few runs the repeats are what counts, and there are many of them."""
    return quantile(runs - 1 if runs >= ENOUGH_RUNS else math.inf)


def _command(evidence: Sequence[Evidence], runs: int) -> str:
    """What makes so many runs of the benchmarks that evidence rests on."""
    markers = " or ".join(dict.fromkeys(question.replace("-", "_") for one in evidence for question in one.questions))
    quoted = f"'{markers}'" if " " in markers else markers
    return bench(runs=runs, options=f"-m {quoted}") if markers and runs else ""
