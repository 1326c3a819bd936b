"""Advice on one's own work: its options, what of them is refused, and the hook that hears what a trial has measured."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from runfile.trial import TriedWork

ADVISE = "--advise"
CHECK = "--check-advice"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("three patterns")
    group.addoption(
        ADVISE,
        action="store_true",
        help="Say within seconds which pattern to choose for --workload, by what some of its tasks take and what this "
        "machine's saved runs tell of each pattern; run no benchmark.",
    )
    group.addoption(
        CHECK,
        action="store_true",
        help=f"The same as {ADVISE}; then run every pattern, and show what was measured beside what was predicted.",
    )


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(AdviceHooks)


class AdviceHooks:
    """What others may do about advice."""

    @pytest.hookspec
    def pytest_work_tried(self, config: pytest.Config, work: TriedWork, unsuited: Mapping[str, str]) -> None:
        """Take what the tasks of one's own work take, and the patterns that are not to run it, each with the reason.

        Called if there is to be advice, before anything is collected. May raise UsageError.
        """


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Refuse what makes no sense together, before anything is tried."""
    if not (option := asked(config)):
        return
    if config.getoption("workload") is None:
        raise pytest.UsageError(f"{option} is for a workload of your own: add --workload FILE")
    if config.getoption("numprocesses", None):
        raise pytest.UsageError(f"{option} does one task at a time, and nothing else: leave out --numprocesses")
    if option == ADVISE and config.getoption("workers"):
        raise pytest.UsageError(f"{ADVISE} finds the number of workers: leave out --workers, or measure with {CHECK}")
    for name in ("disable", "skip"):
        if option == CHECK and config.getoption(f"benchmark_{name}"):
            raise pytest.UsageError(f"{CHECK} compares with benchmarks: leave out --benchmark-{name}, or give {ADVISE}")


def asked(config: pytest.Config) -> str:
    """The option by which advice is asked for, or nothing."""
    return CHECK if config.getoption("check_advice") else ADVISE if config.getoption("advise") else ""
