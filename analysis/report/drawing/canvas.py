"""What pictures have in common: layers of a chart, and text that is safe in one.

Whatever comes from a saved run is a value in a chart's data, under a field name that is written here: never a part of a
field name, a scale's domain or an expression, which Vega would evaluate. Colours, shapes and places are computed here
too, so that no scale has to know a name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rich.cells import cell_len, set_cell_size

from analysis.report.drawing import theme
from analysis.report.drawing.theme import Style
from analysis.stats.units import SECONDS
from runfile.sanitize import printable

# What a mark is drawn from: its fields and their values.
Datum = dict[str, Any]
Values = Sequence[Datum]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
# Cells of a terminal, which are about as wide as letters.
LONGEST = 60
LONGEST_NAME = 22
# In pixels: from a point to the next, and all of a row.
APART, MOST_APART = 3.5, 16.0
CUT = "…"
# Vega's expression for how many names stand side by side.
LEGEND_COLUMNS = "width < 500 ? 2 : 4"
# Vega's expressions for the labels of an axis.
NUMBERS = "format(datum.value, ',~g')"
TIMES = "format(datum.value, ',~g') + '×'"
MEBIBYTES = (
    "datum.value < 1 ? format(datum.value * 1024, ',~g') + ' KiB' : "
    "datum.value < 1024 ? format(datum.value, ',~g') + ' MiB' : format(datum.value / 1024, ',~g') + ' GiB'"
)
MILLISECONDS = (
    "datum.value < 1 ? format(datum.value * 1000, ',~g') + ' µs' : "
    "datum.value < 1000 ? format(datum.value, ',~g') + ' ms' : format(datum.value / 1000, ',~g') + ' s'"
)
UNITS = {"ns": "nanoseconds", "µs": "microseconds", "ms": "milliseconds", "s": "seconds"}


def shown(text: str, longest: int = LONGEST) -> str:
    """Text of a saved run on one line, without what turns it around, and cut where it would be too long."""
    # Cut first: a name of a megabyte takes long to look at.
    text = printable(text[: 4 * longest]) or "?"
    return text if cell_len(text) <= longest else set_cell_size(text, longest - 1).rstrip() + CUT


def slug(text: str) -> str:
    """Text as a part of a file's name and of an element's id."""
    return "-".join(re.findall("[a-z0-9]+", text[:LONGEST].lower())) or "other"


def apart(number: int, of: int) -> float:
    """How far below the middle of a row one of several points is drawn, as they would often cover each other."""
    return (number - (of - 1) / 2) * min(APART, MOST_APART / of)


def unit_of(longest_seconds: float) -> tuple[str, float]:
    """The unit for an axis of times up to the longest, as its title, and the seconds that it has."""
    symbol, size = next((one for one in reversed(SECONDS) if longest_seconds >= 1.5 * one[1]), SECONDS[0])
    return UNITS[symbol], size


@dataclass(frozen=True)
class Layer:
    """A layer of a picture: its data, its mark, and how the fields of the data are seen."""

    values: Values
    mark: dict[str, Any]
    channels: dict[str, Any]

    def encode(self, **channels: Any) -> Layer:
        return replace(self, channels={**self.channels, **channels})


def layer(values: Values, mark: str, style: str | None = None, **look: Any) -> Layer:
    """A layer with what is fixed of the look of its marks."""
    return Layer(values, {"type": mark, **({"style": str(style)} if style else {}), **look}, {})


def written(values: Values, style: str, *, left: float | None = 0, limit: str = "") -> Layer:
    """A layer of texts at `y`, so many pixels from the left, or to the right edge.

    `limit` is the expression of the pixels that a text may take.
    """
    import altair as alt

    look = {"limit": alt.ExprRef(limit)} if limit else {}
    chart = layer(values, "text", style, align="right" if left is None else "left", **look)
    return chart.encode(x=at_left("width" if left is None else left), y=down("y"), text=text())


def at_left(pixels: float | str) -> Any:
    """A horizontal place in pixels from the left; "width" is the right edge."""
    import altair as alt

    return alt.XValue(pixels)  # type: ignore[no-untyped-call]


def along(field: str, domain: Sequence[float], *, left: int = 0, right: int = 0, log: int = 0, **axis: Any) -> Any:
    """A horizontal place by a number; so many pixels to the left and right of the scale are kept for labels.

    `log` is the base of a logarithmic scale, 0 of a linear one.
    """
    import altair as alt

    kind: dict[str, Any] = {"type": "log", "base": log} if log else {"type": "linear", "zero": False}
    pixels: list[Any] = [left, alt.ExprRef(f"width - {right}")]
    scale = alt.Scale(domain=list(domain), nice=False, clamp=True, range=pixels, **kind)
    return alt.X(field, type="quantitative", scale=scale, axis=alt.Axis(**axis) if axis else None)


def across_workers(field: str, counts: Sequence[int], title: str = "workers") -> Any:
    """A horizontal place by a number of workers, or of what `title` says, doubling from step to step."""
    import altair as alt

    scale = alt.Scale(type="log", base=2, domain=[counts[0], counts[-1]], nice=False, padding=12)
    axis = alt.Axis(values=list(counts), title=title, format=",d", grid=False)
    return alt.X(field, type="quantitative", scale=scale, axis=axis)


def up(field: str, domain: Sequence[float], *, log: int = 0, title: str | None = None, **axis: Any) -> Any:
    """A vertical place by a number, upwards; `log` is the base of a logarithmic scale, 0 of a linear one."""
    import altair as alt

    kind: dict[str, Any] = {"type": "log", "base": log} if log else {"type": "linear", "zero": False}
    scale = alt.Scale(domain=list(domain), nice=False, clamp=True, **kind)
    return alt.Y(field, type="quantitative", scale=scale, axis=alt.Axis(title=title, domain=False, ticks=False, **axis))


def down(field: str) -> Any:
    """A vertical place in pixels from the top."""
    import altair as alt

    return alt.Y(field, type="quantitative", scale=None, axis=None)


def text() -> Any:
    """What is written: the field of that name."""
    import altair as alt

    return alt.Text("text", type="nominal")


def raw(**fields: str) -> dict[str, Any]:
    """Channels, such as a color, whose fields hold what is drawn as it is."""
    import altair as alt

    return {name: getattr(alt, name.capitalize())(field, type="nominal", scale=None) for name, field in fields.items()}


def by_pattern(names: Sequence[str], styles: Mapping[str, Style]) -> dict[str, Any]:
    """The colour and the shape of `pattern`, with a legend."""
    import altair as alt

    called = [shown(name, LONGEST_NAME) for name in names]
    # What a domain lists is text, whatever it says.
    color = alt.Scale(domain=called, range=[styles[name].color for name in names])
    shape = alt.Scale(domain=called, range=[styles[name].shape for name in names])
    legend = alt.Legend(title=None, orient="top", columns=alt.ExprRef(LEGEND_COLUMNS), symbolSize=90)
    return {
        "color": alt.Color("pattern", type="nominal", scale=color, legend=legend),
        "shape": alt.Shape("pattern", type="nominal", scale=shape, legend=legend),
    }


def dots(values: Values, names: Sequence[str], styles: Mapping[str, Style], size: int = 90, **look: Any) -> Layer:
    """A layer of points in the colour and the shape of their pattern."""
    chart = layer(values, "point", **{"filled": True, "size": size, "opacity": 1, **look})
    return chart.encode(**by_pattern(names, styles))


def tips(**titles: str) -> list[Any]:
    """Tooltips: the fields, each with what it is called there."""
    import altair as alt

    return [alt.Tooltip(field, type="nominal", title=title) for field, title in titles.items()]


def specification(layers: Sequence[Layer], height: float) -> dict[str, Any]:
    """The specification of a picture that is as wide as what it stands in. Layers without data are left out."""
    from altair.utils.schemapi import debug_mode

    # Most of the time would go into checking each part against its schema, which a test does, and into Altair's charts,
    # which copy what they are given again and again: so the parts alone are Altair's.
    with debug_mode(False):
        drawn = [_layer(one) for one in layers if one.values]
    return {
        "$schema": SCHEMA,
        "config": theme.config(theme.PAGE),
        "width": "container",
        "height": height,
        "layer": drawn,
    }


def _layer(one: Layer) -> dict[str, Any]:
    import altair as alt

    plain = {"x2": alt.X2, "y2": alt.Y2}
    channels = {name: plain[name](found) if isinstance(found, str) else found for name, found in one.channels.items()}
    return {
        "data": {"values": list(one.values)},
        "mark": alt.MarkDef(**one.mark).to_dict(validate=False),
        "encoding": {name: _encoded(found) for name, found in channels.items()},
    }


def _encoded(channel: Any) -> Any:
    """A channel, or the several that a tooltip has, as in a specification."""
    if isinstance(channel, list):
        return [_encoded(one) for one in channel]
    return channel.to_dict(validate=False, context={})
