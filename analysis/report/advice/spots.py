"""Where measured workloads are on the map: at an edge if they wait or compute next to nothing, and apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from analysis.report.advice.known import KnownWork
from analysis.report.drawing.scales import Scale

MILLISECOND = 1e-3
# Milliseconds of waiting, from the left, and of computing, from below.
WAITS = Scale((0.1, 1000.0), 10, 0.1, (0.1, 1.0, 10.0, 100.0, 1000.0))
COMPUTES = Scale((0.01, 100.0), 10, 0.01, (0.01, 0.1, 1.0, 10.0, 100.0))
# In pixels: the map, as narrow as on a phone, and half of a point.
WIDTH, HEIGHT, POINT = 300, 320, 9


@dataclass(frozen=True)
class Spot:
    """A workload on the map, and by how many pixels its point is moved inwards or out of the way of another."""

    number: int
    work: KnownWork
    right: float = 0
    above: float = 0

    @property
    def x(self) -> float:
        return max(WAITS.domain[0], self.work.latency_seconds / MILLISECOND)

    @property
    def y(self) -> float:
        return max(COMPUTES.domain[0], self.work.cpu_seconds / MILLISECOND)

    @property
    def pixels(self) -> tuple[float, float]:
        """Where its point is on a phone, from the left and from below."""
        return WAITS.share(self.x) * WIDTH + self.right, COMPUTES.share(self.y) * HEIGHT + self.above

    def moved(self) -> Spot:
        """Along the edge's normal, if it is at one: a point there is not at an exact place."""
        is_low = self.y == COMPUTES.domain[0]
        return replace(self, above=self.above + 2 * POINT) if is_low else replace(self, right=self.right + 2 * POINT)

    def covers(self, other: Spot) -> bool:
        return all(abs(one - two) < 2 * POINT for one, two in zip(self.pixels, other.pixels, strict=True))


def spots(works: Sequence[KnownWork]) -> list[Spot]:
    """A point for each, numbered from 1, none of which covers another."""
    found: list[Spot] = []
    for number, work in enumerate(works, 1):
        spot = Spot(number, work)
        at_left, at_bottom = spot.x == WAITS.domain[0], spot.y == COMPUTES.domain[0]
        spot = replace(spot, right=POINT * at_left, above=POINT * at_bottom)
        while any(spot.covers(other) for other in found):
            spot = spot.moved()
        found.append(spot)
    return found
