"""Which pictures there are, in which section, and which are missing for want of benchmarks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from analysis.report.figure import Figure
from analysis.report.material import Material


class Section(StrEnum):
    """Where in a report a picture belongs, in the order of the report."""

    TIMELINES = "timelines"
    COMPARISON = "comparison"
    SCALING = "scaling"
    RESOURCES = "resources"
    LIFECYCLE = "lifecycle"
    HISTORY = "history"
    MACHINES = "machines"


@dataclass(frozen=True)
class Missing:
    """A picture that cannot be drawn: what it would show, what is lacking, and the command that makes it."""

    section: Section
    shows: str
    lacks: str
    command: str


def figures(material: Material) -> dict[Section, tuple[Figure, ...]]:
    """The pictures of each section, which has none where there is nothing to draw; every section is there."""
    from analysis.report import comparison, timeline

    found: dict[Section, tuple[Figure, ...]] = dict.fromkeys(Section, ())
    found[Section.TIMELINES] = tuple(timeline.figures(material))
    found[Section.COMPARISON] = tuple(comparison.figures(material))
    return found


def missing(material: Material) -> list[Missing]:
    """The pictures that a report of other runs would have."""
    return []
