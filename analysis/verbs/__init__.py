"""The verbs of the command line, in the order in which --help lists them.

What a verb needs is imported in it, so that --help need not wait for it.
"""

from analysis.verbs import reading, judging  # noqa: I001 - in this order

__all__ = ["judging", "reading"]
