"""Comparing groups of runs from the command line, and the gate that fails on slowdowns and never on noise."""

import json
import math
import random
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from analysis.findings.comparison import Comparison
from analysis.stats.units import signed
from tests.support.commands import analysis, printed, refused
from tests.support.made_up import saved

NAMES = ("sequential", "threading", "asyncio", "multiprocessing")
MACHINE = saved.run([])["machine_info"]["three_patterns"]["machine"]


def a_run(number: int, slower: dict[str, float] | None = None, spread: float = 0.01, **session: Any) -> dict[str, Any]:
    """A run of four benchmarks, saved on the day of its number; `slower` multiplies some of them."""
    rng = random.Random(number)
    rounds = {name: [math.exp(rng.gauss(0, spread)) * (slower or {}).get(name, 1.0)] * 3 for name in NAMES}
    benchmarks = [saved.benchmark(name, seconds) for name, seconds in rounds.items()]
    commit = {"id": f"{number:040x}", "time": None, "dirty": False}
    return saved.of_day(number, saved.run(benchmarks, **session) | {"commit_info": commit})


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """Twenty runs: the last five have an asyncio that is a fifth slower and a threading that is a fifth faster."""
    changed = {"asyncio": 1.2, "threading": 0.8}
    return saved.store(tmp_path, *(a_run(number, changed if number > 15 else {}) for number in range(1, 21)))


def compared(storage: Path, *arguments: str) -> str:
    """What `compare` prints of the first fifteen runs and those after them, unless others are named."""
    groups = [] if arguments and not arguments[0].startswith("-") else ["1-15", "16-20"]
    return printed("compare", *groups, *arguments, "--storage", storage, columns=100)


def verdicts(output: str) -> dict[str, str]:
    comparison = msgspec.convert(json.loads(output)["comparison"], Comparison)
    return {row.name.partition("[")[2].partition("-")[0]: row.verdict.value for row in comparison.rows}


FOUND = {"asyncio": "regression", "threading": "improvement", "sequential": "unchanged", "multiprocessing": "unchanged"}


def add(storage: Path, first: int, slower: dict[str, float] | None = None, room: str = "fox", **session: Any) -> None:
    """Five more runs, or others of these numbers."""
    saved.store(storage, *(a_run(first + n, slower, **session) for n in range(5)), first=first, room=room)


class TestCompare:
    def test_each_benchmark_gets_a_verdict(self, storage: Path) -> None:
        assert verdicts(compared(storage, "--format=json")) == FOUND

    def test_the_other_way_round_it_is_the_other_way_round(self, storage: Path) -> None:
        found = verdicts(compared(storage, "since=2026-11-16", "until=2026-11-15", "--format=json"))
        assert found == FOUND | {"asyncio": "improvement", "threading": "regression"}

    def test_in_words(self, storage: Path) -> None:
        shown = compared(storage)
        assert "base: 15 runs of 2026-11-01 to 2026-11-15, CPython 3.11.7, commit 0000000" in shown
        assert "✗ regression" in shown
        assert shown.splitlines()[-1] == "1 regression, 1 improvement, 2 unchanged, by a threshold of 5 %"
        assert max(map(len, shown.splitlines())) <= 100

    def test_in_markdown_what_is_unchanged_is_folded_away(self, storage: Path) -> None:
        shown = compared(storage, "--format=markdown")
        assert shown.startswith("## The three patterns: base and candidate\n\n**1 regression, 1 improvement, 2 ")
        assert "<details><summary>2 unchanged</summary>" in shown
        assert shown.index("✗ regression") < shown.index("<details>")

    def test_a_threshold_decides_what_matters(self, storage: Path) -> None:
        assert {*verdicts(compared(storage, "--threshold", "40", "--format=json")).values()} == {"unchanged"}

    def test_versions_that_differ_are_told(self, storage: Path) -> None:
        add(storage, 21, packages={"requests": "2.34.2", "aiohttp": "3.15.0"})
        assert "differs: aiohttp: 3.14.5 → 3.15.0" in compared(storage, "aiohttp=3.14", "aiohttp=3.15")

    def test_a_named_dask_cluster_is_told(self, storage: Path) -> None:
        add(storage, 21, dask={"scheduler": "tcp://10.0.0.1:8786", "threads": [4, 4], "machines": 2})
        assert "differs: Dask: no cluster named → 8 threads on 2 machines" in compared(storage, "1-15", "21-25")
        assert "there is no run before" in refused("gate", "21-25", "--storage", storage)

    def test_two_pythons_of_one_machine_are_compared(self, storage: Path) -> None:
        newer = MACHINE | {"python": "3.14.0", "fingerprint": "0badcafe"}
        add(storage, 21, room="elk", machine=newer)
        shown = compared(storage, "machine=fox", "python=3.14")
        assert "differs: Python: CPython 3.11.7 → CPython 3.14.0" in shown

    def test_what_was_disturbed_is_left_out(self, storage: Path) -> None:
        for number in range(16, 21):
            run = a_run(number)
            run["benchmarks"][2] = saved.benchmark("asyncio", [9.0] * 3, other_cores=0.7)
            saved.save(storage / f"fox/{number:04}_run.json", run)
        assert verdicts(compared(storage, "--format=json"))["asyncio"] == "inconclusive"
        assert "left out: 5 of 80 measurements, made while other programs" in compared(storage)

    def test_benchmarks_of_one_side_only_are_named(self, storage: Path) -> None:
        for number in range(16, 21):
            run = a_run(number)
            run["benchmarks"] = [*run["benchmarks"][1:], saved.benchmark("new", [1.0])]
            saved.save(storage / f"fox/{number:04}_run.json", run)
        shown = compared(storage)
        assert "only the base has test_it[sequential-" in shown
        assert "only the candidate has test_it[new-" in shown


