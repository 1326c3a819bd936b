"""The report as a file: which runs it is of, where it is written, and what it says of what is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from analysis.cli.main import app
from analysis.documents.html import text
from analysis.report import safe
from tests import SUITE
from tests.support.made_up import saved
from tests.support.suite import refusal, run_here

LARGEST = 3 * 2**20
TITLE = "<h1>Which one to choose?</h1>"
FEW = ("benchmarks/test_cpu_bound.py", "-k", "sequential-math-hashing or threading-math-hashing")


def run(number: int, **session: Any) -> dict[str, Any]:
    return {**saved.plausible(number, **session), "datetime": f"2026-11-{number:02}T12:00:00+00:00"}


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    for number in (1, 2, 3):
        saved.save(tmp_path / f"fox/{number:04}_run.json", run(number))
    return tmp_path


def report(storage: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["report", *arguments, "--storage", str(storage)])


def written(storage: Path, *arguments: str) -> str:
    """The page that the command writes."""
    file = storage / "page.html"
    outcome = report(storage, *arguments, "-o", str(file))
    assert outcome.exit_code == 0, outcome.output
    assert outcome.stdout.splitlines()[-1] == f"report: {file}"
    return file.read_text(encoding="utf-8")


def test_without_words_it_is_of_the_runs_like_the_newest_and_goes_into_the_folder_one_is_in(
    storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(storage)
    outcome = report(storage)
    assert outcome.stdout.startswith("waiting, 16 workers: asyncio, ")
    assert "computing, 2 workers: multiprocessing, " in outcome.stdout
    assert outcome.stdout.splitlines()[-1] == "report: report.html"
    page = (storage / "report.html").read_text(encoding="utf-8")
    assert TITLE in page
    assert "3 runs on 1a2b3c4d" in page
    assert len(page.encode()) < LARGEST


def test_words_choose_the_runs(storage: Path) -> None:
    assert "2 runs on 1a2b3c4d" in written(storage, str(storage / "fox/0001_run.json"), "3")


def test_pictures_are_written_besides(storage: Path) -> None:
    outcome = report(storage, "-o", str(storage / "page.html"), "--images", str(storage / "pictures"))
    assert outcome.exit_code == 0
    files = sorted((storage / "pictures").iterdir())
    assert {file.suffix for file in files} == {".svg", ".png"}
    assert all(f"picture: {file}" in outcome.stdout for file in files)


def test_no_section_is_empty(storage: Path) -> None:
    page = written(storage, "1")
    assert "1 run on 1a2b3c4d" in page
    sections = page.partition("<main>")[2].split("<section ")[1:]
    assert len(sections) == 11
    for section in sections:
        assert "<figure" in section or "caution" in section or "<li" in section or "<pre" in section, section[:80]
    assert "several numbers of workers, which --fast leaves out. Run:" in page
    assert "which pattern to choose for work that was not measured, for lack of" in page
    assert "<script" not in page.partition("<main>")[2].partition("</main>")[0]


def test_how_to_repeat_it_is_exact(storage: Path) -> None:
    made = run(9, run={"order_seed": 42, "effort": "fast"})
    made["commit_info"] = {"id": "0123456789abcdef", "dirty": True}
    page = written(storage, str(saved.save(storage / "fox/0009_run.json", made)))
    assert "git checkout 0123456789abcdef" in page
    assert "pip install -r requirements.txt requests==2.34.2 aiohttp==3.14.5" in page
    assert "pytest --benchmark-only --fast --order-seed 42 --start-method=fork" in page


def test_other_machines_are_put_beside_the_newest_one(storage: Path) -> None:
    saved.save(
        storage / "owl/0001_run.json", {**run(4, machine=saved.machine("5e6f7a8b", cpu="M4")), "datetime": "2020"}
    )
    page = written(storage)
    assert "3 runs on 1a2b3c4d" in page
    assert "The choice is the same on all machines" in page


def test_what_has_changed_is_told_where_the_history_is_long_enough(storage: Path) -> None:
    for number in range(4, 26):
        slower = run(number)
        if number > 12:
            for one in slower["benchmarks"]:
                one |= saved.slower(one, 1.5)
        saved.save(storage / f"fox/{number:04}_run.json", slower)
    page = written(storage)
    assert "20 runs on 1a2b3c4d" in page
    assert "25 runs on <bdi>" in page or "25 runs on 1a2b3c4d" in page
    assert "8 benchmarks changed" in page
    assert "older than the newest 20" in page


class TestBadInput:
    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["9"], "no run 9 in"),
            (["-o", "{}"], "is a folder: name a file with -o"),
            (["-o", "{}/nowhere/page.html"], "cannot be written (No such file or directory)"),
            (["-o", "{}/fox/0002_run.json"], "is one of the runs that it is made from"),
            (["-o", "{}/page.html", "--images", "{}/fox/0002_run.json"], "is a file, and pictures go into a folder"),
            (["{}/old.json", "-o", "{}/page.html"], "has schema 1"),
        ],
    )
    def test_gets_one_sentence_and_exit_code_2(self, storage: Path, arguments: list[str], sentence: str) -> None:
        old = run(1)
        old["machine_info"]["three_patterns"]["schema"] = 1
        saved.save(storage / "old.json", old)
        before = (storage / "fox/0002_run.json").read_bytes()
        outcome = report(storage, *(argument.format(storage) for argument in arguments))
        assert (outcome.exit_code, outcome.stdout) == (2, "")
        assert sentence in outcome.stderr
        assert len(outcome.stderr.splitlines()) == 1
        assert (storage / "fox/0002_run.json").read_bytes() == before
        assert not list(storage.glob("**/.*"))
        assert not (storage / "page.html").exists()

    def test_no_runs(self, tmp_path: Path) -> None:
        outcome = report(tmp_path)
        assert outcome.exit_code == 2
        assert f"no runs in {tmp_path}: make one with `make bench`" in outcome.stderr

    def test_a_run_of_another_schema_in_storage_is_left_out_and_named(self, storage: Path) -> None:
        old = run(4)
        old["machine_info"]["three_patterns"]["schema"] = 1
        saved.save(storage / "fox/0004_run.json", old)
        outcome = report(storage, "-o", str(storage / "page.html"))
        assert outcome.exit_code == 0
        assert "has schema 1" in outcome.stderr

    def test_a_newest_run_that_contradicts_itself_is_left_out_and_named(self, storage: Path) -> None:
        twice = run(4)
        one, other = twice["benchmarks"][:2]
        other["extra_info"] |= {"contender": one["extra_info"]["contender"], "tasks": 7}
        saved.save(storage / "fox/0004_run.json", twice)
        outcome = report(storage, "-o", str(storage / "page.html"))
        assert outcome.exit_code == 0
        assert "is not the same work in two runs (tasks: 100 in" in outcome.stderr
        alone = report(storage, "4", "-o", str(storage / "page.html"))
        assert (alone.exit_code, alone.stdout) == (2, "")
        assert "is not the same work in two runs (tasks: 100 in" in alone.stderr

    def test_what_is_there_stays_when_it_cannot_be_made(self, storage: Path) -> None:
        file = storage / "page.html"
        file.write_text("an earlier report")
        saved.save(storage / "broken.json", b"{")
        assert report(storage, str(storage / "broken.json"), "-o", str(file)).exit_code == 2
        assert file.read_text() == "an earlier report"


class TestAtTheEndOfARun:
    def test_a_run_ends_with_the_answer_and_its_report(self, tmp_path: Path) -> None:
        file = tmp_path / "page.html"
        outcome = run_here(tmp_path / "runs", f"--report={file}", *FEW)
        assert outcome.returncode == 0, outcome.stdout
        _, title, end = outcome.stdout.partition("three patterns: which one to choose?")
        assert title
        assert "computing in C that releases the GIL, " in end
        assert f"report: {file}" in end
        assert "1 run on" in file.read_text(encoding="utf-8")

    def test_a_place_that_will_not_do_is_told_before_anything_is_measured(self, tmp_path: Path) -> None:
        said = refusal(tmp_path / "runs", f"--report={tmp_path}")
        assert f"ERROR: {tmp_path} is a folder: name a file with --report" in said

    def test_several_runs_do_not_begin_where_no_report_can_be(self, tmp_path: Path) -> None:
        command = [sys.executable, "-m", "campaign.repeat", "2", "--report", str(tmp_path)]
        outcome = subprocess.run(command, cwd=SUITE, capture_output=True, text=True, check=False)
        assert outcome.returncode == 2
        assert outcome.stderr == f"{tmp_path} cannot be written: name another file with --report\n"


class TestText:
    def test_what_is_too_long_is_cut(self) -> None:
        assert text("x" * 2**20, 10) == "x" * 9 + "…"
        assert text("short", 10) == "short"

    def test_what_turns_text_around_is_gone(self) -> None:
        assert text("a\u202eb\u2066c\nd\x07e") == "a b c d e"

    def test_a_script_cannot_be_ended_by_its_data(self) -> None:
        assert safe.script_json({"a": "</script><!--\u2028&"}) == (
            '{"a":"\\u003c/script\\u003e\\u003c!--\\u2028\\u0026"}'
        )

    def test_values_are_cut_at_any_depth(self) -> None:
        assert safe.cut_values({"a": [{"b": "x" * 700}, 1.5, None]})["a"][0]["b"].endswith("…")
