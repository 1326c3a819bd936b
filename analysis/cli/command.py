"""The command line, `python -m analysis VERB`: how every verb begins and ends.

Exit codes: 0 done, 1 a regression, or a machine of `fleet` whose run is lost, 2 bad input, 130 interrupted, 141 nobody
reads the output any more.
"""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from analysis.documents.encoding import show_plainly
from runfile.runs import RunError

REGRESSION = 1
LOST = 1
BAD_INPUT = 2
INTERRUPTED = 130
NOT_READ = 141


def end(code: int) -> NoReturn:
    """End a verb that has printed what it had to."""
    sys.stdout.flush()
    raise typer.Exit(code)


def write_no_more() -> None:
    """Drop what is left to print where nobody reads: Python flushes once more at its exit, and would complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
            write_no_more()
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
    """Interpret saved benchmark runs."""
    for stream in (sys.stdout, sys.stderr):
        show_plainly(stream)
