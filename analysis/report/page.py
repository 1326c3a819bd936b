"""The report as one file: the page, its style and scripts, and the library that draws its pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from analysis.criteria.categories import OWN
from analysis.criteria.commands import bench
from analysis.documents.document import Block, Paragraph, Tone
from analysis.documents.html import Renderer
from analysis.findings.answer import Answer, answer
from analysis.findings.claims import judge_claims
from analysis.report import safe
from analysis.report.advice.curve import basis
from analysis.report.advice.panel import Panel
from analysis.report.drawing import theme
from analysis.report.drawing.figure import Figure
from analysis.report.figures import Section, figures, missing
from analysis.report.gather import ReportRuns
from analysis.report.repeating import repeating
from analysis.stats.units import count
from analysis.views import answer as answer_view
from analysis.views import claims, guide, machines
from analysis.views.changes import trend
from analysis.views.provenance import caveat_blocks, caveats, made_on

HERE = Path(__file__).parent


# The heading of each section with pictures, and a sentence on how to read it.
PICTURED = {
    Section.TIMELINES: (
        "Who does what, and when",
        "The same tasks with each pattern, over the same time axis. The talk’s analogy is two films watched at once: "
        "concurrency goes to one while the other buffers, and parallelism has two players that run at the same time.",
    ),
    Section.COMPARISON: (
        "How fast",
        "How many times as fast as the plain loop each pattern is, with the interval that holds it with 95 % "
        "confidence, and the physical limit that no schedule beats.",
    ),
    Section.ADVICE: (
        "Which one for my work?",
        "For work that was not measured, predicted from what each pattern costs on this machine.",
    ),
    Section.SCALING: ("More workers", "What more workers gain, and the memory that they take."),
    Section.RESOURCES: (
        "What it costs",
        "What a pattern takes of the machine besides time, with all of its processes. Where two are as fast as each "
        "other, this may decide.",
    ),
    Section.LIFECYCLE: (
        "A script, or a service",
        "Cold is with starting and stopping the workers, as a script does each time; warm is on workers that are up.",
    ),
    Section.HISTORY: ("What has changed", "The runs of this machine over time, and the steps in them."),
    Section.MACHINES: (
        "Other machines, other Pythons",
        "Ratios within each machine: the seconds of unlike machines are not compared.",
    ),
}
CLAIMS = "Each held against these runs, in the talk’s words."


@dataclass(frozen=True)
class PageSection:
    """A section of the page: its pictures, and below them what documents say."""

    id: str
    heading: str
    blocks: Sequence[Block]
    lead: str = ""
    figures: Sequence[Figure] = ()


@dataclass(frozen=True)
class Report:
    """All that the page shows, made of what was gathered."""

    gathered: ReportRuns

    @cached_property
    def answer(self) -> Answer:
        return answer(self.gathered.material.summary, self.gathered.material.runs)

    @cached_property
    def figures(self) -> dict[Section, tuple[Figure, ...]]:
        return figures(self.gathered.material)

    @cached_property
    def is_own(self) -> bool:
        """Whether it is of one's own work alone: that makes no claims, and nothing else is missing from it."""
        return all(one.facts.question == OWN for run in self.gathered.material.runs for one in run.benchmarks)

    @cached_property
    def panel(self) -> Panel | None:
        """The sliders, where the runs tell what the machine costs."""
        calibration = basis(self.gathered.material)
        return Panel(calibration, self.gathered.material.styles) if calibration else None

    def all_figures(self) -> Iterator[Figure]:
        for found in self.figures.values():
            yield from found


def sections(report: Report) -> Iterator[PageSection]:
    """The sections of the page, in order. Of one's own work alone, only those that there is something for."""
    material = report.gathered.material
    yield PageSection("answer", "The answer", _answer(report))
    for section in (one for one in Section if one not in {Section.HISTORY, Section.MACHINES}):
        yield from _pictured(report, section)
    if not report.is_own:
        yield PageSection("claims", "The talk’s claims", claims.document(judge_claims(material.runs)).blocks, CLAIMS)
    yield from _pictured(report, Section.HISTORY, _changes(report))
    beside = machines.document(material.machines).blocks if material.machines else ()
    yield from _pictured(report, Section.MACHINES, beside)
    yield PageSection("repeat", "How to repeat it", repeating(report.gathered))


def _answer(report: Report) -> list[Block]:
    """The answer, what the patterns are that were measured, as the newest run has it, and the caveats."""
    material = report.gathered.material
    said = {name: facts for run in material.runs for name, facts in run.session.patterns.items()}
    measured = theme.in_order([name for name in said if name in material.patterns], str)
    return [
        *answer_view.document(report.answer).blocks,
        *guide.described({name: said[name] for name in measured}),
        *caveat_blocks(caveats(material.summary), folded=True),
    ]


def _changes(report: Report) -> Sequence[Block]:
    """What has changed over the history, or that it is too short to tell."""
    material = report.gathered.material
    if material.trend:
        return trend.document(material.trend).blocks
    if not report.figures[Section.HISTORY]:
        return []
    few = f"{count(len(material.history), 'run')} of this machine are too few to tell when something has changed"
    remedy = f"runs over weeks make a history: `{bench(material.summary.runs[-1].workload)}`"
    return [Paragraph(f"{few}; {remedy}", Tone.CAUTION)]


def _pictured(report: Report, section: Section, told: Sequence[Block] = ()) -> Iterator[PageSection]:
    """A section with its pictures, what it lacks, and what is told; none of one's own work without a picture."""
    if (figures := report.figures[section]) or not report.is_own:
        heading, lead = PICTURED[section]
        lacking = [] if report.is_own else [one.block for one in missing(report.figures) if one.section is section]
        yield PageSection(section, heading, [*lacking, *told], lead, figures)


def render(report: Report, library: str) -> str:
    """The page, with a library in it that draws its pictures."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        finalize=safe.output,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["script_json"] = safe.script_json
    material, panel = report.gathered.material, report.panel
    style, script = ((HERE / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    specifications = {one.name: one.spec for one in report.all_figures()} | (panel.curve if panel else {})
    return environment.get_template("page.html").render(
        title=answer_view.TITLE,
        made_on=made_on(material.summary),
        sections=list(sections(report)),
        html=Renderer({name: style.color for name, style in material.styles.items()}),
        panel=panel,
        specifications=safe.cut_values(specifications),
        policy=safe.policy([library, script, *([panel.script] if panel else [])], [style]),
        style=style,
        script=script,
        library=library,
    )
