"""A contest that has been held, as a table sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from harness import flags
from harness.contest.engine import Ending, Outcome
from harness.host import cpu
from harness.stands.contender import StandContender

T = TypeVar("T")


@dataclass(frozen=True)
class Held:
    """A contest that has been held, the rows of a table that are of it, and what the cores did meanwhile."""

    identity: str
    rows: tuple[str, ...]
    contenders: dict[str, StandContender]
    outcome: Outcome
    share: cpu.CpuShare

    def spread_of(self, contender: str) -> float:
        """How far the repeats of a contender lie apart beside those of the others."""
        took = {
            name: {repeat.number: repeat.mean_seconds for repeat in repeats}
            for name, repeats in self.outcome.repeats.items()
        }
        own = took.pop(contender)
        return flags.spread_beside(own, list(took.values()))

    @property
    def measured(self) -> int:
        """How many rows were measured to the end."""
        return sum(name in self.outcome.repeats for name in self.rows)

    def table(self, names: Mapping[str, str], is_decided: bool) -> Held:
        """One of several tables of the contest: the names that its rows had there, and whether it was decided."""
        whole = self.outcome

        def own(found: Mapping[str, T]) -> dict[str, T]:
            return {row: found[name] for row, name in names.items() if name in found}

        outcome = replace(
            whole,
            repeats=own(whole.repeats),
            failures=own(whole.failures),
            unfit=own(whole.unfit),
            ended=Ending.DECIDED if whole.ended is Ending.TIME and is_decided else whole.ended,
        )
        return replace(self, rows=tuple(names), contenders=own(self.contenders), outcome=outcome)
