"""What `ab` has saved: how it is judged, what the sides are called, and how it looks."""

import json
import math
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import Result

from analysis.findings.ab import ABComparison, detectable, read
from analysis.stats.change import Change, Verdict, in_pairs, judge
from analysis.views.changes.ab import names
from tests.support.commands import analysis, printed, refused
from tests.support.made_up import saved
from tests.support.made_up.compared import PACKAGES, pairs, run, save, side


def ab(*arguments: str | Path) -> Result:
    return analysis("ab", *arguments, columns=110)


ALL = [pairs("asyncio", 1.0), pairs("threading", 1.3), pairs("sequential", 0.8), pairs("noisy", 1.0, 0.3)]


class TestJudging:
    def test_each_benchmark_gets_a_verdict_and_the_gravest_stands_first(self, tmp_path: Path) -> None:
        outcome = ab(save(tmp_path, run(ALL)), "--format", "json")
        assert outcome.exit_code == 1, outcome.output
        found = msgspec.convert(json.loads(outcome.stdout)["comparison"], ABComparison)
        verdicts = [(row.name.partition("[")[2].partition("-")[0], row.verdict.value) for row in found.rows]
        assert verdicts == [
            ("threading", "regression"),
            ("sequential", "improvement"),
            ("noisy", "inconclusive"),
            ("asyncio", "unchanged"),
        ]

    def test_times_and_change_come_from_the_same_figures(self, tmp_path: Path) -> None:
        found = read(save(tmp_path, run(ALL)))
        for row in found.rows:
            assert row.candidate_seconds / row.base_seconds == pytest.approx(row.change.estimate)
        product = math.prod(row.change.estimate for row in found.rows)
        assert found.mean == pytest.approx(product**0.25)

    def test_a_process_counts_by_its_fastest_round(self, tmp_path: Path) -> None:
        one = pairs("asyncio", 1.0, spread=0.0, rounds=3)
        slow = [3.0, 1.0, 2.0, 1.0, 9.0, 1.1] * 4
        one["extra_info"]["versus"]["seconds"] = slow
        one["stats"]["data"] = [1.2 * seconds for seconds in reversed(slow)]
        (row,) = read(save(tmp_path, run([one]))).rows
        assert [row.base_seconds, row.candidate_seconds] == pytest.approx([1.0, 1.2])

    def test_the_saved_level_is_what_it_is_judged_at(self, tmp_path: Path) -> None:
        one = pairs("asyncio", 1.0, 0.02)
        narrow = read(save(tmp_path, run([one]))).rows[0].change
        one["extra_info"]["versus"]["level"] = 0.999999
        wide = read(save(tmp_path, run([one]))).rows[0].change
        assert wide.low < narrow.low < narrow.estimate == wide.estimate < narrow.high < wide.high

    def test_what_would_have_been_found_is_found_nine_times_in_ten(self) -> None:
        rng, level, tries = random.Random(4), 0.998, 1500

        def change(slower: float) -> Change:
            found = in_pairs([1.0] * 12, [math.exp(rng.gauss(math.log1p(slower), 0.05)) for _ in range(12)])
            assert found
            return found

        size = sum(detectable(change(0.1), level, 0.05) for _ in range(tries)) / tries
        found = sum(judge(change(size).interval(level), 0.05) is Verdict.REGRESSION for _ in range(tries))
        assert 0.82 < found / tries < 0.97


class TestNames:
    @pytest.mark.parametrize(
        ("base", "candidate", "expected"),
        [
            ({}, {}, ("old-env", "new-env")),
            ({}, {"packages": PACKAGES | {"aiohttp": "3.15.0"}}, ("aiohttp 3.14.5", "aiohttp 3.15.0")),
            (
                {"packages": PACKAGES | {"mine": "1.0 at 1a2b3c4", "other": "1"}},
                {"packages": PACKAGES | {"mine": "1.0 at 0badcaf"}},
                ("mine 1.0 at 1a2b3c4", "mine 1.0 at 0badcaf"),
            ),
            ({}, {"python": "CPython 3.14.0"}, ("CPython 3.11.7", "CPython 3.14.0")),
            ({"python": "CPython 3.14.0"}, {"packages": PACKAGES | {"aiohttp": "3.15.0"}}, ("old-env", "new-env")),
            ({"commit": "1a2b3c4"}, {"commit": "0badcaf"}, ("old-env 1a2b3c4", "new-env 0badcaf")),
        ],
    )
    def test_sides_are_called_by_what_differs(
        self, tmp_path: Path, base: dict[str, Any], candidate: dict[str, Any], expected: tuple[str, str]
    ) -> None:
        found = run(ALL, side("envs/old-env", **base), side("envs/new-env", **candidate))
        if base.get("commit"):
            found = run(ALL, side("old-env", **base), side("new-env", **candidate))
        assert names(read(save(tmp_path, found))) == expected

    def test_what_cannot_be_told_apart_is_base_and_candidate(self, tmp_path: Path) -> None:
        assert names(read(save(tmp_path, run(ALL, side("x"), side("x"))))) == ("base", "candidate")


