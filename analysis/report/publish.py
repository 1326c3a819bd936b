"""Makes a report: from the runs that are meant to a file, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.documents.drawing import check_drawing
from analysis.report.gather import gather
from analysis.report.images import write_images
from analysis.report.library import library
from analysis.report.page import Report, render
from runfile.atomic import check_place, new_file


@dataclass(frozen=True)
class Published:
    """A report, where it is, and the pictures that were written besides."""

    report: Report
    file: Path
    images: tuple[Path, ...] = ()


def publish(storage: Path, words: Sequence[str], output: Path, images: Path | None = None) -> Published:
    """Write a report of the runs that the words mean. Raises RunError where there are none, or it cannot be written."""
    check_drawing()
    check_place(output)
    report = Report(gather(storage, words))
    page = render(report, library())
    pictures = tuple(write_images(list(report.all_figures()), images)) if images else ()
    with new_file(output, (run.path for run in report.gathered.material.history)) as draft:
        draft.write_text(page, encoding="utf-8")
    return Published(report, output, pictures)
