"""The talk's claims as they are shown, and the command."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from analysis.cli.main import app
from analysis.documents import as_json, markdown
from analysis.findings.claims import Claims, Unit
from analysis.stats.intervals import Interval
from analysis.views.claims import document, quantity
from tests.support.made_up import saved
from tests.support.made_up.talked import judged, run
from tests.support.shown import as_text, check_golden


def five_runs() -> Claims:
    """Without the benchmarks on sharing a session, so that something is missing; and one of them with a flag."""
    runs = [run(number) for number in range(5)]
    for one in runs:
        one["benchmarks"] = [b for b in one["benchmarks"] if b["extra_info"]["question"] != "session-sharing"]
        one["benchmarks"][6]["extra_info"]["flags"] = [saved.flag("server-bound", 0.61)]
    return judged(runs)


def test_they_are_shown_as_they_were_looked_at() -> None:
    check_golden("claims", document(five_runs()))


def test_json_holds_all_of_it() -> None:
    found = five_runs()
    read = json.loads(as_json.render(claims=found))
    assert msgspec.convert(read["claims"], Claims) == found


def test_colour_is_for_terminals() -> None:
    assert "\x1b[" not in as_text(document(five_runs()), 80)
    assert "\x1b[1;31m✗ refuted" in as_text(document(five_runs()), 80, force_terminal=True, color_system="standard")


@pytest.mark.parametrize(
    ("unit", "figure", "said"),
    [
        (Unit.TIMES, Interval(5.6, 5.27, 5.97, 5), "5.60× [5.27–5.97]"),
        (Unit.SECONDS, Interval(0.000117, -0.00001, 0.00148, 5), "117 µs [0 s–1.48 ms]"),
        (Unit.BYTES, Interval(19_900, 19_700, 20_100, 5), "19.4 KiB [19.2 KiB–19.6 KiB]"),
        (Unit.CPUS, Interval(1.991, 1.984, 1.999, 5), "1.99 [1.98–2.00]"),
        (Unit.PER_CPU, Interval(1, 1, 1, 5), "1"),
    ],
)
def test_figures_have_their_unit(unit: Unit, figure: Interval, said: str) -> None:
    assert quantity(unit, figure) == said


def test_what_a_run_says_of_itself_is_shown_as_text_and_does_nothing() -> None:
    hostile = "x <script>alert(1)</script> | \u202eevil\u202c **bold** [link](http://x)\n# head"
    one = run(1, name=hostile, cpu=hostile)
    for bench in one["benchmarks"]:
        bench["extra_info"]["flags"] = [saved.flag("noisy", 0.2) | {"name": hostile}]
        bench["name"] += hostile
    one["machine_info"]["three_patterns"]["packages"] = {hostile: hostile}
    found = judged([one])
    text, marked = as_text(document(found), 80), markdown.render(document(found))
    for shown in (text, marked):
        assert not {"\u202e", "\u202c"} & set(shown)
        assert "\n# head" not in shown
    assert not re.search(r"(?<!\\)(<script|\*\*bold|\]\(http|\| evil)", marked)


# The command


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    for number in range(1, 7):
        one = run(number) | {"datetime": f"2026-11-24T12:0{number}:00+00:00"}
        if number == 1:
            one["machine_info"]["three_patterns"]["packages"] = {"requests": "2.0", "aiohttp": "3.14.5"}
        saved.save(tmp_path / f"fox/{number:04}_run.json", one)
    other = run(7, fingerprint="ffffffff") | {"datetime": "2026-11-20T12:00:00+00:00"}
    saved.save(tmp_path / "hare/0007_run.json", other)
    return tmp_path


def printed(storage: Path, *arguments: str) -> str:
    outcome = CliRunner().invoke(app, ["claims", *arguments, "--storage", str(storage)])
    assert outcome.exit_code == 0, outcome.output
    return outcome.stdout


def test_the_command_prints_each_format(storage: Path) -> None:
    assert printed(storage, "2").startswith("1 run on 1a2b3c4d")
    assert printed(storage, "2", "3", "--format=markdown").startswith("## The talk's claims")
    found = json.loads(printed(storage, "2-5", "--format", "json"))["claims"]
    assert len(found["runs"]) == 4
    assert {one["verdict"] for one in found["claims"]} == {"supported", "refuted", "depends", "not decided"}


def test_without_words_it_judges_by_the_newest_run_and_those_like_it(storage: Path) -> None:
    outcome = CliRunner().invoke(app, ["claims", "--storage", str(storage)])
    assert outcome.stdout.startswith("5 runs on 1a2b3c4d")
    assert "not taken: 1 run unlike the newest (requests 2.0)" in outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["9"], "no run 9 in"),
        (["2", "7"], "unlike machines"),
        (["nothing"], "there is no file or folder 'nothing'"),
        (["2", str(Path("fox/0002_run.json"))], "there is no file or folder"),
    ],
)
def test_bad_input_gets_a_sentence(storage: Path, arguments: list[str], message: str) -> None:
    outcome = CliRunner().invoke(app, ["claims", *arguments, "--storage", str(storage)])
    assert outcome.exit_code == 2
    assert message in outcome.stderr
    assert "Traceback" not in outcome.output


def test_an_empty_storage_is_told_of(tmp_path: Path) -> None:
    outcome = CliRunner().invoke(app, ["claims", "--storage", str(tmp_path)])
    assert outcome.exit_code == 2
    assert "make bench" in outcome.stderr


def test_a_run_of_something_else_says_what_is_missing_for_each_claim(tmp_path: Path) -> None:
    saved.save(tmp_path / "fox/0001_run.json", saved.run([saved.benchmark("asyncio", [1.0])]))
    shown = printed(tmp_path)
    assert "15 claims: 15 not decided" in shown
    assert shown.count("to decide it: `make bench ARGS=") == 15
