"""Verbs that have runs made for a purpose, and show what came of it. How they are made is known in `campaign` alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from analysis.cli.command import BAD_INPUT, INTERRUPTED, LOST, REGRESSION, app, end
from analysis.cli.options import STORAGE, Format, Formats, Storage, Threshold, ThresholdFile
from analysis.cli.output import limits_of, selected, write
from analysis.cli.reading import machines
from runfile.runs import RunError

if TYPE_CHECKING:
    from analysis.findings.ab import ABComparison


@app.command()
def ab(
    base: Annotated[
        str | None,
        typer.Option(metavar="ENVIRONMENT|REVISION", help="A Python environment, or a git revision of this suite."),
    ] = None,
    candidate: Annotated[
        str | None, typer.Option(metavar="ENVIRONMENT|REVISION", help="What to compare with the base.")
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(help="How long to compare each benchmark. Default: 15; with -- --fast 5, with -- --rigorous 75."),
    ] = None,
    show_list: Annotated[bool, typer.Option("--list", help="List the comparisons that were made.")] = False,
    threshold: Threshold = None,
    threshold_file: ThresholdFile = None,
    how: Formats = Format.TEXT,
    storage: Storage = STORAGE,
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN | -- PYTEST ARGUMENTS...]",
            help="A comparison to show again, by number, file or folder; or after --, which benchmarks to compare.",
        ),
    ] = None,
) -> None:
    """Compare two environments or revisions in turns, and fail on a regression.

    Two Python environments say what another aiohttp or Python changes; two revisions, what the code does. A benchmark
    is over as soon as it is decided, and the same command goes on after an interruption. The exit code is 1 on a
    regression, and 2 if there is none and a benchmark failed.
    """
    from analysis.findings import ab as versus
    from analysis.views.changes import ab as view
    from campaign.ab import ABPlan, check
    from campaign.ab import ab as run_ab
    from campaign.environments import both_sides

    words = tuple(arguments or ())
    if show_list:
        write(how, "comparisons", versus.listed(storage), view.list_document)
        return
    if base is None or candidate is None:
        if base or candidate or len(words) != 1:
            raise RunError("ab compares two sides: give --base and --candidate; or a comparison to show, or --list")
        _show_versus(versus.chosen(storage, words[0]), how)
        return
    limits = limits_of(threshold, threshold_file)
    check(seconds, words)
    try:
        with both_sides(base, candidate) as (one, other):
            file = run_ab(ABPlan(one, other, words, limits, seconds), storage, _report)
    except KeyboardInterrupt:
        _report("stopped; the same command goes on from here")
        raise typer.Exit(INTERRUPTED) from None
    _report(f"saved in {file}")
    _show_versus(versus.read(file), how)


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
    from analysis.findings.machines import are_several
    from analysis.findings.summary import summarise
    from analysis.views import summary as view
    from campaign.fleet import fleet as run_fleet
    from runfile.runs import load

    try:
        outcome = run_fleet(dask_scheduler, arguments or [], storage, _report)
    except KeyboardInterrupt:
        _report("stopped; what has come home is kept")
        raise typer.Exit(INTERRUPTED) from None
    words = [str(file) for file in outcome.files]
    if words and are_several(selected(storage, words)):
        machines(words, how, storage)
    elif words:
        write(how, "summary", summarise([load(file) for file in outcome.files]), view.document)
    if outcome.lost:
        end(LOST)


def _report(line: str) -> None:
    typer.echo(line, err=True)


def _show_versus(found: ABComparison, how: Format) -> None:
    """Print a comparison of two subjects, and end as it says."""
    from analysis.stats.change import Verdict
    from analysis.views.changes import ab as view

    write(how, "comparison", found, view.document)
    if found.with_verdict(Verdict.REGRESSION):
        end(REGRESSION)
    if found.failed:
        end(BAD_INPUT)
