"""Which patterns a run measures: those that are so by default, or those of --patterns."""

from __future__ import annotations

import argparse

import pytest

import patterns
from harness.options.selected_benchmarks import deselect, is_benchmark, parameters_of
from workloads.registry import RegistryError

ALL = "all"
DEFAULT = "default"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("three patterns").addoption(
        "--patterns",
        metavar="NAME[,NAME…]",
        type=pattern_names,
        default=(DEFAULT,),
        help="Measure these patterns: names such as threading,asyncio; `all`; or `default`, which is the default.",
    )


def pattern_names(text: str) -> tuple[str, ...]:
    """Names from the command line, in their order. Raises argparse.ArgumentTypeError when there are none."""
    names = tuple(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))
    if names:
        return names
    raise argparse.ArgumentTypeError(f"{text!r} names no pattern: give some such as threading,asyncio")


def chosen(words: tuple[str, ...]) -> set[str]:
    """The names of the patterns that are meant; one that is named itself has to exist and to run here.

    Raises UsageError.
    """
    found: set[str] = set()
    for word in words:
        if word in (ALL, DEFAULT):
            found |= {name for name in patterns.names() if word == ALL or patterns.get(name).by_default}
            continue
        try:
            reason = patterns.get(word).unavailable()
        except RegistryError as error:
            raise pytest.UsageError(f"--patterns: {error}, or `{ALL}`") from error
        if reason:
            raise pytest.UsageError(f"--patterns: {word} cannot run here: {reason}")
        found.add(word)
    return found


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the benchmarks of other patterns; what has no pattern stays."""
    wanted = chosen(config.getoption("patterns"))
    deselect(
        config, items, lambda item: is_benchmark(item) and parameters_of(item).get("pattern") not in {*wanted, None}
    )
