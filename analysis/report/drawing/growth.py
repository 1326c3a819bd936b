"""Benchmarks that differ in the number of workers: the work they share, and what a pattern makes of more workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.criteria.categories import OWN
from analysis.report.drawing import theme
from analysis.report.drawing.material import DrawnCase, DrawnContender
from runfile.benchmarks import BenchmarkInfo

LEAST_MEBIBYTES = 2**-8  # a page: less is drawn as this much


@dataclass(frozen=True)
class Growth:
    """A question whose tables differ in the number of workers, and one more that has the same work."""

    name: str
    question: str
    beside: str
    speed: str
    memory: str


GROWTHS = (
    Growth(
        "io",
        "io-scaling",
        "io-bound",
        "More downloads at a time: how much faster, and until when?",
        "More downloads at a time: how much memory?",
    ),
    Growth(
        "cpu",
        "cpu-scaling",
        "cpu-bound",
        "Computing with more workers: how much faster?",
        "Computing with more workers: how much memory?",
    ),
    Growth(
        "own",
        OWN,
        OWN,
        "Your own work with more workers: how much faster, and until when?",
        "Your own work with more workers: how much memory?",
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
        return self.contender.name

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
    works = {_work(case.facts) for case in scaled}
    if len(works) > 1:  # several files of one's own work
        return []
    beside = [case for case in patterns if case.facts.question == growth.beside and _work(case.facts) in works]
    found: dict[tuple[str, int, int], DrawnContender] = {}
    for case in (*beside, *scaled):
        for one in case.contenders:
            # The baseline has one worker, whatever it is given.
            workers = 1 if one.row.is_baseline else one.facts.workers
            found[one.name, workers, one.facts.tasks] = one
    baseline = next((one for one in found.values() if one.row.is_baseline), None)
    if baseline is None:
        return []
    task_seconds = baseline.row.median_seconds / baseline.facts.tasks
    return [
        GrowthPoint(
            one,
            workers,
            speed_up=task_seconds * tasks / one.row.median_seconds,
            limit=task_seconds * tasks / one.facts.ideal_seconds if one.facts.ideal_seconds else None,
        )
        for (_, workers, tasks), one in theme.in_order(sorted(found.items()), lambda item: item[0][0])
    ]


def _work(facts: BenchmarkInfo) -> tuple[str, str]:
    """What is done, whatever the number of tasks, which is part of the workload's name where it is not its own."""
    return facts.workload.removesuffix(f"-x{facts.tasks}"), facts.lifecycle


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
