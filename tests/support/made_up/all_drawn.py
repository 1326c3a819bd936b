"""The pictures of a made-up run that has something for all of them, drawn once in a process."""

from __future__ import annotations

from functools import cache

from analysis.report.drawing.figure import Figure
from analysis.report.drawing.material import Material
from tests.support.made_up import pictured
from tests.support.made_up.pictured import drawn


@cache
def everything() -> Material:
    return pictured.material(pictured.everything())


@cache
def all_figures() -> dict[str, Figure]:
    """The pictures by their names."""
    return drawn(everything())