def test_a_change_is_shown_with_its_sign_and_never_at_length() -> None:
    shown = [signed(ratio) for ratio in (1.0934, 0.5, 1.00001, 1.0, 3.5, 1e40, 1e-40)]
    assert shown == ["+9.3 %", "−50.0 %", "0 %", "0 %", "+250 %", ">+9,999 %", "−100 %"]


class TestGate:
    def test_the_newest_five_against_those_before_them(self, storage: Path) -> None:
        outcome = analysis("gate", "--storage", storage)
        assert outcome.exit_code == 1
        assert "base: 15 runs" in outcome.stdout
        assert "candidate: 5 runs" in outcome.stdout
        assert "= unchanged" not in outcome.stdout

    def test_no_regression_is_a_pass(self, storage: Path) -> None:
        assert printed("gate", "1-5", "6-15", "--storage", storage)
        shown = printed("gate", "11-15", "--storage", storage, "--window", "8")
        assert "base: 8 runs of 2026-11-03 to 2026-11-10" in shown

    def test_too_few_runs_are_no_gate(self, storage: Path) -> None:
        for groups, told in ((("1-15", "16-18"), "15 of the base and 3"), (("1-2", "3-20"), "2 of the base and 18")):
            said = refused("gate", *groups, "--storage", storage)
            assert (
                f"too few runs for a gate: {told} of the candidate, and 5 of each are needed: make more, with" in said
            )

    def test_what_would_decide_is_told(self, storage: Path) -> None:
        add(storage, 16, {"asyncio": 1.045})
        said = " ".join(printed("gate", "--storage", storage).split())
        assert "Estimated runs of each side needed for a verdict" in said

    def test_the_base_was_made_alike(self, storage: Path) -> None:
        for number in (11, 12, 13):
            fast = a_run(number, run={"order_seed": 1, "effort": "fast"})
            saved.save(storage / f"fox/{number:04}_run.json", fast)
        assert "base: 12 runs" in analysis("gate", "--storage", storage).stdout

    def test_a_damaged_file_is_named_and_left_out(self, storage: Path) -> None:
        broken = saved.save(storage / "fox/0021_run.json", b"{")
        outcome = analysis("gate", "--storage", storage)
        assert outcome.exit_code == 1
        assert f"skipped: {broken} is damaged" in outcome.stderr


HOSTILE = "[bold]x[/bold]|<script>alert(1)</script>\u202e" + "y" * 300


def hostile_runs(folder: Path, text: str) -> Path:
    runs = [a_run(number, machine=MACHINE | {"name": text, "python": text}) for number in range(1, 11)]
    for run in runs:
        run["commit_info"]["id"] = text
        for one in run["benchmarks"]:
            one["fullname"] = f"../../etc/{text}::{one['name']}{text}"
    return saved.store(folder, *runs)


