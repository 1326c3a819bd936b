"""The command line with all its verbs, in the order in which --help lists them.

What a verb needs is imported in it, so that --help need not wait for it.
"""

from analysis.cli import comparing, making, reading
from analysis.cli.command import app

__all__ = ["app", "comparing", "making", "reading"]
