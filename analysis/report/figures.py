"""Which pictures there are, in which section, and which are missing for want of benchmarks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from analysis.report import comparison, history, machines, pairs, resources, scaling, startup, timeline
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
    return {
        Section.TIMELINES: tuple(timeline.figures(material)),
        Section.COMPARISON: tuple(comparison.figures(material)),
        Section.SCALING: tuple(scaling.figures(material)),
        Section.RESOURCES: tuple(resources.figures(material)),
        Section.LIFECYCLE: tuple(_lifecycle(material)),
        Section.HISTORY: tuple(history.figures(material)),
        Section.MACHINES: tuple(machines.figures(material)),
    }


def _lifecycle(material: Material) -> Iterator[Figure]:
    yield from startup.figures(material)
    yield from pairs.figures(
        material,
        "lifecycle",
        "Cold or warm: what does a script pay that a service does not?",
        "Cold, a round starts and stops the workers; warm, they are up before the clock starts.",
    )
    yield from pairs.figures(
        material,
        "connection-reuse",
        "Does it pay to keep a session?",
        "Each request with a connection of its own, and all with one that is kept, to a server on the same machine.",
    )


def missing(material: Material) -> list[Missing]:
    """The pictures that a report of other runs would have."""
    return []
