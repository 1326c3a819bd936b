"""Workloads that were measured, as work in the model's terms: what a task waits, and what it computes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analysis.criteria.categories import NO_CHOICE
from analysis.model.calibration import SOLVED
from analysis.model.costs import Calibration
from analysis.model.laws import quantities
from analysis.model.prediction import known_of
from analysis.model.work import Work
from analysis.report.drawing.material import DrawnCase, Material

# What the calibration rests on: requests that compute nothing, and tasks that do nothing.
SOURCES = {source.workload: source for _, source in SOLVED}
# A wait that is so small a share of the CPU time, or CPU time that is of what a request takes, is noise.
NOISE = 0.1


@dataclass(frozen=True)
class KnownWork:
    """A workload, with what a task of it waits and computes in seconds, and its table."""

    name: str
    latency_seconds: float
    cpu_seconds: float
    case: DrawnCase


def known_works(material: Material, calibration: Calibration) -> Iterator[KnownWork]:
    """The workloads on which patterns were compared, as they are known or as a plain loop was observed."""
    for case in material.cases:
        if case.compares_patterns and case.facts.question not in NO_CHOICE:
            source = SOURCES.get(case.facts.workload)
            if source is None:
                yield from _observed(case, calibration)
            elif source.requests:
                yield KnownWork(source.workload, source.latency_seconds, 0.0, case)


def _observed(case: DrawnCase, calibration: Calibration) -> Iterator[KnownWork]:
    """By the baseline: the time that is no CPU time is a wait, and CPU time beyond that of a request is computing."""
    costs = next((one for one in calibration.patterns if one.is_baseline), None)
    baseline = next((one for one in case.contenders if costs and one.name == costs.pattern), None)
    if costs is None or baseline is None or baseline.row.cpu_seconds is None or not baseline.facts.tasks:
        return
    cpu = max(0.0, baseline.row.cpu_seconds / baseline.facts.tasks)
    wait = baseline.row.median_seconds / baseline.facts.tasks - cpu
    if wait < NOISE * cpu:
        yield KnownWork(case.facts.workload, 0.0, cpu, case)
        return
    request = quantities(known_of(Work(tasks=1, cores=1, latency_seconds=wait, is_warm=True), costs, 1, calibration))
    computed = cpu - request["cpu_seconds"]
    is_noise = computed < NOISE * request["cpu_seconds"]
    yield KnownWork(case.facts.workload, wait, 0.0 if is_noise else computed, case)
