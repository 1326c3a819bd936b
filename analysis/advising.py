"""Advice for one's own work under pytest, before anything is measured, and beside what is measured if asked for."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_benchmark.session

from analysis.plugin import SAVED, print_document

if TYPE_CHECKING:
    from analysis.findings.advice import Advice
    from analysis.model.costs import Calibration
    from runfile.trial import TriedWork

TITLE = "three patterns: advice"
CHECKED = "three patterns: predicted and measured"

CALIBRATION: pytest.StashKey[Calibration] = pytest.StashKey()
ADVICE: pytest.StashKey[tuple[TriedWork, Advice]] = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    """Find out what this machine costs, before anything is tried; after harness.plugin has named its folder."""
    if not _is_asked(config) or config.getoption("collectonly") or config.getoption("help"):
        return
    from runfile.runs import RunError

    _, _, path = str(config.getoption("benchmark_storage")).rpartition("://")
    try:
        folder = pytest_benchmark.session.get_machine_id()  # type: ignore[attr-defined, no-untyped-call]
        config.stash[CALIBRATION] = _calibration(Path(path, folder))
    except RunError as error:
        raise pytest.UsageError(str(error)) from error


def _is_asked(config: pytest.Config) -> bool:
    return bool(config.getoption("advise") or config.getoption("check_advice"))


def _calibration(folder: Path) -> Calibration:
    """What a machine costs by the newest whole run in its folder and those like it. Raises RunError without any."""
    from analysis.criteria.comparable import newest_alike
    from analysis.findings.advice import NEEDED, calibrated
    from runfile.digests import Reader
    from runfile.numbering import number_of
    from runfile.runs import RunError

    records, _ = Reader().read_all(file for file in sorted(folder.glob("*.json")) if number_of(file) > 0)
    needed = {(workload, lifecycle) for _, workload, lifecycle in NEEDED}
    whole = [one for one in records if {(work.workload, work.lifecycle) for work in one.works.values()} >= needed]
    if not whole:
        raise RunError(
            f"no whole run in {folder}, which would tell what each pattern costs on this machine: make one with "
            "`make bench`"
        )
    return calibrated(newest_alike(whole).runs)


@pytest.hookimpl(optionalhook=True)
def pytest_work_tried(config: pytest.Config, work: TriedWork, unsuited: Mapping[str, str]) -> None:
    """Make advice of what some tasks have taken."""
    from analysis.findings.advice import advise
    from analysis.model.tried import described
    from runfile.runs import RunError

    try:
        found = described(work, config.stash[CALIBRATION])
        config.stash[ADVICE] = work, advise(found.calibration, found.work, unsuited=unsuited)
    except RunError as error:
        raise pytest.UsageError(f"{config.getoption('workload')}: {error}") from error


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Print the advice, and leave it at that unless it is to be checked."""
    config = session.config
    if ADVICE not in config.stash:
        return None
    from analysis.views import tried as view

    tried, advice = config.stash[ADVICE]
    reporter: pytest.TerminalReporter = config.pluginmanager.getplugin("terminalreporter")
    print_document(reporter, TITLE, view.document(tried, advice))
    return None if config.getoption("check_advice") else True


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Generator[None, object, object]:
    """Show what was predicted beside what was measured, last."""
    try:
        return (yield)
    finally:
        if ADVICE in config.stash and SAVED in config.stash:
            _print_check(config, terminalreporter)


def _print_check(config: pytest.Config, reporter: pytest.TerminalReporter) -> None:
    from analysis.model.check import checked
    from analysis.views import tried as view
    from runfile.runs import RunError, parse

    try:
        run = parse(json.dumps(config.stash[SAVED], default=repr).encode(), "this run")
    except RunError:  # the summary has said why
        return
    _, advice = config.stash[ADVICE]
    print_document(reporter, CHECKED, view.check(advice, checked(advice.work, advice.calibration, run)))
