"""How pictures look: a colour, a shape and a dash for each pattern, and the colours of a page.

A pattern's colour has a contrast of 3:1 or more on white and on near-black alike, so that it is the same in both, and
never tells more than a shape or a label tells too. The three that matter most are near to Okabe and Ito's (2008)
vermilion, blue and green, told apart with any kind of colour blindness.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar
from zlib import crc32

T = TypeVar("T")


@dataclass(frozen=True)
class Style:
    """How a pattern is drawn.

    The shape is Vega's name of one, or a path in a square from -1 to 1; the dash is lengths of line and gap in pixels.
    """

    color: str
    shape: str
    dash: tuple[int, ...]


@dataclass(frozen=True)
class Look:
    """The colours of a picture's surroundings, and its font."""

    ink: str
    paper: str
    font: str = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


class Mark(StrEnum):
    """Styles that marks may have; what they look like depends on the page."""

    NAME = "name"
    LABEL = "label"
    SIGN = "sign"
    NOTE = "note"
    VALUE = "value"
    LIMIT = "limit"
    BASE = "base"
    KEY = "key"
    INTERVAL = "interval"
    SPOT = "spot"
    NUMBER = "number"


# In a page, text and lines have the colour of its text, whichever that is.
PAGE = Look(ink="currentColor", paper="transparent")
LIGHT = Look(ink="#1f2328", paper="#ffffff")
DARK = Look(ink="#e6edf3", paper="#0d1117")

# For plain code, and for what is not a pattern.
NEUTRAL = "#7a7f87"
HEXAGON = "M1,0L.5,.866L-.5,.866L-1,0L-.5,-.866L.5,-.866Z"
PENTAGON = "M0,-1L.951,-.309L.588,.809L-.588,.809L-.951,-.309Z"
SALTIRE = "M-1,-.6L-.6,-1L0,-.4L.6,-1L1,-.6L.4,0L1,.6L.6,1L0,.4L-.6,1L-1,.6L-.4,0Z"
BOWTIE = "M-.9,-.9L-.9,.9L.9,-.9L.9,.9Z"
HOURGLASS = "M-.9,-.9L.9,-.9L-.9,.9L.9,.9Z"
# The suite's own, in the order in which every picture has them.
KNOWN = {
    "sequential": Style(NEUTRAL, "circle", (1, 0)),
    "threading": Style("#d1670d", "square", (6, 2)),
    "threads-and-queue": Style("#a0694b", PENTAGON, (6, 1, 1, 1)),
    "asyncio": Style("#1f7fcf", "triangle-up", (1, 0)),
    "asyncio-uvloop": Style("#5d7bb0", "triangle-down", (10, 3)),
    "asyncio-to-thread": Style("#8168d8", "triangle-right", (4, 4)),
    "asyncio-process-pool": Style("#b7559b", "cross", (2, 2)),
    "asyncio-threads": Style("#4a8a8a", BOWTIE, (1, 6)),
    "asyncio-processes": Style("#9a7b0a", HOURGLASS, (2, 6)),
    "multiprocessing": Style("#0b9a6d", "diamond", (8, 3, 2, 3)),
    "process-pool": Style("#148f9e", HEXAGON, (12, 3, 2, 3)),
    "interpreters": Style("#6f8f1f", SALTIRE, (3, 1)),
    "dask": Style("#c8485f", "triangle-left", (1, 3)),
}
# Those of these four are never another's.
ALWAYS = ("sequential", "threading", "asyncio", "multiprocessing")
OTHERS = tuple(style for name, style in KNOWN.items() if name not in ALWAYS)


def in_order(things: Iterable[T], pattern: Callable[[T], str]) -> list[T]:
    """Things in the order in which every picture has their patterns: the suite's own first, the others by name."""
    known = list(KNOWN)

    def place(one: T) -> tuple[int, str]:
        name = pattern(one)
        return known.index(name) if name in KNOWN else len(known), name

    return sorted(things, key=place)


def styles(patterns: Iterable[str]) -> dict[str, Style]:
    """A style for each pattern, no two alike while there are not more than thirteen.

    One that nobody knows gets the style that its name asks for, or the next that none of these has, so that it mostly
    keeps it from report to report.
    """
    names = set(patterns) | set(ALWAYS)
    found = {name: style for name, style in KNOWN.items() if name in names}
    for name in sorted(names - set(KNOWN)):
        place = crc32(name.encode())
        taken = set(found.values())
        choice = [OTHERS[(place + step) % len(OTHERS)] for step in range(len(OTHERS))]
        found[name] = next((style for style in choice if style not in taken), choice[0])
    return found


def config(look: Look) -> dict[str, Any]:
    """Vega-Lite's configuration for a page of that look."""
    faint = {"labelColor": look.ink, "titleColor": look.ink, "domainColor": look.ink, "tickColor": look.ink}
    return {
        "font": look.font,
        "background": look.paper,
        "padding": {"left": 1, "right": 1, "top": 4, "bottom": 4},
        "view": {"stroke": None},
        "axis": {
            **faint,
            "gridColor": look.ink,
            "gridOpacity": 0.12,
            "domainOpacity": 0.3,
            "tickOpacity": 0.3,
            "labelFontSize": 12,
            "labelOverlap": "greedy",
            "labelSeparation": 6,
            "labelOpacity": 0.8,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "titleOpacity": 0.8,
        },
        "legend": {"labelColor": look.ink, "titleColor": look.ink, "labelFontSize": 12},
        "title": {
            "color": look.ink,
            "fontSize": 18,
            "lineHeight": 23,
            "anchor": "start",
            "offset": 16,
            "subtitleColor": look.ink,
            "subtitleFontSize": 12,
            "subtitleLineHeight": 16,
            "subtitlePadding": 8,
        },
        "text": {"color": look.ink, "fontSize": 12},
        "rule": {"color": look.ink},
        "style": {
            Mark.NAME: {"color": look.ink, "fontSize": 13, "fontWeight": "bold"},
            Mark.LABEL: {"color": look.ink, "fontSize": 13},
            Mark.SIGN: {"color": look.ink, "opacity": 1},
            Mark.NOTE: {"color": look.ink, "fontSize": 12, "opacity": 0.75},
            Mark.VALUE: {"color": look.ink, "fontSize": 13, "fontWeight": "bold"},
            Mark.LIMIT: {"color": look.ink, "opacity": 0.8},
            Mark.KEY: {"color": look.ink, "opacity": 0.75},
            Mark.BASE: {"color": look.ink, "opacity": 0.35},
            Mark.INTERVAL: {"color": look.ink},
            Mark.SPOT: {"color": look.ink, "strokeWidth": 1.5, "size": 230, "opacity": 0.9},
            Mark.NUMBER: {"color": look.ink, "fontSize": 11, "fontWeight": "bold"},
        },
    }
