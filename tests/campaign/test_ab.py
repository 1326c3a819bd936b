"""Base and candidate in turns: verdicts, going on after an interruption, and leaving nothing behind."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

import psutil
import pytest

from analysis.criteria.thresholds import Thresholds
from campaign.ab import ABPlan
from campaign.environments import Environment, origin_of
from campaign.supervise import remove
from tests.campaign.toy_repository import ONE_TWO, SIDES, SOUND, ab, command
from tests.support.commands import analysis, printed
from tests.support.processes import git, hear_ctrl_c, left_of

pytestmark = pytest.mark.usefixtures("own_temp")
PAIRS = re.compile(r"^test_toy\[(\w+)\]: \d+ pairs in \d+ s$", re.MULTILINE)


def runs_in(folder: Path) -> list[Path]:
    return sorted(folder.glob(".benchmarks/ab/*/*/[0-9]*.json"))


def test_what_two_revisions_differ_in_is_found_and_nothing_is_left(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one side lacks or fails at costs that benchmark alone; and the comparison can be shown again."""
    outcome = ab(toy, *ONE_TWO, "--seconds", "1", "--format", "json")
    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    comparison = json.loads(outcome.stdout)["comparison"]
    rows = {row["benchmark"].rpartition("[")[2][:-1]: row for row in comparison["rows"]}
    assert rows.keys() == {"it", "steady"}
    assert rows["it"]["verdict"] == "regression"
    assert rows["steady"]["verdict"] != "regression"
    assert rows["it"]["pairs"] >= 5
    assert [(rows[name]["tasks"], rows[name]["whole_tasks"]) for name in ("it", "steady")] == [(2, 0), (1, 2)]
    ratio = rows["it"]["candidate_seconds"] / rows["it"]["base_seconds"]
    assert ratio == pytest.approx(rows["it"]["change"]["estimate"])
    assert [comparison[side]["label"] for side in ("base", "candidate")] == ["one", "two"]
    assert outcome.stderr.startswith("4 benchmarks, each 5 pairs at least and then up to 1 s in all\n")
    assert sorted(PAIRS.findall(outcome.stderr)) == ["it", "steady"]
    assert git(toy, "worktree", "list").count("\n") == 1
    assert git(toy, "status", "--porcelain") == ""

    monkeypatch.chdir(toy)
    listed = printed("ab", "--list")
    assert listed.startswith("1 2")
    assert "one " in listed
    (file,) = runs_in(toy)
    for word in ("1", str(file), str(file.parent.parent)):
        again = analysis("ab", word, "--format", "json")
        assert again.exit_code == 1
        assert json.loads(again.stdout)["comparison"]["rows"] == comparison["rows"]
    said = " ".join(analysis("ab", "1").stdout.split())
    assert "toy[new]: not compared: base (one) has no workload 'new'" in said
    assert "toy[wrong]: candidate (two): wrong: AssertionError: it is wrong" in said
    assert "1 failed, 1 not compared, by a threshold of 5 %" in said


def stop(toy: Path, how: signal.Signals, until: re.Pattern[str], *arguments: str) -> tuple[int, str]:
    """Stop a comparison once it has said something, and see that nothing is left. Its exit code, and that line."""
    with subprocess.Popen(
        command(*arguments), cwd=toy, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=hear_ctrl_c
    ) as process:
        assert process.stderr is not None
        said = next(line for line in process.stderr if until.match(line))
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(how)
        process.communicate(timeout=30)
    assert len(family) >= 3
    assert left_of(family) == []
    assert runs_in(toy) == []
    return process.returncode, said


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_nothing_is_left_after_ctrl_c(toy: Path) -> None:
    assert stop(toy, signal.SIGINT, re.compile("4 benchmarks"), *ONE_TWO)[0] == 130


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_two_environments_that_are_the_same_go_on_from_where_they_were_killed(toy: Path) -> None:
    arguments = [*SIDES, "--seconds", "1", "--threshold", "10000", "--", "--order-seed=1", "-k", SOUND]
    code, said = stop(toy, signal.SIGKILL, PAIRS, *arguments)
    assert code == -signal.SIGKILL
    outcome = ab(toy, *arguments)
    assert outcome.returncode == 0, outcome.stderr
    assert "1 benchmark, each 5 pairs" in outcome.stderr, outcome.stderr
    (first,) = PAIRS.findall(said)
    assert PAIRS.findall(outcome.stderr) == [{"it": "steady", "steady": "it"}[first]]
    (file,) = runs_in(toy)
    saved = json.loads(file.read_text(encoding="utf-8"))
    assert {one["param"] for one in saved["benchmarks"]} == {"it", "steady"}
    assert "no regression" in outcome.stdout
    assert "toy[steady]" in outcome.stdout
    assert "differs: nothing that is known of" in outcome.stdout


def test_a_comparison_is_the_same_wherever_the_worktrees_of_its_revisions_are(tmp_path: Path) -> None:
    one, two = (Environment(name, Path(sys.executable), tmp_path / name, f"commit {name}") for name in ("one", "two"))
    plan = ABPlan(one, two, ("-k", "it"), Thresholds())
    assert replace(plan, base=replace(one, suite=tmp_path / "elsewhere")).key == plan.key
    assert replace(plan, base=replace(one, identity="another commit")).key != plan.key
    assert replace(plan, arguments=()).key != plan.key


def test_worktrees_are_removed_though_something_still_writes_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "worktrees"
    folder.mkdir()

    def write() -> None:
        end = time.monotonic() + 0.2
        with suppress(FileNotFoundError):
            for number in count():
                (folder / str(number)).touch()
                if time.monotonic() > end:
                    return

    monkeypatch.setattr("sys.stdin", io.StringIO())
    writer = threading.Thread(target=write)
    writer.start()
    remove(str(folder), str(tmp_path))
    writer.join()
    assert not folder.exists()


def test_a_package_is_told_with_the_commit_or_folder_that_it_comes_from(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "code.py").write_text("1\n", encoding="utf-8")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "one")
    editable = {"url": tmp_path.as_uri(), "dir_info": {"editable": True}}
    short = git(tmp_path, "rev-parse", "--short=7", "HEAD").strip()
    assert origin_of(editable) == f"at {short}"
    (tmp_path / "code.py").write_text("2\n", encoding="utf-8")
    assert re.fullmatch(rf"at {short}\+[0-9a-f]{{7}}", origin_of(editable))
    assert origin_of({"url": tmp_path.as_uri(), "dir_info": {}}) == f"from {tmp_path.name}"
    repository = {"url": "https://x.example/y.git", "vcs_info": {"vcs": "git", "commit_id": "0badcaf" + "0" * 33}}
    assert origin_of(repository) == "at 0badcaf"
    assert origin_of({"url": "https://x.example/y.whl"}) == origin_of({}) == ""
