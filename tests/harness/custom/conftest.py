"""A file of one's own work, and what is said of one that is refused as soon as it is imported, which takes no trial."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from workloads import registry


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "my_work.py"


@pytest.fixture
def refused_import(file: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Why code in that file is refused as soon as it is imported, without the file's name."""

    def refused(code: str) -> str:
        file.write_text(code)
        monkeypatch.setattr(sys, "path", [*sys.path])
        try:
            with pytest.raises(registry.RegistryError) as raised:
                registry.load_file(file)
        finally:
            sys.modules.pop(file.stem, None)
        return str(raised.value).removeprefix(str(file))

    return refused
