"""Who does what, and when: a bar for each task, in a lane for each worker, all patterns over the same time axis."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.report.figure import Figure
from analysis.report.material import Material


def figures(material: Material) -> Iterator[Figure]:
    yield from ()
