"""The pictures as files: SVG and PNG, for a light page and a dark one, drawn without a browser."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from analysis.report.drawing import theme
from analysis.report.drawing.figure import Figure
from runfile.atomic import explained, new_file
from runfile.runs import RunError

OPTION = "--images"
# In pixels, without the margin; a PNG has this many for each.
WIDTH, MARGIN = 860, 20
PIXELS = 2
LOOKS = {"light": theme.LIGHT, "dark": theme.DARK}
# Of a title and of what is said beneath it, at that width.
TITLE_LETTERS, LINE_LETTERS = 84, 140


def write_images(figures: Sequence[Figure], folder: Path) -> list[Path]:
    """Write NAME-light.svg, NAME-dark.svg, NAME-light.png and NAME-dark.png of each figure into a folder.

    What the folder holds besides stays. Raises RunError, with nothing written, when they cannot be.
    """
    with explained(folder, OPTION):
        if folder.exists() and not folder.is_dir():
            raise RunError(f"{folder} is a file, and pictures go into a folder: name another place with {OPTION}")
        with _draft(folder) as draft:
            for figure in figures:
                for name, content in render(figure):
                    (draft / name).write_bytes(content)
            files = sorted(draft.iterdir())
            _check_free(folder, files)
            folder.mkdir(parents=True, exist_ok=True)
            return [one.replace(folder / one.name) for one in files]


def _check_free(folder: Path, files: Sequence[Path]) -> None:
    for file in files:
        if (folder / file.name).is_dir():
            raise RunError(
                f"{folder / file.name} is a folder, and a picture is to go there: name another place with {OPTION}"
            )


@contextmanager
def _draft(folder: Path) -> Iterator[Path]:
    """A folder on the same disk, to be filled before anything is moved from it."""
    home = folder.resolve()
    while not home.exists():
        home = home.parent
    with TemporaryDirectory(prefix=".pictures-", dir=home, ignore_cleanup_errors=True) as draft:
        yield Path(draft)


def render(figure: Figure) -> Iterator[tuple[str, bytes]]:
    """The files of a figure: the name of each, and what it holds."""
    for light, look in LOOKS.items():
        svg = _svg(figure, look)
        for kind, content in KINDS.items():
            yield f"{figure.name}-{light}{kind}", content(svg)


def write_image(figure: Figure, file: Path, option: str) -> None:
    """Write a figure for a light page to a file of the kind that its name says.

    Raises RunError, which names the option that the file was named with, when it cannot be.
    """
    content = KINDS.get(file.suffix.lower())
    if content is None:
        raise RunError(f"{file} is not the name of a picture: name a file that ends in .svg or .png with {option}")
    with new_file(file, option=option) as draft:
        draft.write_bytes(content(_svg(figure, theme.LIGHT)))


def _svg(figure: Figure, look: theme.Look) -> str:
    import vl_convert

    svg: str = vl_convert.vegalite_to_svg(_standing_alone(figure, look))
    return svg


def _png(svg: str) -> bytes:
    import vl_convert

    png: bytes = vl_convert.svg_to_png(svg, scale=PIXELS)
    return png


KINDS: dict[str, Callable[[str], bytes]] = {".svg": str.encode, ".png": _png}


def _standing_alone(figure: Figure, look: theme.Look) -> dict[str, Any]:
    """The specification with what a page says around it."""
    return {
        **figure.spec,
        "config": theme.config(look),
        "width": WIDTH,
        "padding": MARGIN,
        "description": f"{figure.title} {figure.says}",
        "title": {
            "text": textwrap.wrap(figure.title, TITLE_LETTERS),
            "subtitle": textwrap.wrap(figure.says, LINE_LETTERS),
        },
    }
