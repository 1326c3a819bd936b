"""A copy of the suite, for tests that change it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.suite import copy_of_the_suite


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the suite, to be changed by a test."""
    return copy_of_the_suite(tmp_path)
