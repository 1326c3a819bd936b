"""Which pictures there are, in which section, and which are missing for lack of benchmarks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain, count

from analysis.documents.document import Block, Paragraph, Tone
from analysis.report.advice import regions
from analysis.report.charts import (
    clients,
    comparison,
    drift,
    history,
    machines,
    pairs,
    resources,
    scaling,
    startup,
    timeline,
)
from analysis.report.drawing.figure import Figure
from analysis.report.drawing.material import Material


class Section(StrEnum):
    """Where in a report a picture belongs, in the order of the report."""

    TIMELINES = "timelines"
    COMPARISON = "comparison"
    ADVICE = "advice"
    SCALING = "scaling"
    RESOURCES = "resources"
    LIFECYCLE = "lifecycle"
    HISTORY = "history"
    MACHINES = "machines"


@dataclass(frozen=True)
class MissingFigure:
    """A picture that cannot be drawn: what it would show, what is lacking, and the command that makes it.

    Without a name, it is any picture of the section.
    """

    section: Section
    shows: str
    lacks: str
    command: str = "make bench"
    name: str = ""

    @property
    def block(self) -> Block:
        said = f"Not measured: {self.shows}, for lack of {self.lacks}. Run: `{self.command}`"
        return Paragraph(said, Tone.CAUTION)


# What a report has if the runs allow it.
WANTED = (
    MissingFigure(
        Section.TIMELINES,
        "who does what, and when, in the talk’s program",
        "a run of it that was observed, which --fast leaves out",
        'make bench ARGS="-m talk"',
    ),
    MissingFigure(Section.COMPARISON, "which pattern is fastest", "tables of several patterns"),
    MissingFigure(
        Section.COMPARISON,
        "which HTTP client is fastest",
        "the clients’ benchmarks",
        'make bench ARGS="-m clients"',
        name="clients-downloads-of-1-kib-and-0-ms",
    ),
    MissingFigure(
        Section.ADVICE,
        "which pattern to choose for work that was not measured",
        "what each pattern costs, of which --fast and parts of a run leave out some",
    ),
    MissingFigure(
        Section.SCALING,
        "what more downloads at a time gain, and the memory they take",
        "several numbers of workers, which --fast leaves out",
        name="scaling-io-speed-up",
    ),
    MissingFigure(
        Section.SCALING,
        "what more workers than cores gain when they compute",
        "several numbers of workers, which --fast leaves out",
        name="scaling-cpu-speed-up",
    ),
    MissingFigure(
        Section.RESOURCES,
        "the CPU time and the memory that each pattern takes",
        "observations, which --fast leaves out",
        name="resources-cpu",
    ),
    MissingFigure(
        Section.LIFECYCLE,
        "what it costs to start and stop workers",
        "the startup benchmarks",
        'make bench ARGS="-m startup"',
        name="startup",
    ),
    MissingFigure(
        Section.LIFECYCLE,
        "cold beside warm",
        "the lifecycle benchmarks",
        'make bench ARGS="-m lifecycle"',
        name="pairs-lifecycle",
    ),
    MissingFigure(
        Section.LIFECYCLE,
        "what it gains to keep a session",
        "the benchmarks of it",
        'make bench ARGS="-m connection_reuse"',
        name="pairs-connection-reuse",
    ),
    MissingFigure(
        Section.HISTORY,
        "how the benchmarks go over time",
        f"runs made alike, of which it takes {history.FEWEST_RUNS} to draw something and ten to find what changed",
        "make bench RUNS=10",
        name="history",
    ),
    MissingFigure(
        Section.MACHINES,
        "where another machine or another Python asks for another pattern",
        "runs of another one",
        "make bench PYTHON=python3.13",
        name="machines",
    ),
)


def figures(material: Material) -> dict[Section, tuple[Figure, ...]]:
    """The pictures of each section, which has none where there is nothing to draw; every section is there."""
    drawn = {
        Section.TIMELINES: timeline.figures(material),
        Section.COMPARISON: chain(comparison.figures(material), clients.figures(material), drift.figures(material)),
        Section.ADVICE: regions.figures(material),
        Section.SCALING: scaling.figures(material),
        Section.RESOURCES: resources.figures(material),
        Section.LIFECYCLE: _lifecycle(material),
        Section.HISTORY: history.figures(material),
        Section.MACHINES: machines.figures(material),
    }
    taken: set[str] = set()
    return {section: tuple(_named(figure, taken) for figure in found) for section, found in drawn.items()}


def _named(figure: Figure, taken: set[str]) -> Figure:
    """The figure under a name of its own: what names are made of may be alike."""
    names = chain([figure.name], (f"{figure.name}-{number}" for number in count(2)))
    name = next(name for name in names if name not in taken)
    taken.add(name)
    return replace(figure, name=name)


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
        "Each request with a connection of its own, or all with one that is kept, to a server on the same machine "
        "or one that is a round trip of 20 ms away.",
        groups={
            "*-tls": "{tasks} downloads over TLS",
            "*-kept": "{tasks} downloads over http",
            "*-new": "{tasks} downloads over http",
            "*-tls-rtt": "{tasks} downloads over TLS, 20 ms away",
            "*-rtt": "{tasks} downloads over http, 20 ms away",
        },
    )


def missing(found: dict[Section, tuple[Figure, ...]]) -> list[MissingFigure]:
    """What a report with these pictures lacks."""
    names = {figure.name for drawn in found.values() for figure in drawn}
    return [one for one in WANTED if (one.name not in names if one.name else not found[one.section])]
