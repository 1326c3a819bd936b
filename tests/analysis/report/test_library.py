"""The library that draws a page's pictures is put together once for an environment."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import vl_convert

from analysis.report import library

MADE = "window.vegaEmbed = made;"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[str]]:
    """How often it was put together, which takes no time here, in an environment that has none yet."""
    asked: list[str] = []

    def bundle(entry: str) -> str:
        asked.append(entry)
        return MADE

    monkeypatch.setattr(vl_convert, "javascript_bundle", bundle)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))
    library.library.cache_clear()
    yield asked
    library.library.cache_clear()


def again() -> str:
    """As another process would ask for it."""
    library.library.cache_clear()
    return library.library()


def test_it_is_kept_for_the_next_process(made: list[str]) -> None:
    assert [again(), again()] == [MADE, MADE]
    assert made == [library.ENTRY]
    assert [file.name for file in library.kept_at().parent.iterdir()] == [library.kept_at().name]


def test_another_version_has_its_own(made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    again()
    monkeypatch.setattr(library, "version", lambda _: "99.0")
    again()
    assert len(made) == 2


def test_nothing_is_kept_outside_of_an_environment(made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "base_prefix", sys.prefix)
    assert [again(), again()] == [MADE, MADE]
    assert len(made) == 2
    assert not Path(sys.prefix).exists()


def test_what_is_no_text_is_made_again(made: list[str]) -> None:
    library.kept_at().parent.mkdir(parents=True)
    library.kept_at().write_bytes(b"\xff")
    assert [again(), again()] == [MADE, MADE]
    assert len(made) == 1


def test_it_is_made_where_nothing_can_be_kept(made: list[str]) -> None:
    Path(sys.prefix).write_text("no folder")
    assert again() == MADE
