"""A claim as it is written down: the talk's words, and the tests that it has to stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analysis.findings.claims.figures import ClaimFigure
from analysis.findings.claims.model import Range
from runfile.runs import Machine

# A difference of less is none, however sure it is: nobody would choose a pattern for it.
MATTERS = 0.05

MORE = Range(low=1 + MATTERS)
NOT_LESS = Range(low=1 / (1 + MATTERS))


@dataclass(frozen=True)
class Test:
    """A figure, and where it has to be to speak for a claim; without `speaks_for` it is shown for comparison only.

    `where` says what it is measured on, as in "on download-talk", or "for a thread".
    """

    measure: str
    where: str
    figure: ClaimFigure
    speaks_for: Range | None = None


@dataclass(frozen=True)
class Claim:
    """A claim of the talk.

    `asks` is what is measured, and from where on it counts; `axis`, what the tests differ in and so what the verdict
    may depend on; `note` has what must be known to read it, on that machine.
    """

    name: str
    words: str
    asks: str
    axis: str
    tests: tuple[Test, ...]
    note: Callable[[Machine], str] = lambda _: ""
