"""The report as a file: which runs it is of, where it is written, and what it says of what is missing."""

import sys
from pathlib import Path
from typing import Any

import pytest

from analysis.documents.html import text
from analysis.report import safe
from tests.support.commands import analysis, printed, refused
from tests.support.made_up import saved
from tests.support.processes import run as run_program
from tests.support.suite import measured, refusal

LARGEST = 3 * 2**20
TITLE = "<h1>Which one to choose?</h1>"
FEW = ("benchmarks/test_cpu_bound.py", "-k", "sequential-math-hashing or threading-math-hashing")


def run(number: int, **session: Any) -> dict[str, Any]:
    return saved.of_day(number, saved.plausible(number, **session))


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    return saved.store(tmp_path, *map(run, (1, 2, 3)))


def report(storage: Path, *arguments: str | Path) -> str:
    return printed("report", *arguments, "--storage", storage)


def written(storage: Path, *arguments: str | Path) -> str:
    """The page that the command writes."""
    file = storage / "page.html"
    assert report(storage, *arguments, "-o", file).splitlines()[-1] == f"report: {file}"
    return file.read_text(encoding="utf-8")


def test_without_words_it_is_of_the_runs_like_the_newest_and_goes_into_the_folder_one_is_in(
    storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(storage)
    shown = report(storage)
    assert shown.startswith("waiting, 16 workers: asyncio, ")
    assert "computing, 2 workers: multiprocessing, " in shown
    assert shown.splitlines()[-1] == "report: report.html"
    page = (storage / "report.html").read_text(encoding="utf-8")
    assert TITLE in page
    assert "3 runs on 1a2b3c4d" in page
    assert len(page.encode()) < LARGEST


def test_words_choose_the_runs(storage: Path) -> None:
    assert "2 runs on 1a2b3c4d" in written(storage, storage / "fox/0001_run.json", "3")


def test_pictures_are_written_besides(storage: Path) -> None:
    shown = report(storage, "-o", storage / "page.html", "--images", storage / "pictures")
    files = sorted((storage / "pictures").iterdir())
    assert {file.suffix for file in files} == {".svg", ".png"}
    assert all(f"picture: {file}" in shown for file in files)


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
    page = written(storage, saved.save(storage / "fox/0009_run.json", made))
    assert "git checkout 0123456789abcdef" in page
    assert "pip install -r requirements.txt requests==2.34.2 aiohttp==3.14.5" in page
    assert "pytest --benchmark-only --fast --order-seed 42 --start-method=fork" in page


def test_other_machines_are_put_beside_the_newest_one(storage: Path) -> None:
    other = run(4, machine=saved.machine("5e6f7a8b", cpu="M4")) | {"datetime": "2020"}
    page = written(saved.store(storage, other, room="owl"))
    assert "3 runs on 1a2b3c4d" in page
    assert "The choice is the same on all machines" in page


def test_what_has_changed_is_told_where_the_history_is_long_enough(storage: Path) -> None:
    runs = [run(number) for number in range(4, 26)]
    for slower in runs[9:]:
        slower["benchmarks"] = [saved.slower(one, 1.5) for one in slower["benchmarks"]]
    page = written(saved.store(storage, *runs, first=4))
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
        saved.save(storage / "old.json", run(1, schema=1))
        before = (storage / "fox/0002_run.json").read_bytes()
        words = [argument.format(storage) for argument in arguments]
        assert sentence in refused("report", *words, "--storage", storage)
        assert (storage / "fox/0002_run.json").read_bytes() == before
        assert not list(storage.glob("**/.*"))
        assert not (storage / "page.html").exists()

    def test_a_newest_run_that_contradicts_itself_is_left_out_and_named(self, storage: Path) -> None:
        twice = run(4)
        one, other = twice["benchmarks"][:2]
        other["extra_info"] |= {"contender": one["extra_info"]["contender"], "tasks": 7}
        there = ("-o", storage / "page.html", "--storage", saved.store(storage, twice, first=4))
        outcome = analysis("report", *there)
        assert outcome.exit_code == 0
        assert "is not the same work in two runs (tasks: 100 in" in outcome.stderr
        assert "is not the same work in two runs (tasks: 100 in" in refused("report", "4", *there)

    def test_what_is_there_stays_when_it_cannot_be_made(self, storage: Path) -> None:
        file = storage / "page.html"
        file.write_text("an earlier report")
        assert refused("report", saved.save(storage / "broken.json", b"{"), "-o", file, "--storage", storage)
        assert file.read_text() == "an earlier report"


class TestAtTheEndOfARun:
    def test_a_run_ends_with_the_answer_and_its_report(self, tmp_path: Path) -> None:
        file = tmp_path / "page.html"
        _, said = measured(tmp_path / "runs", f"--report={file}", *FEW)
        _, title, end = said.partition("three patterns: which one to choose?")
        assert title
        assert "computing in C that releases the GIL, " in end
        assert f"report: {file}" in end
        assert "1 run on" in file.read_text(encoding="utf-8")

    def test_a_place_that_will_not_do_is_told_before_anything_is_measured(self, tmp_path: Path) -> None:
        said = refusal(tmp_path / "runs", f"--report={tmp_path}")
        assert f"ERROR: {tmp_path} is a folder: name a file with --report" in said

    def test_several_runs_do_not_begin_where_no_report_can_be(self, tmp_path: Path) -> None:
        outcome = run_program(sys.executable, "-m", "campaign.repeat", "2", "--report", tmp_path)
        assert outcome.returncode == 2
        assert outcome.stderr == f"{tmp_path} cannot be written: name another file with --report\n"


class TestText:
    def test_what_is_too_long_is_cut_and_what_turns_text_around_is_gone(self) -> None:
        assert text("x" * 2**20, 10) == "x" * 9 + "…"
        assert text("short", 10) == "short"
        assert text("a\u202eb\u2066c\nd\x07e") == "a b c d e"

    def test_a_script_cannot_be_ended_by_its_data(self) -> None:
        assert safe.script_json({"a": "</script><!--\u2028&"}) == (
            '{"a":"\\u003c/script\\u003e\\u003c!--\\u2028\\u0026"}'
        )

    def test_values_are_cut_at_any_depth(self) -> None:
        assert safe.cut_values({"a": [{"b": "x" * 700}, 1.5, None]})["a"][0]["b"].endswith("…")
