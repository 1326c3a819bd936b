"""The command line, `python -m analysis VERB`: each verb is one function here.

Exit codes: 0 done, 1 a regression, or a machine of `fleet` whose run is lost, 2 bad input, 130 interrupted, 141 nobody
reads the output any more.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from analysis.options import (
    STORAGE,
    Export,
    Format,
    Formats,
    Group,
    Listing,
    Runs,
    Storage,
    Threshold,
    ThresholdFile,
)
from analysis.output import limits_of, on_console, selected, tell, together, write, write_comparison
from analysis.runs import RunError

if TYPE_CHECKING:
    from analysis.comparison import Comparison

REGRESSION = 1
LOST = 1
BAD_INPUT = 2
INTERRUPTED = 130
NOT_READ = 141


class Verbs(TyperGroup):
    """Ends every verb alike: bad input with a sentence, and a pipe that nobody reads in silence."""

    def invoke(self, ctx: Any) -> Any:
        try:
            outcome = super().invoke(ctx)
            sys.stdout.flush()
        except RunError as error:
            typer.echo(f"Error: {error}", err=True)
            raise typer.Exit(BAD_INPUT) from None
        except BrokenPipeError:
            # Python flushes once more at its exit, and would complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(NOT_READ) from None
        return outcome


app = typer.Typer(
    cls=Verbs,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback()
def analysis() -> None:
    """Say what saved benchmark runs mean."""
    for stream in (sys.stdout, sys.stderr):
        # A pipe that cannot say ★ gets a question mark rather than a traceback.
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")


# What the verbs need is imported in them, so that --help need not wait for it.


@app.command()
def summary(runs: Runs = None, how: Formats = Format.TEXT, storage: Storage = STORAGE) -> None:
    """Which pattern is fastest, by how much, how sure.

    One table for each workload. Several runs of one machine are summarised together. Default: the newest run.
    """
    from analysis import markdown, text
    from analysis.runs import load
    from analysis.selection import find
    from analysis.summary import summarise

    found = summarise([load(path) for path in find(storage, runs or [])])
    write(how, "summary", found, markdown.render, text.show)


@app.command()
def report(
    runs: Runs = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Where to; what is there is replaced.")
    ] = Path("report.html"),
    images: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write its pictures there too, as SVG and PNG.")
    ] = None,
    storage: Storage = STORAGE,
) -> None:
    """The answer, with pictures, as one HTML file.

    Of several machines' runs it is of the newest one's, and puts the others beside it. Default: the runs like the
    newest, at most 20.
    """
    from analysis import answer_words
    from analysis.report.publish import publish

    made = publish(storage, runs or [], output, images)
    tell(made.report.gathered.skipped)
    on_console(lambda console: answer_words.show(made.report.answer, console))
    for file in (*made.images, made.file):
        typer.echo(f"report: {file}" if file == made.file else f"picture: {file}")


@app.command()
def claims(runs: Runs = None, how: Formats = Format.TEXT, storage: Storage = STORAGE) -> None:
    """What the talk claims, and whether it holds here.

    Each claim is supported, refuted, depends on something, or is not decided by these runs, which then says what would
    decide it. Several runs of one machine are judged together. Default: the newest run and those like it.
    """
    from analysis.claims import judge_claims, views

    chosen = together(storage, runs)
    for reason in chosen.left_out:
        typer.echo(f"not taken: {reason}", err=True)
    write(how, "claims", judge_claims(chosen.runs), views.render, views.show)


@app.command()
def patterns(
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
    from analysis import guide_views
    from analysis.guide import guide

    chosen = together(storage, runs)
    found = guide(chosen.runs, chosen.left_out)
    if into:
        guide_views.write_into(into, guide_views.render(found))
    else:
        write(how, "guide", found, guide_views.render, guide_views.show)


@app.command()
def history(
    runs: Runs = None,
    how: Annotated[Listing, typer.Option("--format", help="How to print it.")] = Listing.TEXT,
    storage: Storage = STORAGE,
) -> None:
    """The runs there are, from the oldest.

    Files that are no runs are named, with the reason. Default: all runs.
    """
    from analysis import as_json
    from analysis import history as listed
    from analysis.selection import select

    found = listed.history(select(storage, runs or [], lenient=True))
    if how is Listing.JSON:
        sys.stdout.write(as_json.render(history=found))
    else:
        on_console(lambda console: listed.show(found, console))


@app.command()
def machines(runs: Runs = None, how: Formats = Format.TEXT, storage: Storage = STORAGE) -> None:
    """Several machines or Pythons side by side.

    First of all, where the choice of pattern changes between them. Machines stand in the order in which runs are named.
    Default: all runs.
    """
    from analysis import machines_views
    from analysis.machines import machines as side_by_side

    found = side_by_side([selected(storage, [word]) for word in runs or ["all"]], storage)
    write(how, "machines", found, machines_views.render, machines_views.show)


@app.command()
def trend(runs: Runs = None, how: Formats = Format.TEXT, storage: Storage = STORAGE) -> None:
    """What changed over a long history, and when.

    The steps of each benchmark, with the commit and date of the first run after each. Default: all runs.
    """
    from analysis import trend_views
    from analysis.trend import trend as find_trend

    found = find_trend(selected(storage, runs))
    write(how, "trend", found, trend_views.render, trend_views.show)


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

    A row for each benchmark of each run. Default: all runs.
    """
    from analysis import export as exports

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


