"""Which benchmarks were to be measured and were not, and why: they stand in no table, and are saved with the run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import to_builtins

from harness.options.selected_benchmarks import is_benchmark
from runfile.benchmarks import NotMeasured
from runfile.runs import KEY

MISSING = pytest.StashKey[list[NotMeasured]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Note down what failed or was skipped."""
    report: Any = yield
    if is_benchmark(item) and report.outcome != "passed":
        item.config.stash.setdefault(MISSING, []).append(NotMeasured(item.nodeid, report.outcome, sentence_of(call)))
    return report  # type: ignore[no-any-return]


def sentence_of(call: pytest.CallInfo[None]) -> str:
    """Why a benchmark failed or was skipped, on one line."""
    if call.excinfo is None:
        return ""
    is_told = isinstance(call.excinfo.value, pytest.fail.Exception | pytest.skip.Exception)
    return " ".join((str(call.excinfo.value) if is_told else call.excinfo.exconly()).split())


@pytest.hookimpl(trylast=True)
def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:
    """Save it. Comes after harness.plugin's."""
    if found := config.stash.get(MISSING, []):
        machine_info[KEY]["missing"] = to_builtins(found)