class TestInWords:
    def test_text(self, tmp_path: Path) -> None:
        newer = side("new-env", packages=PACKAGES | {"aiohttp": "3.15.0", "extra": "1.0"})
        shown = ab(save(tmp_path, run(ALL, candidate=newer))).stdout
        assert "differs: aiohttp: 3.14.5 → 3.15.0\ndiffers: only the candidate has extra\n" in shown
        assert "aiohttp 3.15.0 change" in " ".join(shown.split())
        assert "✗ regression" in shown
        assert "geometric mean" in shown
        said = " ".join(shown.split())
        assert "would have been found 9 times in 10; about " in said
        assert "1 regression, 1 improvement, 1 inconclusive (slowdowns below " in said
        assert said.endswith("1 unchanged, by a threshold of 5 %")
        assert max(map(len, shown.splitlines())) <= 110

    def test_that_only_some_tasks_were_done_is_told(self, tmp_path: Path) -> None:
        one = pairs("sequential", 1.0)
        one["extra_info"] |= {"tasks": 15}
        assert "tasks, which" not in printed("ab", save(tmp_path, run([one])))
        one["extra_info"]["versus"]["whole_tasks"] = 100
        shown = printed("ab", save(tmp_path, run([one])))
        assert ": compared by the first 15 of its 100 tasks, which are done one" in shown

    def test_nothing_decided_is_not_no_regression(self, tmp_path: Path) -> None:
        shown = printed("ab", save(tmp_path, run([pairs("noisy", 1.0, 0.3)])))
        assert "no regression" not in shown
        assert "nothing is decided: all inconclusive (slowdowns below " in shown

    def test_no_regression_is_said_where_something_is_known(self, tmp_path: Path) -> None:
        assert "no regression, 1 unchanged, by a threshold" in ab(save(tmp_path, run([pairs("asyncio", 1.0)]))).stdout

    def test_what_could_not_be_compared_is_told_and_a_failure_is_no_pass(self, tmp_path: Path) -> None:
        missing = [
            {"benchmark": "b/x.py::test_it[new]", "outcome": "skipped", "sentence": "not compared: base has none"},
            {"benchmark": "b/x.py::test_it[bad]", "outcome": "failed", "sentence": "candidate (new-env): it is wrong"},
        ]
        outcome = ab(save(tmp_path, run([pairs("asyncio", 1.0)], missing=missing)))
        assert outcome.exit_code == 2
        assert "it[new]: not compared: base has none" in outcome.stdout
        assert "1 unchanged, 1 failed, 1 not compared, by a threshold of 5 %" in outcome.stdout
        alone = ab(save(tmp_path, run([pairs("asyncio", 1.0)], missing=missing[:1])))
        assert alone.exit_code == 0

    def test_markdown(self, tmp_path: Path) -> None:
        shown = ab(save(tmp_path, run(ALL)), "--format", "markdown").stdout
        assert shown.startswith("## The three patterns: base and candidate\n\n**1 regression, 1 improvement")
        assert "<details><summary>1 unchanged</summary>" in shown
        assert "**geometric mean of all changes: " in shown

    @pytest.mark.parametrize("how", ["text", "markdown"])
    def test_hostile_names_are_shown_as_text(self, tmp_path: Path, how: str) -> None:
        hostile = "[bold]x[/bold]|<script>alert(1)</script>\u202e" + "y" * 99
        one = pairs("asyncio", 1.0)
        one["fullname"] = f"x::{hostile}"
        found = run([one], side(hostile), side("new", packages={hostile: hostile}))
        shown = printed("ab", save(tmp_path, found), "--format", how)
        assert "\u202e" not in shown
        assert how == "text" or "<script>" not in shown.replace("\\<script>", "")


class TestList:
    def test_comparisons_have_numbers_from_the_oldest(self, tmp_path: Path) -> None:
        save(tmp_path, saved.of_day(26, run([pairs("asyncio", 1.0, 0.0)])), key="aaaa")
        save(tmp_path, run([pairs("threading", 1.3, 0.0)]), key="bbbb")
        broken = save(tmp_path, b"{", key="cccc")
        shown = ab("--list", "--storage", tmp_path).stdout
        assert "1 2026-11-24 12:00 old-env → new-env: 1.30×" in shown
        assert "2 2026-11-26 12:00 old-env → new-env: 1.00×" in shown
        assert str(broken) in "".join(shown.split("\n  "))
        found = json.loads(printed("ab", "--list", "--storage", tmp_path, "--format", "json"))["comparisons"]
        assert [one["datetime"][:10] for one in found["found"]] == ["2026-11-24", "2026-11-26"]
        assert [str(broken) in reason for reason in found["reasons"]] == [True]
        assert ab("1", "--storage", tmp_path).exit_code == 1
        assert ab("2", "--storage", tmp_path).exit_code == 0
        assert ab(tmp_path / "ab/aaaa").exit_code == 0


class TestBadInput:
    def damaged(self, **facts: Any) -> dict[str, Any]:
        one = pairs("asyncio", 1.0)
        one["extra_info"]["versus"] |= facts
        return run([one])

    def test_gets_a_sentence_and_exit_code_2(self, tmp_path: Path) -> None:
        older = run(ALL)
        older["machine_info"]["three_patterns"]["schema"] = 3
        for found, sentence in [
            (saved.plausible(1), "is not a comparison that `ab` has saved, or damaged"),
            (b"", "is not a comparison that `ab` has saved, or damaged"),
            (run([]), "holds no benchmark: compare the two sides again"),
            (self.damaged(seconds=[1.0]), "are not in pairs; compare the sides again"),
            (self.damaged(repeats=saved.contest(None, 7)["repeats"]), "are not in pairs"),
            (self.damaged(level=1.5), "is not a comparison that `ab` has saved, or damaged"),
            (self.damaged(seconds=[-1.0] * 8), "is not a comparison that `ab` has saved, or damaged"),
            (older, "has schema 3 and 4 is read here"),
            (run(ALL, side("\x1b[31m")), "is damaged: it holds the control character"),
        ]:
            assert sentence in refused("ab", save(tmp_path, found))

    def test_a_number_that_is_none(self, tmp_path: Path) -> None:
        save(tmp_path, run(ALL))
        said = refused("ab", "2", "--storage", tmp_path)
        assert "no comparison 2 in" in said
        assert "`--list` shows the 1 there are" in said
