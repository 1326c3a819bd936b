"""The talk's claims as they are shown, and the command."""

import json
import re
from pathlib import Path

import pytest

from analysis.documents import markdown
from analysis.findings.claims import Claims, Unit
from analysis.stats.intervals import Interval
from analysis.views.claims import document, quantity
from tests.support.commands import printed, refused
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
    check_golden("claims", document(five_runs()), five_runs())


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


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    saved.store(tmp_path, run(7, fingerprint="ffffffff"), first=7, room="hare")
    return saved.store(tmp_path, *map(run, range(1, 6)))


def test_the_command_prints_each_format(storage: Path) -> None:
    assert printed("claims", "1", "--storage", storage).startswith("1 run on 1a2b3c4d")
    assert printed("claims", "1", "2", "--format=markdown", "--storage", storage).startswith("## The talk's claims")
    found = json.loads(printed("claims", "1-4", "--format", "json", "--storage", storage))["claims"]
    assert len(found["runs"]) == 4
    assert {one["verdict"] for one in found["claims"]} == {"supported", "refuted", "depends", "not decided"}
    assert "unlike machines" in refused("claims", "2", "7", "--storage", storage)


def test_a_run_of_something_else_says_what_is_missing_for_each_claim(tmp_path: Path) -> None:
    saved.store(tmp_path, saved.run([saved.benchmark("asyncio", [1.0])]))
    shown = printed("claims", "--storage", tmp_path)
    assert "15 claims: 15 not decided" in shown
    assert shown.count("to decide it: `make bench ARGS=") == 15
