"""The summary of a run at its end, after pytest-benchmark's tables; then the answer, and a report if asked for."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from analysis.documents.encoding import show_plainly

if TYPE_CHECKING:
    from analysis.documents.document import Document


SAVED = pytest.StashKey[dict[str, Any]]()
TITLE = "three patterns: summary"
ANSWER = "three patterns: which one to choose?"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("three patterns").addoption(
        "--report",
        metavar="FILE",
        type=Path,
        help="Write a report of this run to FILE, an HTML page. Default: no report.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a place where no report can be written, rather than find out after minutes of measuring."""
    # pytest would show a whole text as escapes that has one such character.
    show_plainly(sys.stdout)
    place: Path | None = config.getoption("report")
    if place is None:
        return
    from runfile.atomic import check_place
    from runfile.runs import RunError

    try:
        check_place(place, "--report")
    except RunError as error:
        raise pytest.UsageError(str(error)) from error


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_json(config: pytest.Config, output_json: dict[str, Any]) -> None:
    """Keep what is about to be saved; of two calls the first, for --benchmark-json, which always has all rounds."""
    config.stash.setdefault(SAVED, output_json)


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> Generator[None, object, object]:
    """Print the summary after what the other plugins print, a failed --benchmark-compare-fail included."""
    try:
        return (yield)
    finally:
        saved = config.stash.get(SAVED, None)
        if saved is not None and config.get_verbosity() >= 0:
            _print_summary(saved, terminalreporter)
        if place := config.getoption("report"):
            _print_report(place, saved, exitstatus, terminalreporter)


def _print_summary(saved: dict[str, Any], reporter: pytest.TerminalReporter) -> None:
    # Here, so that a pytest that measures nothing does not wait for them.
    from analysis.findings.answer import answer
    from analysis.findings.summary import summarise
    from analysis.views import answer as answer_view
    from analysis.views import summary as summary_view
    from runfile.runs import NothingMeasured, RunError, parse

    try:
        # As it is saved: what JSON cannot say, pytest-benchmark writes as text too.
        run = parse(json.dumps(saved, default=repr).encode(), "this run")
        summary = summarise([run])
    except NothingMeasured:
        return
    except RunError as error:
        reporter.section(TITLE)
        reporter.write_line(f"no summary: {error}")
        return
    print_document(reporter, TITLE, summary_view.document(summary))
    answered = answer(summary, [run])
    if answered.choices:
        print_document(reporter, ANSWER, answer_view.brief(answered))


def print_document(reporter: pytest.TerminalReporter, title: str, document: Document) -> None:
    from rich.console import Console

    from analysis.documents import terminal

    out = io.StringIO()
    terminal.show(
        document,
        Console(
            file=out,
            width=reporter._tw.fullwidth,
            force_terminal=reporter.hasmarkup,
            no_color=not reporter.hasmarkup,
            color_system="standard" if reporter.hasmarkup else None,
            legacy_windows=False,
        ),
    )
    reporter.section(title)
    reporter.write(out.getvalue())


def _print_report(
    place: Path, saved: dict[str, Any] | None, exitstatus: int, reporter: pytest.TerminalReporter
) -> None:
    """Write the report and say where it is; or why there is none."""
    from analysis.report.publish import publish
    from runfile.runs import RunError

    file = _saved_file(reporter.config)
    if saved is None:
        reporter.write_line(f"no report in {place}: nothing was measured")
    elif exitstatus != pytest.ExitCode.OK:
        reporter.write_line(
            f"no report in {place}: this run failed, as above; `python -m analysis report` makes one of what was saved"
        )
    elif file is None:
        reporter.write_line(f"no report in {place}: this run was not saved")
    else:
        try:
            publish(file.parent.parent, [str(file)], place)
        except RunError as error:
            reporter.write_line(f"no report: {error}", red=True)
        else:
            reporter.write_line(f"report: {place}")


def _saved_file(config: pytest.Config) -> Path | None:
    """The file that this run was saved in; None if it was not."""
    session = getattr(config, "_benchmarksession", None)
    file: Path | None = getattr(getattr(session, "storage", None), "saved", None)
    return file
