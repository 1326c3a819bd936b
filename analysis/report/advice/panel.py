"""What the page's script is handed to give advice: the figures of the calibration, and what a reader may set."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from msgspec import Struct

from analysis.documents import html
from analysis.findings.summary import PRACTICAL
from analysis.model.costs import Calibration, PatternCosts, given
from analysis.model.prediction import LAWS_WITHIN, reaches_of
from analysis.model.work import Work
from analysis.model.workers import ENOUGH, LIGHT_BYTES, SAME, WORKERS
from analysis.report.advice import controls, curve, laws_script
from analysis.report.drawing.canvas import LONGEST_NAME, shown
from analysis.report.drawing.theme import Style
from analysis.stats.units import BYTES, SECONDS, percent

COMMAND = "python -m analysis advise"
HERE = Path(__file__).parent


class PanelPattern(Struct, frozen=True):
    """A pattern: what it is called, in a picture too, and what the laws are given of it."""

    name: str
    drawn: str
    color: str
    dash: tuple[int, ...]
    blocking: bool
    is_baseline: bool
    given: dict[str, float]
    reaches: dict[str, float]  # by how much a figure may be higher


class PanelSlider(Struct, frozen=True):
    """The values of a slider, and how they are written, by the place at which it stands."""

    option: str
    values: Sequence[float]
    texts: Sequence[str]


class PanelData(Struct, frozen=True):
    """All that the script is handed."""

    patterns: list[PanelPattern]
    sliders: dict[str, PanelSlider]
    boxes: dict[str, str]  # the option of each
    memory_bytes: int
    command: str = COMMAND
    none: str = controls.NONE
    workers: tuple[int, ...] = WORKERS
    practical: float = PRACTICAL
    enough: float = ENOUGH
    same: float = SAME
    light_bytes: int = LIGHT_BYTES
    within: float = LAWS_WITHIN
    seconds: tuple[tuple[str, float], ...] = SECONDS
    bytes: tuple[tuple[str, int], ...] = BYTES


@dataclass(frozen=True)
class Panel:
    """The sliders, the answer and the curve of a page."""

    headings: ClassVar = ("workers", "time", "90 % interval", "as long", "CPU time", "memory")
    boxes: ClassVar = controls.BOXES
    longer: ClassVar = percent(ENOUGH - 1)  # that fewer workers take at most where they are enough

    calibration: Calibration
    styles: Mapping[str, Style]

    @cached_property
    def work(self) -> Work:
        """What is described at first."""
        return controls.example(self.calibration.machine)

    @cached_property
    def sliders(self) -> list[controls.Slider]:
        return controls.sliders(self.work.cores)

    @cached_property
    def curve(self) -> dict[str, dict[str, Any]]:
        """The specification by its name."""
        names = [one.pattern for one in self.calibration.patterns]
        return {curve.NAME: curve.specification(curve.predicted(self.calibration, self.work), self.styles, names)}

    @property
    def command(self) -> str:
        """The command that gives the same advice for the work that is described at first."""
        texts = {one.option: one.texts[one.place(self.work)] for one in self.sliders}
        words = [f"{option} {re.sub('[ ,]', '', text)}" for option, text in texts.items() if text != controls.NONE]
        return " ".join([COMMAND, *words])

    @cached_property
    def script(self) -> str:
        """The laws and what asks them."""
        search, page = ((HERE / name).read_text(encoding="utf-8") for name in ("advise.js", "panel.js"))
        return f'"use strict";\nconst quantities = {laws_script.script()};\n{search}{page}'

    @property
    def data(self) -> PanelData:
        return PanelData(
            patterns=[self._pattern(one, self.styles[one.pattern]) for one in self.calibration.patterns],
            sliders={one.name: PanelSlider(one.option, one.values, one.texts) for one in self.sliders},
            boxes={one.name: one.option for one in self.boxes},
            memory_bytes=self.calibration.machine.memory_bytes,
        )

    def _pattern(self, costs: PatternCosts, style: Style) -> PanelPattern:
        return PanelPattern(
            name=html.text(costs.pattern, html.LONGEST_NAME),
            drawn=shown(costs.pattern, LONGEST_NAME),
            color=style.color,
            dash=style.dash,
            blocking=costs.blocking,
            is_baseline=costs.is_baseline,
            given=given(self.work, costs, 1, self.calibration.shared),
            reaches=reaches_of(costs, self.calibration),
        )
