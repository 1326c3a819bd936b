"""The command line with all its verbs, in the order in which --help lists them.

What a verb needs is imported in it, so that --help need not wait for it.
"""

from analysis.cli import reading  # noqa: I001 - in this order they are listed
from analysis.cli import advising
from analysis.cli import comparing
from analysis.cli import making
from analysis.cli.command import app

__all__ = ["advising", "app", "comparing", "making", "reading"]
