"""The report's pictures as files: for a light page and a dark one, whole or not at all."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from analysis.report.drawing.figure import Figure
from analysis.report.images import LOOKS, PIXELS, write_images
from runfile.runs import RunError
from tests.support.made_up.pictured import all_figures

PNG = b"\x89PNG\r\n\x1a\n"


def timeline() -> Figure:
    return all_figures()["timeline-download-talk"]


def startup() -> Figure:
    return all_figures()["startup"]


def broken() -> Figure:
    return replace(startup(), name="broken", spec={**startup().spec, "layer": [{"mark": "no such mark"}]})


def size(png: bytes) -> tuple[int, int]:
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


def test_each_picture_is_written_as_svg_and_png_for_light_and_dark(tmp_path: Path) -> None:
    written = write_images([timeline(), startup()], tmp_path / "new" / "pictures")
    expected = {
        f"{figure.name}-{light}.{kind}"
        for figure in (timeline(), startup())
        for light in LOOKS
        for kind in ("svg", "png")
    }
    assert {path.name for path in written} == expected
    assert {path.name for path in (tmp_path / "new" / "pictures").iterdir()} == expected
    assert {path.name for path in tmp_path.iterdir()} == {"new"}


def test_svg_and_png_are_of_the_same_picture(tmp_path: Path) -> None:
    write_images([timeline()], tmp_path)
    for light, look in LOOKS.items():
        svg = (tmp_path / f"{timeline().name}-{light}.svg").read_text(encoding="utf-8")
        png = (tmp_path / f"{timeline().name}-{light}.png").read_bytes()
        root = ElementTree.fromstring(svg)  # noqa: S314 - our own
        assert png.startswith(PNG)
        width, height = float(root.attrib["width"]), float(root.attrib["height"])
        assert size(png) == (round(width * PIXELS), round(height * PIXELS))
        assert look.paper in svg


def test_a_picture_says_what_it_is_of_where_no_page_does(tmp_path: Path) -> None:
    write_images([timeline()], tmp_path)
    svg = (tmp_path / f"{timeline().name}-light.svg").read_text(encoding="utf-8")
    texts = [element.text for element in ElementTree.fromstring(svg).iter() if element.text]  # noqa: S314
    assert timeline().title in texts
    assert any(text.startswith("Each frame is a worker") for text in texts)


def test_what_is_in_the_folder_besides_stays_and_older_pictures_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "startup-light.svg").write_text("old")
    write_images([startup()], tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "startup-light.svg").read_text().startswith("<svg")


def test_when_one_picture_cannot_be_drawn_none_is_written(tmp_path: Path) -> None:
    (tmp_path / "startup-light.svg").write_text("old")
    with pytest.raises(ValueError, match="conversion failed"):
        write_images([startup(), broken()], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["startup-light.svg"]
    assert (tmp_path / "startup-light.svg").read_text() == "old"


@pytest.mark.parametrize("below", ["", "pictures"])
def test_a_file_is_no_place_for_pictures(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(RunError, match=r"file.*name another place"):
        write_images([startup()], tmp_path / "file" / below)
    assert (tmp_path / "file").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    # /proc takes no folders, whoever asks.
    folder = Path("/proc/pictures")
    if not folder.parent.is_dir():
        pytest.skip("there is no /proc here")
    with pytest.raises(RunError, match="/proc/pictures cannot be written"):
        write_images([startup()], folder)


def test_a_folder_where_a_picture_is_to_go_is_told(tmp_path: Path) -> None:
    (tmp_path / "startup-light.png").mkdir()
    with pytest.raises(RunError, match=r"startup-light\.png is a folder"):
        write_images([startup()], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["startup-light.png"]
