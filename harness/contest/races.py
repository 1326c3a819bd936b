"""Several races in one contest: tables that have a contender in common, which is measured once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import geometric_mean

from harness.contest.race import Race, Standing


@dataclass(frozen=True)
class Races:
    """Each race is decided by its own contenders, and takes in no more when it is.

    A contender is out when it is in none of the races that are still open.
    """

    races: Sequence[Race]

    @property
    def decided(self) -> bool:
        """Whether all of them are."""
        return all(race.decided for race in self.races)

    @property
    def standings(self) -> dict[str, Standing]:
        """What is known of each contender in the races that are open; of several things, what keeps it in them."""
        found = {name: Standing.OUT for race in self.races for name in race.standings}
        for race in self.races:
            for name, standing in race.standings.items():
                if not race.decided and found[name] is not Standing.OPEN and standing is not Standing.OUT:
                    found[name] = standing
        return found

    figure = staticmethod(geometric_mean)

    def add(self, seconds: Mapping[str, float], elapsed: float = 0.0) -> None:
        """Take in what each contender took in a repeat."""
        for race in self.races:
            if not race.decided:
                race.add(seconds, elapsed)

    def drop(self, name: str) -> None:
        """Go on without a contender that is out."""
        for race in self.races:
            race.drop(name)

    def forget(self, name: str) -> None:
        """Go on as if a contender had never been there."""
        for race in self.races:
            race.forget(name)
