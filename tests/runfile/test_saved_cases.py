"""Runs that are not all as they should be: foreign files, foreign benchmarks, disturbed ones, and the talk's alone."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from analysis.findings.summary import summarise
from runfile.digests import Reader
from tests.support.commands import analysis, printed, refused
from tests.support.made_up import saved

TAKING_THE_NEWEST = ("summary", "answer", "claims", "guide")


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    return saved.store(tmp_path, *(saved.of_day(number, saved.plausible(number)) for number in (1, 2)))


def foreign(**changes: Any) -> dict[str, Any]:
    """A run that is newer than all others."""
    return saved.of_day(30, saved.plausible(3)) | changes


def with_other_facts() -> dict[str, Any]:
    """One whose brief can be read, and of which the whole cannot."""
    run = foreign()
    run["benchmarks"][0]["extra_info"]["contest"] = "none"
    return run


def with_two_works() -> dict[str, Any]:
    """One that does not agree with itself."""
    run = foreign()
    one = run["benchmarks"][0]
    other = one | {"name": "other", "fullname": "other", "extra_info": one["extra_info"] | {"tasks": 7}}
    return run | {"benchmarks": [*run["benchmarks"], other]}


NEWEST = {
    "no suite's": foreign(machine_info={}),
    "no benchmark of the suite's": foreign(benchmarks=[{"name": "a", "fullname": "b", "stats": {}, "extra_info": {}}]),
    "no run": {"numbers": [1, 2]},
    "no JSON": b"{",
    "other facts": with_other_facts(),
    "two works": with_two_works(),
}


class TestAForeignFileThatIsTheNewest:
    @pytest.mark.parametrize("verb", TAKING_THE_NEWEST)
    @pytest.mark.parametrize("what", NEWEST)
    def test_is_left_out_and_told(self, storage: Path, verb: str, what: str) -> None:
        file = saved.save(storage / "fox/0003_run.json", NEWEST[what])
        outcome = analysis(verb, "--storage", storage)
        assert outcome.exit_code == 0, outcome.stderr
        assert "2 runs on 1a2b3c4d" in outcome.stdout
        told = outcome.stdout if verb == "guide" and what in ("other facts", "two works") else outcome.stderr
        assert str(file) in "".join(told.split())

    @pytest.mark.parametrize("word", ["{0}/fox", "1-3", "last=3"])
    def test_among_those_that_are_named(self, storage: Path, word: str) -> None:
        file = saved.save(storage / "fox/0003_run.json", NEWEST["no suite's"])
        outcome = analysis("summary", word.format(storage), "--storage", storage)
        assert "2 runs on 1a2b3c4d" in outcome.stdout
        assert outcome.stderr.startswith(f"skipped: {file} was not made by this suite")

    def test_that_is_named_itself_is_refused(self, storage: Path) -> None:
        file = saved.save(storage / "fox/0003_run.json", NEWEST["no suite's"])
        for words in ([file], [storage / "fox/0001_run.json", file], ["3"]):
            said = refused("summary", *words, "--storage", storage)
            assert said.startswith(f"Error: {file} was not made by this suite")

    def test_and_the_only_one_is_refused(self, tmp_path: Path) -> None:
        file = saved.save(tmp_path / "fox/0003_run.json", with_other_facts())
        assert refused("summary", "--storage", tmp_path).startswith(f"Error: {file} is damaged")

    def test_of_another_machine_does_not_hide_this_one(self, storage: Path) -> None:
        run = with_other_facts()
        run["machine_info"]["three_patterns"]["machine"] = saved.machine("ffffffff")
        saved.save(storage / "owl/0003_run.json", run)
        assert "2 runs on 1a2b3c4d" in analysis("summary", "--storage", storage).stdout
        page = storage / "report.html"
        outcome = analysis("report", "-o", page, "--storage", storage)
        assert "is damaged" in outcome.stderr
        assert "2 runs on 1a2b3c4d" in page.read_text(encoding="utf-8")


COMMIT = {"id": "abc1234def", "time": "2026-11-24T10:00:00+00:00", "dirty": True, "branch": "main"}


class TestABenchmarkOfTheReadersOwn:
    def run(self, facts: dict[str, Any], **changes: Any) -> dict[str, Any]:
        run = saved.plausible(1) | {"commit_info": COMMIT} | changes
        own = {"name": "mine", "fullname": "test_mine.py::mine", "stats": {"median": 1.0}, "extra_info": facts}
        return run | {"benchmarks": [*run["benchmarks"], own]}

    @pytest.mark.parametrize("facts", [{"tasks": "many"}, {"schema": "own"}, {"flags": 3}, {"workload": None}])
    def test_costs_the_run_no_commit(self, tmp_path: Path, facts: dict[str, Any]) -> None:
        file = saved.save(tmp_path / "fox/0001_run.json", self.run(facts))
        commit = Reader().read(file).commit
        assert (commit.id, commit.time, commit.dirty, commit.branch) == tuple(COMMIT.values())
        assert "abc1234*" in printed("list", "commit=abc1234", "--storage", tmp_path)

    @pytest.mark.parametrize("commit", [None, 3, {"id": 3}, []])
    def test_a_commit_that_is_none_is_unknown(self, tmp_path: Path, commit: Any) -> None:
        file = saved.save(tmp_path / "fox/0001_run.json", self.run({"tasks": "many"}, commit_info=commit))
        assert Reader().read(file).commit.id == "unknown"

    def test_with_a_time_that_is_none(self, tmp_path: Path) -> None:
        run = self.run({"tasks": "many"})
        run["benchmarks"][-1]["stats"] = {"median": float("nan")}
        assert Reader().read(saved.save(tmp_path / "fox/0001_run.json", run)).commit.id == COMMIT["id"]


def disturbed(number: int, all_of_them: bool = True) -> dict[str, Any]:
    run = saved.plausible(number)
    for one in run["benchmarks"][: None if all_of_them else 2]:
        one["extra_info"]["other_cores"] = 0.7
    return run


class TestDisturbedRuns:
    @pytest.fixture
    def loaded(self, tmp_path: Path) -> Path:
        return saved.store(tmp_path, disturbed(1), disturbed(2, all_of_them=False))

    def test_are_counted_in_a_list(self, loaded: Path) -> None:
        shown = printed("list", "--storage", loaded, "--format=markdown")
        assert "| benchmarks | disturbed |" in shown
        assert "disturbed: 10 measurements, made while other programs or the hypervisor" in shown
        listed = json.loads(printed("list", "--storage", loaded, "--format=json"))["list"]["runs"]
        assert [(run["benchmarks"], run["disturbed"]) for run in listed] == [(8, 8), (8, 2)]

    def test_where_there_are_none_nothing_is_said(self, storage: Path) -> None:
        assert "disturbed:" not in printed("list", "--storage", storage)
        assert analysis("export", "--storage", storage).stderr == ""

    def test_are_left_out_of_an_export_and_told(self, loaded: Path) -> None:
        outcome = analysis("export", "--storage", loaded)
        assert len(list(csv.DictReader(io.StringIO(outcome.stdout)))) == 6
        assert outcome.stderr == (
            "left out: 10 of 16 measurements, made while other programs or the hypervisor took more than a fifth of "
            "a core\n"
        )

    def test_are_told_of_a_trend(self, tmp_path: Path) -> None:
        saved.store(tmp_path, disturbed(1, all_of_them=False), *map(saved.plausible, range(2, 13)))
        assert "left out: 2 of 96 measurements" in " ".join(printed("trend", "--storage", tmp_path).split())
        (group,) = json.loads(printed("trend", "--storage", tmp_path, "--format=json"))["trend"]["groups"]
        assert (group["disturbed"], group["measurements"]) == (2, 96)

    def test_are_why_a_trend_has_too_few(self, tmp_path: Path) -> None:
        said = refused("trend", "--storage", saved.store(tmp_path, *map(disturbed, range(1, 13))))
        assert "96 measurements were disturbed by other programs and left out" in said


TALK = "talk: download-talk, the talk's numbers of workers, cold"


def talk(*repeats: int) -> dict[str, Any]:
    """The talk's table, of which sequential, threading and asyncio have so many repeats of one round."""
    seconds = {"sequential": 1.04, "threading": 0.41, "asyncio": 0.06}
    return saved.run(
        [
            saved.benchmark(name, [took] * number, TALK, question="talk", workload="download-talk")
            for (name, took), number in zip(seconds.items(), repeats, strict=True)
        ]
    )


