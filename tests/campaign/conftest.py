"""A repository with a toy suite."""

import shutil
from pathlib import Path

import pytest

from tests.campaign.toy_repository import make_toy


@pytest.fixture(scope="session")
def made_toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a toy suite, to be left as it is."""
    return make_toy(tmp_path_factory.mktemp("toy"))


@pytest.fixture
def toy(made_toy: Path, tmp_path: Path) -> Path:
    """A repository with a toy suite, to be changed by a test."""
    return shutil.copytree(made_toy, tmp_path / "toy")
