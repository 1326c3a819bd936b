"""A Python without what draws the report, as free-threaded ones may be: all else works, and that is said."""

import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from analysis.documents.drawing import DRAWN_WITH
from campaign import repeat
from tests import SUITE
from tests.support.commands import analysis, refused
from tests.support.made_up import saved
from tests.support.processes import make, script
from tests.support.suite import ONE, measured

REMEDY = (
    "which is not installed: `pip install -r requirements.txt`, or make it of the saved runs with "
    "`python -m analysis report` under another Python"
)


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    return saved.store(tmp_path, saved.plausible(1))


@pytest.mark.usefixtures("undrawn")
def test_a_report_ends_in_a_sentence(storage: Path) -> None:
    page = storage / "report.html"
    said = refused("report", "-o", page, "--storage", storage)
    assert said == f"Error: a report is drawn with vl-convert-python, {REMEDY}"
    assert not page.exists()


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("verb", ["summary", "answer", "claims", "guide", "list", "export"])
def test_other_verbs_do_without(storage: Path, verb: str) -> None:
    outcome = analysis(verb, "--storage", storage)
    assert (outcome.exit_code, outcome.stderr) == (0, "")


@pytest.mark.usefixtures("undrawn")
def test_a_run_is_measured_and_saved_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "altair", None)
    page = tmp_path / "report.html"
    _, said = measured(tmp_path / "runs", *ONE, f"--report={page}")
    assert "no report: a report is drawn with altair and vl-convert-python, which are not" in said
    assert "Traceback" not in said


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
    does = f"case $* in *requirements.txt*) exit 1;; *Py_GIL_DISABLED*) exit {int(not free_threaded)};; esac"
    script(tmp_path / "env/bin/python", does)
    outcome = make(f"VENV={tmp_path / 'env'}", f"{tmp_path / 'env'}/{mark}")
    assert outcome.returncode == code, outcome.stderr
    assert ("another Python makes the report of the saved runs" in " ".join(outcome.stdout.split())) == free_threaded
    assert (tmp_path / "env" / mark).exists() == free_threaded