class TestTheTalksProgramsAlone:
    def test_a_report_says_what_they_compare(self, tmp_path: Path) -> None:
        page = tmp_path / "report.html"
        said = " ".join(printed("report", "-o", page, "--storage", saved.store(tmp_path, talk(3, 3, 3))).split())
        sentence = "these runs compare the talk's own programs, each with a number of workers of its own, as"
        assert sentence in said
        assert "and no patterns on equal terms: `make bench` does" in said
        text = page.read_text(encoding="utf-8").replace("&#39;", "'")
        assert sentence.capitalize() in text
        assert "compare no patterns on any work" not in text

    def test_an_answer_says_it_in_json_too(self, tmp_path: Path) -> None:
        storage = saved.store(tmp_path, talk(3, 3, 3))
        found = json.loads(printed("answer", "--storage", storage, "--format=json"))["answer"]
        assert found["compared"] == ["the talk's own programs, each with a number of workers of its own"]

    @pytest.mark.parametrize(
        ("repeats", "is_win"),
        [
            ((1, 1, 1), False),
            ((1, 1, 3), False),  # one round each is all that they have in common
            ((1, 3, 3), True),  # the slowest dropped out
            ((2, 2, 2), True),
        ],
    )
    def test_a_win_takes_more_than_one_repeat(self, repeats: tuple[int, ...], is_win: bool) -> None:
        (table,) = summarise(saved.parsed(talk(*repeats))).tables
        assert table.verdict is not None
        assert table.verdict.fastest == "asyncio"
        assert table.verdict.is_win == is_win
        assert table.verdict.is_one_repeat == (not is_win)
