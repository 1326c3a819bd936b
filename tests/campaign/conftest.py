"""A repository with a toy suite, and a place for temporary files."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.campaign.toy_repository import make_toy
from tests.support.processes import eventually


@pytest.fixture(scope="session")
def made_toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a toy suite, to be left as it is."""
    return make_toy(tmp_path_factory.mktemp("toy"))


@pytest.fixture
def toy(made_toy: Path, tmp_path: Path) -> Path:
    """A repository with a toy suite, to be changed by a test."""
    return shutil.copytree(made_toy, tmp_path / "toy")


@pytest.fixture
def own_temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place for temporary files that is empty again afterwards."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    assert eventually(lambda: not [*folder.glob("three-patterns-*")])
