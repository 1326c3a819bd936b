"""Benchmarks that differ in the number of workers: the work they share, and what a pattern makes of more workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from analysis.criteria.categories import OWN
from analysis.findings.evidence.workers import QUESTION
from analysis.report.drawing import theme
from analysis.report.drawing.material import DrawnCase, DrawnContender
from runfile.benchmarks import BenchmarkInfo

LEAST_MEBIBYTES = 2**-8  # a page: less is drawn as this much


@dataclass(frozen=True)
class Growth:
    """Work that was measured with several numbers of workers.

    `beside` is the question that has it with one number and the baseline, and `question` one whose tables compare all
    patterns with each number. What compares the numbers of one pattern is in tables of their own.
    """

    name: str
    beside: str
    speed: str
    memory: str
    question: str = ""


GROWTHS = (
    Growth(
        "io",
        "io-bound",
        "More downloads at a time: how much faster, and until when?",
        "More downloads at a time: how much memory?",
        question="io-scaling",
    ),
    Growth(
        "cpu",
        "cpu-bound",
        "Computing with more workers: how much faster?",
        "Computing with more workers: how much memory?",
        question="cpu-scaling",
    ),
    Growth(
        "mixed",
        "mixed",
        "Downloading and computing with more workers: how much faster?",
        "Downloading and computing with more workers: how much memory?",
    ),
    Growth(
        "own",
        OWN,
        "Your own work with more workers: how much faster, and until when?",
        "Your own work with more workers: how much memory?",
        question=OWN,
    ),
)


@dataclass(frozen=True)
class GrowthPoint:
    """A pattern with a number of workers. Speed-ups are ratios of tasks a second, as tables differ in their tasks."""

    contender: DrawnContender
    workers: int
    speed_up: float
    limit: float | None  # the speed-up that is possible

    @property
    def name(self) -> str:
        return self.contender.facts.pattern

    @property
    def is_baseline(self) -> bool:
        return self.contender.row.is_baseline and self.contender.name == self.name

    @property
    def tasks(self) -> int:
        return self.contender.facts.tasks

    @property
    def mebibytes(self) -> float | None:
        peak = self.contender.row.peak_bytes
        return None if peak is None else max(LEAST_MEBIBYTES, peak / 2**20)


def points(growth: Growth, cases: Sequence[DrawnCase]) -> list[GrowthPoint]:
    """The patterns, each with every number of workers and of tasks."""
    patterns = [case for case in cases if case.compares_patterns and case.facts.workers and case.facts.tasks]
    scaled = [case for case in patterns if case.facts.question == growth.question]
    numbers = [case for case in cases if case.facts.question == QUESTION]
    if growth.question == OWN and len({_work(case.facts) for case in scaled}) > 1:  # several files of one's own work
        return []
    works = {_work(case.facts) for case in (*scaled, *numbers)}
    beside = [case for case in patterns if case.facts.question == growth.beside and _work(case.facts) in works]
    tables = [*beside, *scaled]
    baseline = next((one for case in reversed(tables) for one in case.contenders if one.row.is_baseline), None)
    if baseline is None:
        return []
    task_seconds = baseline.row.median_seconds / baseline.facts.tasks
    shared = {_work(case.facts) for case in beside}
    tables = [*beside, *scaled, *(case for case in numbers if _work(case.facts) in shared)]
    found = [_point(one, task_seconds) for case in tables for one in case.contenders]
    newest = {(point.name, point.workers, point.tasks): point for point in found}
    return theme.in_order([point for _, point in sorted(newest.items())], lambda point: point.name)


def _point(one: DrawnContender, task_seconds: float) -> GrowthPoint:
    """A pattern with a number of workers. The baseline has one worker, whatever it is given."""
    baseline_seconds, ideal = task_seconds * one.facts.tasks, one.facts.ideal_seconds
    point = GrowthPoint(
        one,
        one.facts.workers,
        speed_up=baseline_seconds / one.row.median_seconds,
        limit=baseline_seconds / ideal if ideal else None,
    )
    # The ideal is that of the workers that it was given.
    return replace(point, workers=1, limit=None) if point.is_baseline and point.workers > 1 else point


def _work(facts: BenchmarkInfo) -> tuple[str, str]:
    """What is done, whatever the number of tasks, which is part of the workload's name where it is not its own."""
    return facts.workload.removesuffix(f"-x{facts.tasks}"), facts.lifecycle


def beside_few(found: Sequence[GrowthPoint]) -> list[GrowthPoint]:
    """Without the baseline, where all others have so many workers that it would stand far apart from them."""
    fewest = min(point.workers for point in found if not point.is_baseline)
    return [point for point in found if not point.is_baseline or fewest <= 2]


def with_most_tasks(found: Sequence[GrowthPoint]) -> list[GrowthPoint]:
    """One for each pattern and number of workers: on the most tasks, so that the workers are busy."""
    most: dict[tuple[str, int], GrowthPoint] = {}
    for point in found:
        known = most.setdefault((point.name, point.workers), point)
        most[point.name, point.workers] = max(known, point, key=lambda one: one.tasks)
    return list(most.values())


def with_extreme_tasks(found: Sequence[GrowthPoint]) -> list[GrowthPoint]:
    """Those on the fewest tasks and on the most: memory grows with tasks too, as their results are kept."""
    tasks = [point.tasks for point in found]
    return [point for point in found if point.tasks in (min(tasks), max(tasks))]
