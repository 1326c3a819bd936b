"""The report as one file: the page, its style and scripts, and the library that draws its pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from analysis.criteria.categories import OWN
from analysis.criteria.commands import bench
from analysis.findings.answer import Answer, answer
from analysis.findings.claims import Claims, judge_claims
from analysis.report import safe
from analysis.report.advice.basis import basis
from analysis.report.advice.panel import Panel
from analysis.report.drawing import theme
from analysis.report.drawing.figure import Figure
from analysis.report.figures import MissingFigure, Section, figures, missing
from analysis.report.gather import ReportRuns
from runfile.runs import PatternFacts

HERE = Path(__file__).parent
TEMPLATE = "page.html"


@dataclass(frozen=True)
class Part:
    """A section with pictures: what its heading says, and a sentence on how to read it."""

    section: Section
    heading: str
    lead: str


PARTS = (
    Part(
        Section.TIMELINES,
        "Who does what, and when",
        "The same tasks with each pattern, over the same time axis. The talk’s analogy is two films watched at once: "
        "concurrency goes to one while the other buffers, and parallelism has two players that run at the same time.",
    ),
    Part(
        Section.COMPARISON,
        "How fast",
        "How many times as fast as the plain loop each pattern is, with the interval that holds it with 95 % "
        "confidence, and the physical limit that no schedule beats.",
    ),
    Part(
        Section.ADVICE,
        "Which one for my work?",
        "For work that was not measured, predicted from what each pattern costs on this machine.",
    ),
    Part(Section.SCALING, "More workers", "What more workers gain, and the memory that they take."),
    Part(
        Section.RESOURCES,
        "What it costs",
        "What a pattern takes of the machine besides time, with all of its processes. Where two are as fast as each "
        "other, this may decide.",
    ),
    Part(
        Section.LIFECYCLE,
        "A script, or a service",
        "Cold is with starting and stopping the workers, as a script does each time; warm is on workers that are up.",
    ),
)
HISTORY = Part(Section.HISTORY, "What has changed", "The runs of this machine over time, and the steps in them.")
MACHINES = Part(
    Section.MACHINES,
    "Other machines, other Pythons",
    "Ratios within each machine: the seconds of unlike machines are not compared.",
)


CLAIMS = "claims"
CONTENTS = (
    ("answer", "Which one?"),
    *((part.section, part.heading) for part in PARTS),
    (CLAIMS, "The talk’s claims"),
    *((part.section, part.heading) for part in (HISTORY, MACHINES)),
    ("repeat", "How to repeat it"),
)


@dataclass(frozen=True)
class Report:
    """All that the page shows, made of what was gathered."""

    gathered: ReportRuns

    @cached_property
    def answer(self) -> Answer:
        return answer(self.gathered.material.summary, self.gathered.material.runs)

    @cached_property
    def claims(self) -> Claims:
        return judge_claims(self.gathered.material.runs)

    @cached_property
    def figures(self) -> dict[Section, tuple[Figure, ...]]:
        return figures(self.gathered.material)

    @cached_property
    def is_own(self) -> bool:
        """Whether it is of one's own work alone: that makes no claims, and nothing else is missing from it."""
        return all(one.facts.question == OWN for run in self.gathered.material.runs for one in run.benchmarks)

    def shows(self, section: str) -> bool:
        """Whether a section is on the page."""
        empty = section in self.figures and not self.figures[Section(section)]
        return not (self.is_own and (empty or section == CLAIMS))

    @cached_property
    def missing(self) -> dict[Section, list[MissingFigure]]:
        lacking = [] if self.is_own else missing(self.figures)
        return {section: [one for one in lacking if one.section is section] for section in Section}

    @cached_property
    def panel(self) -> Panel | None:
        """The sliders, where the runs tell what the machine costs."""
        calibration = basis(self.gathered.material)
        return Panel(calibration, theme.styles(self.gathered.material.patterns)) if calibration else None

    def all_figures(self) -> Iterator[Figure]:
        for found in self.figures.values():
            yield from found


def render(report: Report, library: str) -> str:
    """The page, with a library in it that draws its pictures."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from analysis.report import facts
    from analysis.stats import units
    from analysis.views import answer, claims, machines, provenance, summary
    from analysis.views.changes import trend

    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        finalize=safe.output,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    material = report.gathered.material
    environment.filters |= {
        "foreign": safe.foreign,
        "prose": safe.prose,
        "script_json": safe.script_json,
        "capital": partial(_capital, names=material.patterns),
    }
    style, script = (_source(name) for name in ("page.css", "page.js"))
    specifications = {one.name: one.spec for one in report.all_figures()} | (report.panel.curve if report.panel else {})
    page = environment.get_template(TEMPLATE).render(
        report=report,
        summary=material.summary,
        material=material,
        contents=[one for one in CONTENTS if report.shows(one[0])],
        patterns=_described(report),
        parts=[part for part in PARTS if report.shows(part.section)],
        optional={HISTORY.section, MACHINES.section},  # these have a sentence of their own
        history=HISTORY,
        machines=MACHINES,
        facts=facts,
        answers=answer,
        claim_words=claims,
        machine_words=machines,
        trends=trend,
        units=units,
        provenance=provenance,
        summaries=summary,
        colors={name: style.color for name, style in theme.styles(material.patterns).items()},
        bench=bench(material.summary.runs[-1].workload),
        panel=report.panel,
        specifications=safe.cut_values(specifications),
        policy=safe.policy([library, script, *([report.panel.script] if report.panel else [])], [style]),
        style=style,
        script=script,
        library=library,
    )
    return page.lstrip()  # of the lines that the template's macros leave


def _described(report: Report) -> list[tuple[str, PatternFacts]]:
    """The patterns that were measured, each with what it says of itself, as the newest run has it."""
    material = report.gathered.material
    said = {name: facts for run in material.runs for name, facts in run.session.patterns.items()}
    measured = [name for name in said if name in material.patterns]
    return [(name, said[name]) for name in theme.in_order(measured, str)]


def _capital(sentence: str, names: Iterable[str]) -> str:
    """A sentence with a capital letter, unless it begins with a name."""
    return sentence if sentence.startswith(tuple(names)) else sentence[:1].upper() + sentence[1:]


def _source(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
