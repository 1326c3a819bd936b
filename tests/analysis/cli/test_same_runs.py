"""Which runs are meant when none is named: the same for every verb that tells what runs say."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from analysis.cli.main import app
from tests.support.made_up import saved

VERBS = ("summary", "answer", "claims")


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """Two runs of this machine; and beside them an older one of another, whose file was copied here later."""
    for number, machine, day in ((1, "1a2b3c4d", 20), (2, "1a2b3c4d", 24), (3, "ffffffff", 10)):
        run = saved.plausible(number, machine=saved.machine(machine)) | {"datetime": f"2026-11-{day}T12:00:00+00:00"}
        file = saved.save(tmp_path / f"{machine}/{number:04}_run.json", run)
        os.utime(file, (1e9 + number, 1e9 + number))
    return tmp_path


def run(verb: str, *arguments: str) -> str:
    outcome = CliRunner().invoke(app, [verb, *arguments])
    assert outcome.exit_code == 0, outcome.output
    return outcome.stdout


def meant(storage: Path, verb: str, *words: str) -> list[str]:
    found: dict[str, Any] = json.loads(run(verb, *words, "--format", "json", "--storage", str(storage)))[verb]
    return [Path(one["file"]).name for one in found["runs"]]


@pytest.mark.parametrize("verb", VERBS)
def test_without_words_the_newest_by_its_own_date_and_those_like_it_are_meant(storage: Path, verb: str) -> None:
    assert meant(storage, verb) == ["0001_run.json", "0002_run.json"]


def test_the_report_is_of_the_same(storage: Path) -> None:
    page = storage / "report.html"
    run("report", "-o", str(page), "--storage", str(storage))
    assert "2 runs on 1a2b3c4d" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("verb", VERBS)
def test_a_single_run_can_be_named(storage: Path, verb: str) -> None:
    assert meant(storage, verb, "2") == ["0002_run.json"]


@pytest.mark.parametrize("verb", VERBS)
def test_runs_unlike_the_newest_are_left_out_and_told(storage: Path, verb: str) -> None:
    other = saved.plausible(4, packages={"requests": "2.0"}) | {"datetime": "2026-11-21T12:00:00+00:00"}
    saved.save(storage / "1a2b3c4d/0004_run.json", other)
    outcome = CliRunner().invoke(app, [verb, "--storage", str(storage)])
    assert "2 runs on 1a2b3c4d" in outcome.stdout
    assert "not taken: 1 run unlike the newest (requests 2.0, no aiohttp)" in outcome.stderr
