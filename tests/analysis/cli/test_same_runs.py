"""Which runs are meant when none is named: the same for every verb that tells what runs say."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import analysis, printed
from tests.support.made_up import saved

VERBS = ("summary", "answer", "claims")


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """Two runs of this machine; and beside them an older one of another, whose file was copied here later."""
    for number, machine, day in ((1, "1a2b3c4d", 20), (2, "1a2b3c4d", 24), (3, "ffffffff", 10)):
        run = saved.of_day(day, saved.plausible(number, machine=saved.machine(machine)))
        file = saved.save(tmp_path / f"{machine}/{number:04}_run.json", run)
        os.utime(file, (1e9 + number, 1e9 + number))
    return tmp_path


def meant(storage: Path, verb: str, *words: str) -> list[str]:
    found: dict[str, Any] = json.loads(printed(verb, *words, "--format", "json", "--storage", storage))[verb]
    return [Path(one["file"]).name for one in found["runs"]]


@pytest.mark.parametrize("verb", VERBS)
def test_without_words_the_newest_by_its_own_date_and_those_like_it_are_meant_or_those_named(
    storage: Path, verb: str
) -> None:
    assert meant(storage, verb) == ["0001_run.json", "0002_run.json"]
    assert meant(storage, verb, "2") == ["0002_run.json"]


def test_the_report_is_of_the_same(storage: Path) -> None:
    page = storage / "report.html"
    assert printed("report", "-o", page, "--storage", storage)
    assert "2 runs on 1a2b3c4d" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("verb", VERBS)
def test_runs_unlike_the_newest_are_left_out_and_told(storage: Path, verb: str) -> None:
    other = saved.of_day(21, saved.plausible(4, packages={"requests": "2.0"}))
    outcome = analysis(verb, "--storage", saved.store(storage, other, first=4, room="1a2b3c4d"))
    assert "2 runs on 1a2b3c4d" in outcome.stdout
    assert "not taken: 1 run unlike the newest (requests 2.0, no aiohttp)" in outcome.stderr
