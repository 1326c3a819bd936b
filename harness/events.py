"""Tells the program that started pytest how its run goes: a line of JSON for each event, in the file of --events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

DONE = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("three patterns").addoption(
        "--events",
        metavar="FILE",
        type=Path,
        help="Append what happens to FILE, as lines of JSON, for the program that started this one.",
    )


def tell(config: pytest.Config, event: str, what: object) -> None:
    """Note down an event, whole, for whoever reads the file meanwhile."""
    if file := config.getoption("events"):
        with file.open("ab", buffering=0) as out:
            out.write(json.dumps({event: what}).encode() + b"\n")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    result = yield
    done = item.config.stash[DONE] = item.config.stash.get(DONE, 0) + 1
    tell(item.config, "progress", done / item.session.testscollected)
    return result
