"""A Python without what draws the report, as free-threaded ones may be: all else works, and that is said."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from typer.testing import CliRunner

from analysis.cli.main import app
from analysis.documents.drawing import DRAWN_WITH
from campaign import repeat
from tests import SUITE
from tests.support.made_up import saved
from tests.support.suite import ONE, run_here, saved_runs

REMEDY = (
    "which is not installed: `pip install -r requirements.txt`, or make it of the saved runs with "
    "`python -m analysis report` under another Python"
)


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    saved.save(tmp_path / "fox/0001_run.json", saved.plausible(1))
    return tmp_path


@pytest.mark.usefixtures("undrawn")
def test_a_report_ends_in_a_sentence(storage: Path) -> None:
    page = storage / "report.html"
    outcome = CliRunner().invoke(app, ["report", "-o", str(page), "--storage", str(storage)])
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    assert outcome.stderr == f"Error: a report is drawn with vl-convert-python, {REMEDY}\n"
    assert not page.exists()


@pytest.mark.usefixtures("undrawn")
def test_all_that_is_missing_is_named(storage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "altair", None)
    outcome = CliRunner().invoke(app, ["report", "--storage", str(storage)])
    assert "drawn with altair and vl-convert-python, which are not installed" in outcome.stderr


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("verb", ["summary", "answer", "claims", "guide", "list", "export"])
def test_other_verbs_do_without(storage: Path, verb: str) -> None:
    outcome = CliRunner().invoke(app, [verb, "--storage", str(storage)])
    assert (outcome.exit_code, outcome.stderr) == (0, "")


@pytest.mark.usefixtures("undrawn")
def test_a_run_is_measured_and_saved_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "altair", None)
    page = tmp_path / "report.html"
    outcome = run_here(tmp_path / "runs", *ONE, f"--report={page}")
    assert outcome.returncode == 0, outcome.stdout
    assert "no report: a report is drawn with altair and vl-convert-python, which are not" in outcome.stdout
    assert "Traceback" not in outcome.stdout + outcome.stderr
    assert len(saved_runs(tmp_path / "runs")) == 1


@pytest.mark.usefixtures("undrawn")
def test_several_runs_are_answered_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []

    def analyse(verb: str, *_: str) -> int:
        asked.append(verb)
        return 0

    monkeypatch.setattr(repeat, "analyse", analyse)
    assert repeat.summarise([str(tmp_path / "fox/0001_run.json")], tmp_path / "report.html") == 0
    assert asked == ["summary", "answer"]
    assert "no report: a report is drawn with vl-convert-python" in capsys.readouterr().out


def test_what_draws_is_apart_from_what_measures() -> None:
    measuring, drawing = (
        {
            Requirement(line.partition("#")[0]).name
            for line in (SUITE / file).read_text().splitlines()
            if line[0].isalpha()
        }
        for file in ("requirements-measure.txt", "requirements.txt")
    )
    assert drawing == set(DRAWN_WITH.values())
    assert not measuring & drawing
    assert "-r requirements-measure.txt" in (SUITE / "requirements.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.skipif(sys.platform == "win32", reason="make")
@pytest.mark.parametrize("mark", ["installed", "installed-dev"])
@pytest.mark.parametrize(("free_threaded", "code"), [(True, 0), (False, 2)])
def test_make_goes_on_without_what_draws_only_where_it_may(
    tmp_path: Path, free_threaded: bool, code: int, mark: str
) -> None:
    """A Python of which pip installs nothing that draws."""
    python = tmp_path / "env/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(
        f"#!/bin/sh\ncase $* in *requirements.txt*) exit 1;; *Py_GIL_DISABLED*) exit {int(not free_threaded)};; esac\n"
    )
    python.chmod(0o755)
    command = ["make", f"VENV={tmp_path / 'env'}", f"{tmp_path / 'env'}/{mark}"]
    outcome = subprocess.run(command, cwd=SUITE, capture_output=True, text=True, check=False)
    assert outcome.returncode == code, outcome.stderr
    assert ("another Python makes the report of the saved runs" in " ".join(outcome.stdout.split())) == free_threaded
    assert (tmp_path / "env" / mark).exists() == free_threaded
