"""A browser for the tests of the page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.analysis.report.browser import Chromium, chromium


@pytest.fixture(scope="session")
def browser() -> Iterator[Chromium]:
    """A real browser."""
    with chromium() as found:
        yield found
