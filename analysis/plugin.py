"""The summary of a run at its end, after pytest-benchmark's tables."""

from __future__ import annotations

import io
import json
from collections.abc import Generator
from typing import Any

import pytest

SAVED = pytest.StashKey[dict[str, Any]]()
TITLE = "three patterns: summary"


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_json(config: pytest.Config, output_json: dict[str, Any]) -> None:
    """Keep what is about to be saved; of two calls the first, for --benchmark-json, which always has all rounds."""
    config.stash.setdefault(SAVED, output_json)


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Generator[None, object, object]:
    """Print the summary after what the other plugins print, a failed --benchmark-compare-fail included."""
    try:
        return (yield)
    finally:
        saved = config.stash.get(SAVED, None)
        if saved is not None and config.get_verbosity() >= 0:
            _print_summary(saved, terminalreporter)


def _print_summary(saved: dict[str, Any], reporter: pytest.TerminalReporter) -> None:
    # Here, so that a pytest that measures nothing does not wait for them.
    from rich.console import Console

    from analysis.runs import NothingMeasured, RunError, parse
    from analysis.summary import summarise
    from analysis.text import show

    try:
        # As it is saved: what JSON cannot say, pytest-benchmark writes as text too.
        summary = summarise([parse(json.dumps(saved, default=repr).encode(), "this run")])
    except NothingMeasured:
        return
    except RunError as error:
        reporter.section(TITLE)
        reporter.write_line(f"no summary: {error}")
        return
    out = io.StringIO()
    show(
        summary,
        Console(
            file=out,
            width=reporter._tw.fullwidth,
            force_terminal=reporter.hasmarkup,
            no_color=not reporter.hasmarkup,
            color_system="standard" if reporter.hasmarkup else None,
            legacy_windows=False,
        ),
    )
    reporter.section(TITLE)
    reporter.write(out.getvalue())
