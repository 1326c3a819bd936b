"""Advice in the report's page, in a real browser: it says what Python says, changes as sliders move, and is for all."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from analysis.model.work import Work
from analysis.report.advice.controls import sliders
from analysis.report.publish import publish
from tests import model_runs

CORES = 2
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
SLIDERS = {one.name: one for one in sliders(CORES)}
SHOWN = """(name) => document.querySelector(`[data-advice=${name}]`).innerText"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    return publish(model_runs.store(folder, 1, 2), [], folder / "report.html").file


def described(places: dict[str, int], warm: bool = False) -> Work:
    """The work that is described by where sliders stand."""
    set_to = {SLIDERS[name].field: SLIDERS[name].values[place] for name, place in places.items()}
    whole = {field: int(set_to[field]) for field in ("tasks", "cores", "size_bytes")}
    requests = bool(set_to["latency_seconds"] or set_to["size_bytes"])
    return Work(**{**set_to, **whole}, requests=requests, is_warm=warm)


def anywhere(rng: random.Random) -> dict[str, int]:
    return {name: rng.randrange(len(one.values)) for name, one in SLIDERS.items()}
