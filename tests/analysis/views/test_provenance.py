"""What speaks against figures, in words."""

from typing import Any

from analysis.findings.summary import summarise
from analysis.views import summary as view
from tests.support.made_up import saved
from tests.support.made_up.answered import MIXED, made, table
from tests.support.shown import as_text


def missing(name: str, outcome: str, sentence: str) -> dict[str, Any]:
    return {"benchmark": f"benchmarks/test_it.py::test_it[{name}]", "outcome": outcome, "sentence": sentence}


def test_what_was_not_measured_is_told_once_for_each_reason_by_the_newest_run() -> None:
    runs = made(*[table("mixed", "mixed", MIXED)] * 2)
    older, newer = (run["machine_info"]["three_patterns"] for run in runs)
    older["missing"] = [missing("a", "failed", "it broke")]
    skipped = [missing(name, "skipped", "it needs Python 3.14") for name in ("b", "c", "d")]
    newer["missing"] = [missing("a", "failed", "it hung"), *skipped]
    shown = as_text(view.document(summarise(saved.parsed(*runs))))
    assert "warning: failed: test_it[a]: it hung" in shown
    assert "note: skipped: test_it[b] and 2 more: it needs Python 3.14" in shown
    assert "it broke" not in shown