@pytest.mark.parametrize("verb", ["compare", "gate", "list"])
def test_hostile_names_are_shown_as_text(tmp_path: Path, verb: str) -> None:
    hostile_runs(tmp_path, HOSTILE)
    groups = [] if verb == "list" else ["1-5", "6-10"]
    for how in ("text", "json", *(["markdown"] if groups else [])):
        shown = printed(verb, *groups, "--storage", tmp_path, "--format", how, columns=100)
        assert how != "markdown" or not re.search(r"(?<!\\)<script>", shown)
        assert how != "text" or "[bold]" in shown


@pytest.mark.parametrize("control", ["\x1b[31m", "\x9b31m", "\x07", "\x7f"])
def test_what_a_terminal_would_obey_is_refused(tmp_path: Path, control: str) -> None:
    hostile_runs(tmp_path, f"x{control}")
    shown = printed("list", "--storage", tmp_path)
    assert control[0] not in shown
    assert "is damaged: it holds the control character" in " ".join(shown.split())
    assert control[0] not in refused("summary", tmp_path / "fox/0001_run.json")


class TestBadInput:
    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["compare", "1", "2"], "are one run each, which cannot tell a change from noise: make more of both"),
            (["compare", "1-5", "5-9"], "0005_run.json is on both sides: a run cannot be compared with itself"),
            (["compare", "1-5", "99"], "no run 99 in"),
            (["compare", "1-5", "6-9", "--threshold", "-3"], "'-3' (--threshold) is not a threshold: give percent"),
            (["compare", "1-5", "6-9", "--threshold", "abc"], "'abc' (--threshold) is not a threshold"),
            (["compare", "1-5", "6-9", "--thresholds", "none.toml"], "none.toml cannot be read"),
            (["gate", "1-2"], "there is no run before"),
            (["gate", "1", "2", "3"], "3 groups were named: name a base and a candidate"),
            (["gate", "--window", "1"], "Invalid value for '--window'"),
            (["compare", "1-5"], "Missing argument"),
            (["list", "python=9"], "no run in"),
        ],
    )
    def test_gets_a_sentence_and_exit_code_2(self, storage: Path, arguments: list[str], sentence: str) -> None:
        before = sorted(storage.rglob("*"))
        assert sentence in refused(*arguments, "--storage", storage)
        assert sorted(storage.rglob("*")) == before

    def test_no_runs_at_all(self, tmp_path: Path) -> None:
        for verb in (["list"], ["gate"], ["compare", "1", "2"]):
            assert "make one with `make bench`" in refused(*verb, "--storage", tmp_path)

    def test_unlike_machines_are_no_comparison(self, storage: Path) -> None:
        add(storage, 1, room="owl", machine=MACHINE | {"usable_cores": 64, "fingerprint": "feedbeef"})
        said = refused("compare", "machine=fox", "machine=owl", "--storage", storage)
        assert "2 cores, 24 GiB" in said
        assert "64 cores" in said
        assert "`python -m analysis machines` shows them side by side" in said

    def test_unlike_work_is_no_comparison(self, storage: Path) -> None:
        run = a_run(16)
        run["benchmarks"][1]["extra_info"]["tasks"] = 7
        saved.save(storage / "fox/0016_run.json", run)
        said = refused("compare", "1-15", "16-20", "--storage", storage)
        assert "is not the same work in two runs (tasks: 100 in" in said

    def test_no_benchmark_in_common(self, storage: Path) -> None:
        saved.store(storage, *[saved.run([saved.benchmark("other", [1.0])])] * 5, first=16)
        assert "have no benchmark in common" in refused("compare", "1-15", "16-20", "--storage", storage)


def test_list_shows_runs_and_names_what_is_none(storage: Path) -> None:
    broken = saved.save(storage / "fox/0021_run.json", b"")
    shown = printed("list", "--storage", storage)
    assert "0020" in shown
    assert "20 runs on 1 machine" in shown
    assert f"skipped: {broken} is empty" in " ".join(shown.split())
    listed = json.loads(printed("list", "last=2", "--storage", storage, "--format=json"))["list"]
    assert [run["number"] for run in listed["runs"]] == ["0019", "0020"]
    assert [one["file"] for one in listed["skipped"]] == [str(broken)]
