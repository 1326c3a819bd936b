"""What is said of a file of one's own work that is refused as soon as it is imported, which takes no trial."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from workloads import registry


def refused_import(file: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Why a file is refused as soon as it is imported, without the file's name."""
    file.write_text(code)
    monkeypatch.setattr(sys, "path", [*sys.path])
    try:
        with pytest.raises(registry.RegistryError) as refused:
            registry.load_file(file)
    finally:
        sys.modules.pop(file.stem, None)
    return str(refused.value).removeprefix(str(file))
