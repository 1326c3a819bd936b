"""How benchmarks went over many runs: which have a panel, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.findings.trend import Series, alike, told_apart, works_of
from analysis.report.drawing import theme
from analysis.report.drawing.canvas import shown
from analysis.report.drawing.figure import Figure
from analysis.report.drawing.material import Material
from analysis.report.drawing.panels import ChangePanel, day, draw
from analysis.stats.units import count, seconds, signed
from runfile.digests import RunDigest

FEWEST_RUNS = 3
MOST_CHANGED = 6
# Questions whose first table gives a panel for the fastest of its contenders, whether it has changed or not.
MAIN = ("talk", "io-bound", "cpu-bound", "mixed", "own")
HEADINGS = ("benchmark", "runs", "first", "newest", "change", "commit", "date")
MOST_SAID = 6


def figures(material: Material) -> Iterator[Figure]:
    """The picture, if there are some runs made as those of the report were."""
    records = _alike(material)
    panels = _panels(material, records) if len(records) >= FEWEST_RUNS else []
    if panels:
        changed = [panel for panel in panels if panel.steps]
        yield Figure(
            name="history",
            title="What changed over time, and when?" if changed else "How did it go from run to run?",
            says=_says(records, changed),
            spec=draw(panels, [record.datetime for record in records]),
            headings=HEADINGS,
            rows=tuple(row for panel in panels for row in _rows(panel)),
        )


def _alike(material: Material) -> list[RunDigest]:
    """The runs of the history that are of the report's machine and effort, from the oldest."""
    groups = ((records[0].session, records) for records in alike(material.history))
    own = (found for one, found in groups if (one.machine.fingerprint, one.run.effort) == _key(material))
    return next(own, [])


def _key(material: Material) -> tuple[str, str]:
    session = material.runs[-1].session
    return session.machine.fingerprint, session.run.effort


def _panels(material: Material, records: Sequence[RunDigest]) -> list[ChangePanel]:
    """Those that have changed most, and then the main ones."""
    patterns = {one.benchmark: one.facts.pattern for case in material.cases for one in case.contenders}
    places = {record.path: place for place, record in enumerate(records)}
    series = works_of(records)
    runs_of = {(name, told_apart(name, work, series)): runs for (name, work), runs in series.items()}
    steps = {(one.benchmark, one.work): one.steps for one in _changed(material)}
    by_newest = sorted(runs_of, key=lambda key: places[runs_of[key][-1].path])
    newest = {name: (name, apart) for name, apart in by_newest}
    main = [newest[name] for name in _main(material) if name in newest]
    return [
        ChangePanel(
            benchmark=name,
            called=name.rpartition("::")[2] + (f" ({apart})" if apart else ""),
            runs=[(places[run.path], run) for run in runs_of[name, apart]],
            steps=steps.get((name, apart), ()),
            color=material.styles[patterns[name]].color if name in patterns else theme.NEUTRAL,
        )
        for name, apart in dict.fromkeys([*list(steps)[:MOST_CHANGED], *main])
        if (name, apart) in runs_of
    ]


def _changed(material: Material) -> Sequence[Series]:
    groups = material.trend.groups if material.trend else ()
    return next((group.changed for group in groups if (group.fingerprint, group.effort) == _key(material)), ())


def _main(material: Material) -> Iterator[str]:
    for question in MAIN:
        for case in material.cases:
            if case.facts.question == question:
                yield next(one.benchmark for one in case.contenders if one.name == case.table.rows[0].contender)
                break


def _rows(panel: ChangePanel) -> Iterator[tuple[str, ...]]:
    took = panel.seconds()
    whole = shown(panel.called), count(len(took), "run"), seconds(took[0]), seconds(took[-1])
    if not panel.steps:
        yield *whole, "none found", "", ""
    for step in panel.steps:
        yield *whole, signed(step.change.estimate), shown(step.first_after.commit), day(step.first_after.datetime)


def _says(records: Sequence[RunDigest], changed: Sequence[ChangePanel]) -> str:
    said = [
        f"{shown(panel.called)} {signed(step.change.estimate)} on {day(step.first_after.datetime)}"
        for panel in changed
        for step in panel.steps
    ]
    more = f"; and {len(said) - MOST_SAID:,} more" if len(said) > MOST_SAID else ""
    outcome = f"Lasting changes: {'; '.join(said[:MOST_SAID])}{more}." if said else "No lasting change."
    return (
        f"The median round of each of {count(len(records), 'run')} made alike, from the oldest to the newest, a panel "
        f"for each benchmark with a scale of its own. {outcome}"
    )
