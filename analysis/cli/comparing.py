"""Verbs that compare runs: what became slower, and whether that fails a build."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from analysis.cli.command import REGRESSION, app, end
from analysis.cli.options import STORAGE, Format, Formats, Group, Storage, Threshold, ThresholdFile
from analysis.cli.output import limits_of, selected, write
from runfile.runs import RunError


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
    from analysis.findings import comparison
    from analysis.views.changes import comparison as view

    limits = limits_of(threshold, threshold_file)
    sides = comparison.Sides(selected(storage, [base]), selected(storage, [candidate]))
    write(how, "comparison", comparison.compare(sides, limits), view.document)


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

    The exit code is 1 if there is one, 0 if there is none, and 2 if there are too few runs. A group is named as for
    `compare`. What is inconclusive fails no gate; what would decide it is told.
    """
    from analysis.findings.comparison import Sides
    from analysis.findings.comparison import compare as compare_sides
    from analysis.findings.gate import WINDOW, against_history, check_enough, newest_alike
    from analysis.stats.change import Verdict
    from analysis.views.changes import comparison as view

    limits, named = limits_of(threshold, threshold_file), groups or []
    if len(named) > 2:
        raise RunError(f"{len(named)} groups were named: name a base and a candidate, a candidate, or nothing")
    if len(named) == 2:
        sides = Sides(selected(storage, named[:1]), selected(storage, named[1:]))
    else:
        everything = selected(storage, [])
        candidate = selected(storage, named) if named else newest_alike(everything)
        sides = against_history(candidate, everything, window or WINDOW)
    check_enough(sides)
    found = compare_sides(sides, limits)
    write(how, "comparison", found, partial(view.document, brief=how is Format.TEXT))
    if found.with_verdict(Verdict.REGRESSION):
        end(REGRESSION)
