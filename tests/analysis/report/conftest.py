"""A browser for the tests of the page."""

from collections.abc import Iterator

import pytest

from tests.analysis.report.browser import Chromium, chromium


@pytest.fixture(scope="session")
def browser() -> Iterator[Chromium]:
    with chromium() as found:
        yield found
