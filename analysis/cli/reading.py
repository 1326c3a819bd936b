"""Verbs that say what saved runs hold."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from analysis.cli.command import app
from analysis.cli.options import STORAGE, Export, Format, Formats, Runs, Storage
from analysis.cli.output import alike, selected, show, tell, tell_left_out, together, write
from runfile.runs import RunError


@app.command()
def summary(runs: Runs = None, how: Formats = Format.TEXT, storage: Storage = STORAGE) -> None:
    """Which pattern is fastest, by how much, how sure.

    One table for each workload. Several runs of one machine are summarised together. Default: the newest run and those
    like it.
    """
    from analysis.findings.summary import summarise
    from analysis.views import summary as view

    write(how, "summary", summarise(alike(storage, runs)), view.document)


@app.command()
def answer(runs: Runs = None, how: Formats = Format.TEXT, storage: Storage = STORAGE) -> None:
    """Which pattern to choose for waiting, for computing and for both.

    By how much, how sure, what would decide what is open, and how long it took to measure. Several runs of one machine
    answer together. Default: the newest run and those like it.
    """
    from analysis.findings.answer import answer as answer_of
    from analysis.findings.summary import summarise
    from analysis.views import answer as view

    chosen = alike(storage, runs)
    write(how, "answer", answer_of(summarise(chosen), chosen), view.document)


@app.command()
def report(
    runs: Runs = None,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Output file (overwritten).")] = Path(
        "report.html"
    ),
    images: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write its pictures there too, as SVG and PNG.")
    ] = None,
    storage: Storage = STORAGE,
) -> None:
    """The answer, with pictures, as one HTML file.

    Of several machines' runs it is of the newest one's, and puts the others beside it. Default: the runs like the
    newest, at most 20.
    """
    from analysis.report.publish import publish
    from analysis.views import answer as view

    made = publish(storage, runs or [], output, images)
    tell(made.report.gathered.skipped)
    tell_left_out(made.report.gathered.left_out)
    show(view.brief(made.report.answer))
    for file in (*made.images, made.file):
        typer.echo(f"report: {file}" if file == made.file else f"picture: {file}")


@app.command()
def claims(runs: Runs = None, how: Formats = Format.TEXT, storage: Storage = STORAGE) -> None:
    """What the talk claims, and whether it holds here.

    Each claim is supported, refuted, depends on something, or is not decided by these runs, which then says what would
    decide it. Several runs of one machine are judged together. Default: the newest run and those like it.
    """
    from analysis.findings.claims import judge_claims
    from analysis.views import claims as view

    write(how, "claims", judge_claims(alike(storage, runs)), view.document)


@app.command("guide")
def pattern_guide(
    runs: Runs = None,
    into: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A Markdown file that has a place for it, to be rewritten there."),
    ] = None,
    how: Formats = Format.TEXT,
    storage: Storage = STORAGE,
) -> None:
    """When each pattern wins and loses, and what it costs.

    With the pitfall that each hides. Default: the newest run, and those of its machine that are like it.
    """
    from analysis.documents import markdown
    from analysis.findings.guide import guide
    from analysis.views import guide as view

    chosen = together(storage, runs)
    found = guide(chosen.runs, chosen.left_out)
    if into:
        view.write_into(into, markdown.render(view.document(found)))
    else:
        write(how, "guide", found, view.document)


@app.command("list")
def list_runs(runs: Runs = None, how: Formats = Format.TEXT, storage: Storage = STORAGE) -> None:
    """The runs there are, from the oldest.

    Files that are not runs are named, with the reason. Default: all runs.
    """
    from analysis.findings.run_list import run_list
    from analysis.views import run_list as view
    from runfile.selection import select

    write(how, "list", run_list(select(storage, runs or [], lenient=True)), view.document)


@app.command()
def machines(runs: Runs = None, how: Formats = Format.TEXT, storage: Storage = STORAGE) -> None:
    """Several machines or Pythons side by side.

    First of all, where the choice of pattern changes between them. Machines stand in the order in which runs are named.
    Default: all runs.
    """
    from analysis.findings.machines import machines as side_by_side
    from analysis.views import machines as view

    found = side_by_side([selected(storage, [word]) for word in runs or ["all"]], storage)
    write(how, "machines", found, view.document)


@app.command()
def trend(runs: Runs = None, how: Formats = Format.TEXT, storage: Storage = STORAGE) -> None:
    """What changed over a long history, and when.

    The steps of each benchmark, with the commit and date of the first run after each. Default: all runs.
    """
    from analysis.findings.trend import trend as find_trend
    from analysis.views.changes import trend as view

    found = find_trend(selected(storage, runs))
    write(how, "trend", found, view.document)


@app.command()
def export(
    runs: Runs = None,
    how: Annotated[Export, typer.Option("--format", help="For what: otava is a folder for Apache Otava.")] = Export.CSV,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE|FOLDER", help="Where to; without it, CSV goes to stdout."),
    ] = None,
    storage: Storage = STORAGE,
) -> None:
    """Runs for other programs.

    A row for each benchmark of each run. What was disturbed has none, which is told on stderr. Default: all runs.
    """
    from analysis.cli import export as exports
    from analysis.views.provenance import left_out

    if output is None and how is not Export.CSV:
        raise RunError(f"--format {how} is not for a terminal: name a file or folder with -o")
    records = selected(storage, runs)
    if output is None:
        sys.stdout.writelines(exports.as_csv(records))
    elif how is Export.CSV:
        exports.write_csv(records, output)
    elif how is Export.PARQUET:
        exports.write_parquet(records, output)
    else:
        exports.write_otava(records, output)
    if disturbed := sum(len(run.disturbed) for run in records):
        typer.echo(left_out(disturbed, sum(len(run.works) for run in records)), err=True)
