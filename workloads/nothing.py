"""No work at all: a task returns its input, so that what is left is what the pattern itself costs a task."""

from workloads.computation import Computation

TASKS = tuple(range(1_000))


def same(task: int) -> int:
    """The task itself."""
    return task


WORKLOADS = (Computation("nothing", same, tasks=TASKS, answers=TASKS),)
