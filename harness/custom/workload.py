"""One's own workload: its options, its trial before the run, and the choice of its benchmarks alone."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import pytest

import patterns
from harness.custom.validate import TrialError, validate
from harness.options.selected_patterns import chosen
from harness.plugin import SESSION
from harness.servers.server import LocalServer, ServerError
from workloads import registry
from workloads.registry import RegistryError, load_file

NAME = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("three patterns")
    group.addoption(
        "--workload",
        metavar="FILE",
        type=Path,
        help="Run every pattern on the workload in this Python file, and nothing else; see docs/extending.md.",
    )
    group.addoption(
        "--workers",
        metavar="N[,N…]",
        type=worker_counts,
        help="With how many workers to run --workload. Default: one for each usable core, and 16.",
    )


def worker_counts(text: str) -> tuple[int, ...]:
    """Numbers of workers from the command line. Raises argparse.ArgumentTypeError when they are none."""
    parts = text.split(",")
    if all(part.isascii() and part.isdigit() and int(part) > 0 for part in parts):
        return tuple(dict.fromkeys(int(part) for part in parts))
    raise argparse.ArgumentTypeError(
        f"{text!r} is not a number of workers: give one such as 16, or some such as 1,4,16"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Try and load the file. Comes after harness.plugin's, which is to come first: proxies are gone around by now."""
    file: Path | None = config.getoption("workload")
    if file is None:
        if config.getoption("workers"):
            raise pytest.UsageError("--workers is for a workload of your own: add --workload FILE")
        return
    if config.getoption("help"):
        return
    session = config.stash[SESSION]
    try:
        if not config.getoption("collectonly"):
            try_own(file, session.limit_seconds, config.getoption("io_server"))
        config.stash[NAME] = load_file(file).name
    except (TrialError, RegistryError, ServerError) as error:
        raise pytest.UsageError(str(error)) from error
    session.workload_file = str(file.absolute())


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say whose work is measured, and which patterns that cannot be done with."""
    if NAME not in config.stash:
        return []
    workload, file = registry.get(config.stash[NAME]), config.getoption("workload")
    measured = chosen(config.getoption("patterns"))
    reasons = {name: patterns.get(name).unsuited(workload) for name in patterns.names() if name in measured}
    return [
        f"workload: {workload.name}, {len(workload.tasks)} tasks, from {file}",
        *(f"{name} cannot run {file}: {reason}" for name, reason in reasons.items() if reason),
    ]


def try_own(file: Path, limit_seconds: float, server_url: str | None) -> None:
    """Try a workload file against the server at a URL, or one of its own should it need one."""
    server = LocalServer()
    try:
        validate(file, limit_seconds, lambda: server_url or server.url)
    finally:
        server.stop()


def own_cases(config: pytest.Config, workers: Sequence[int]) -> list[tuple[str, int]]:
    """The workload of --workload with each number of workers, those of --workers if given; none without a file."""
    if NAME not in config.stash:
        return []
    return [(config.stash[NAME], count) for count in config.getoption("workers") or dict.fromkeys(workers)]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run the benchmarks of one's own workload alone, or, when there is none, all but those."""
    own = [item for item in items if item.get_closest_marker("own")]
    others = [item for item in items if not item.get_closest_marker("own")]
    if NAME in config.stash:
        config.hook.pytest_deselected(items=others)
        items[:] = own
    else:
        items[:] = others
