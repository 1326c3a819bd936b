"""What the verbs of the command line take: the same words and options everywhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class Export(StrEnum):
    CSV = "csv"
    PARQUET = "parquet"
    OTAVA = "otava"


WORDS = (
    "by file, folder or number (3, or 3-7), or by what it is: python=3.13, machine=NAME, commit=1a2b3c, "
    "since=2026-11-01, until=…, effort=fast, aiohttp=3.14, last=5, joined by commas"
)
Runs = Annotated[list[str] | None, typer.Argument(metavar="[RUN]...", help=f"A saved run, {WORDS}.")]
Group = Annotated[str, typer.Argument(help=f"Runs, {WORDS}.")]
Storage = Annotated[Path, typer.Option(metavar="FOLDER", help="Where runs are saved.")]
Threshold = Annotated[
    str | None,
    typer.Option(
        metavar="PERCENT", help="Smallest change that counts. Default: as pyproject.toml or pytest.ini say, or 5."
    ),
]
ThresholdFile = Annotated[
    Path | None, typer.Option("--thresholds", metavar="FILE", help="A TOML file with thresholds per benchmark.")
]
Formats = Annotated[Format, typer.Option("--format", help="How to print it.")]
STORAGE = Path(".benchmarks")
