"""The command line, `python -m analysis VERB`: each verb is one function here.

Exit codes: 0 done, 2 bad input, 130 interrupted, 141 nobody reads the output any more.
"""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from analysis.runs import RunError

BAD_INPUT = 2
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

Runs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[RUN]...", help="A saved run: its file, its number, or a folder of runs. Default: the newest run."
    ),
]
Storage = Annotated[Path, typer.Option(metavar="FOLDER", help="Where runs are saved.")]
STORAGE = Path(".benchmarks")


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


@app.callback()
def analysis() -> None:
    """Say what saved benchmark runs mean."""
    for stream in (sys.stdout, sys.stderr):
        # A pipe that cannot say ★ gets a question mark rather than a traceback.
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")


@app.command()
def summary(
    runs: Runs = None,
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.TEXT,  # noqa: A002
    storage: Storage = STORAGE,
) -> None:
    """For each workload: which pattern is fastest, by how much, and how sure that is.

    Several runs of one machine are summarised together.
    """
    # Here, so that --help need not wait for them.
    from analysis import as_json, markdown
    from analysis.runs import load
    from analysis.storage import find
    from analysis.summary import summarise

    found = summarise([load(path) for path in find(storage, runs or [])])
    if format is Format.JSON:
        sys.stdout.write(as_json.render(found))
    elif format is Format.MARKDOWN:
        sys.stdout.write(markdown.render(found))
    else:
        from rich.console import Console

        from analysis.text import show

        console = Console()
        # Captured, because Rich would end a broken pipe itself, with an exit code that means something else here.
        with console.capture() as text:
            show(found, console)
        sys.stdout.write(text.get())
