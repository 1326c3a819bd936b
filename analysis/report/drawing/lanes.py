"""Tasks in lanes: each worker has as many as it has tasks in flight at a time."""

from __future__ import annotations

from dataclasses import dataclass

from runfile.benchmarks import Observation


@dataclass(frozen=True)
class Task:
    """A task: its lane, counted within its worker, and when it was begun and done, in seconds."""

    lane: int
    start: float
    end: float


@dataclass(frozen=True)
class Worker:
    """A worker of one observation, and its tasks in the order in which they were begun."""

    tasks: tuple[Task, ...]

    @property
    def lanes(self) -> int:
        return 1 + max(task.lane for task in self.tasks)


def workers(observation: Observation) -> list[Worker]:
    """The workers in the order in which they begin; none when each task was not observed."""
    spans: dict[str | int, list[tuple[float, float]]] = {}
    for worker, start, end in sorted(observation.timeline or (), key=lambda task: task[1:]):
        spans.setdefault(worker, []).append((start, end))
    return [_worker(found) for found in spans.values()]


def _worker(spans: list[tuple[float, float]]) -> Worker:
    """Each task in the first lane that is free when it begins."""
    busy_until: list[float] = []
    tasks = []
    for start, end in spans:
        lane = next((lane for lane, until in enumerate(busy_until) if until <= start), len(busy_until))
        busy_until[lane : lane + 1] = [end]
        tasks.append(Task(lane, start, end))
    return Worker(tuple(tasks))
