"""What the programs here have in common: the saved runs that they are given, and how they end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path

from analysis.cli.command import BAD_INPUT, NOT_READ, write_no_more
from runfile.runs import Run, RunError, load
from runfile.selection import select

STORAGE = Path(".benchmarks")


def command(main: Callable[[Sequence[str]], None]) -> Callable[[Sequence[str]], int]:
    """A program that returns 0, or 2 after a sentence on bad input, which it raises as a RunError.

    Where nobody reads on, as after `| head`, it ends in silence.
    """

    @wraps(main)
    def ended(arguments: Sequence[str]) -> int:
        try:
            main(arguments)
            sys.stdout.flush()
        except RunError as error:
            sys.stderr.write(f"{error}\n")
            return BAD_INPUT
        except BrokenPipeError:
            write_no_more()
            return NOT_READ
        return 0

    return ended


def runs_named(words: Sequence[str]) -> list[Run]:
    """The saved runs that are meant, from the oldest. Raises RunError."""
    return [load(record.path) for record in select(STORAGE, words).records]
