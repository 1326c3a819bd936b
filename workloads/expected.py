"""What a plain loop returned, for a workload without a `check`: what the patterns return is compared with it."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workloads.contract import Workload, WrongAnswer, short


@dataclass(frozen=True)
class Expected:
    """Results by the number of their task: those of the tasks that were tried, or none if they cannot be kept."""

    results: dict[int, Any] = field(default_factory=dict)

    def check(self, workload: Workload, results: Sequence[Any]) -> None:
        """Raise WrongAnswer for the first result that is another than expected, or when there are too few or many."""
        if len(results) != len(workload.tasks):
            raise WrongAnswer(f"{workload.name}: {len(workload.tasks)} tasks gave {len(results)} results")
        for number, expected in self.results.items():
            if not same(results[number], expected):
                raise WrongAnswer(
                    f"{workload.name}: task {number} ({short(workload.tasks[number])}) gave {short(results[number])} "
                    f"and the plain loop {short(expected)}: add a check(results) if both are right"
                )

    @classmethod
    def read(cls, file: str) -> Expected:
        """What was kept in a file; nothing without one."""
        return cls(pickle.loads(Path(file).read_bytes())) if file else cls()  # noqa: S301

    def write(self, file: Path) -> None:
        """Keep it in a file, for other processes. Raises whatever a result raises that cannot be pickled."""
        file.write_bytes(pickle.dumps(self.results))


def same(one: Any, other: Any) -> bool:
    """Whether two results are equal, or look the same when pickled, for those that do not say when they are equal."""
    try:
        if bool(one == other):
            return True
    except Exception:  # noqa: S110 - arrays do not say it in one word
        pass
    try:
        return pickle.dumps(one) == pickle.dumps(other)
    except Exception:
        return False


def lacks_travel(value: Any) -> str | None:
    """None, or why a value does not come out of another process as it was: the exception, in words."""
    try:
        pickle.loads(pickle.dumps(value))  # noqa: S301
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())}"
    return None