@app.command()
def compare(
    base: Group,
    candidate: Group,
    threshold: Threshold = None,
    threshold_file: ThresholdFile = None,
    how: Formats = Format.TEXT,
    storage: Storage = STORAGE,
) -> None:
    """What changed between two groups of runs.

    Of one machine: for each benchmark a regression, an improvement, unchanged or inconclusive.
    """
    from analysis import comparison

    limits = limits_of(threshold, threshold_file)
    sides = comparison.Sides(selected(storage, [base]), selected(storage, [candidate]))
    write_comparison(comparison.compare(sides, limits), how)


@app.command()
def gate(
    groups: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[BASE] [CANDIDATE]",
            help="Two groups of runs; or one, held against the runs before it; or none, for the newest five.",
        ),
    ] = None,
    window: Annotated[
        int | None, typer.Option(min=2, help="How many runs before the candidate are its base. Default: 20.")
    ] = None,
    threshold: Threshold = None,
    threshold_file: ThresholdFile = None,
    how: Formats = Format.TEXT,
    storage: Storage = STORAGE,
) -> None:
    """Compare, and fail on a regression.

    The exit code is 1 if there is one, and 0 if there is none. A group is named as for `compare`. What is inconclusive
    fails no gate; what would decide it is told.
    """
    from analysis.comparison import Sides
    from analysis.comparison import compare as compare_sides
    from analysis.gate import WINDOW, against_history, newest_alike

    limits, named = limits_of(threshold, threshold_file), groups or []
    if len(named) > 2:
        raise RunError(f"{len(named)} groups were named: name a base and a candidate, a candidate, or nothing")
    if len(named) == 2:
        sides = Sides(selected(storage, named[:1]), selected(storage, named[1:]))
    else:
        everything = selected(storage, [])
        candidate = selected(storage, named) if named else newest_alike(everything)
        sides = against_history(candidate, everything, window or WINDOW)
    _gate(compare_sides(sides, limits), how)


@app.command()
def ab(
    base: Annotated[str, typer.Option(metavar="ENVIRONMENT|REVISION", help="A Python environment, or a git revision.")],
    candidate: Annotated[str, typer.Option(metavar="ENVIRONMENT|REVISION", help="What is held against it.")],
    runs: Annotated[int, typer.Option(metavar="N", help="How many pairs of runs to make, at most.")] = 10,
    threshold: Threshold = None,
    threshold_file: ThresholdFile = None,
    how: Formats = Format.TEXT,
    storage: Storage = STORAGE,
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[-- PYTEST ARGUMENTS]...", help="What each run is to measure.")
    ] = None,
) -> None:
    """Run base and candidate in turns, and fail on a regression.

    Two Python environments say what another aiohttp or Python changes; two revisions, what the code does. It ends early
    once every benchmark is decided, and the same command goes on after an interruption.
    """
    from analysis.ab import Plan
    from analysis.ab import ab as run_ab
    from analysis.sides import both_sides

    limits = limits_of(threshold, threshold_file)

    def report(line: str) -> None:
        typer.echo(line, err=True)

    try:
        with both_sides(base, candidate) as (one, other):
            outcome = run_ab(Plan(one, other, runs, tuple(arguments or ())), storage, limits, report)
    except KeyboardInterrupt:
        report("stopped; the same command goes on from here")
        raise typer.Exit(INTERRUPTED) from None
    report(f"{outcome.pairs} of {runs} pairs, kept in {outcome.folder}")
    _gate(outcome.comparison, how)


@app.command()
def fleet(
    dask_scheduler: Annotated[str, typer.Option(metavar="ADDRESS", help="Of a Dask cluster: tcp://10.0.0.1:8786.")],
    how: Formats = Format.TEXT,
    storage: Storage = STORAGE,
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[-- PYTEST ARGUMENTS]...", help="What each run is to measure.")
    ] = None,
) -> None:
    """Run the suite once on every machine of a Dask cluster.

    The runs are brought home into storage and put side by side, as by `machines`; those of one machine are summarised.
    The exit code is 1 if one is lost.
    """
    from analysis import markdown, text
    from analysis.fleet import fleet as run_fleet
    from analysis.machines import are_several
    from analysis.runs import load
    from analysis.summary import summarise

    def report(line: str) -> None:
        typer.echo(line, err=True)

    try:
        outcome = run_fleet(dask_scheduler, arguments or [], storage, report)
    except KeyboardInterrupt:
        report("stopped; what has come home is kept")
        raise typer.Exit(INTERRUPTED) from None
    words = [str(file) for file in outcome.files]
    if words and are_several(selected(storage, words)):
        machines(words, how, storage)
    elif words:
        write(how, "summary", summarise([load(file) for file in outcome.files]), markdown.render, text.show)
    if outcome.lost:
        sys.stdout.flush()
        raise typer.Exit(LOST)


def _gate(found: Comparison, how: Format) -> None:
    from analysis.change import Verdict

    write_comparison(found, how, brief=True)
    if found.with_verdict(Verdict.REGRESSION):
        sys.stdout.flush()
        raise typer.Exit(REGRESSION)
