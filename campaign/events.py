"""Runs a pytest and hears of its events while it goes on: see `harness.events`."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from campaign.supervise import kept, temporary_folder

POLL_SECONDS = 0.05

Hear = Callable[[dict[str, Any]], None]


def run(command: Sequence[str], hear: Hear, folder: Path, env: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Run pytest in a folder with its output out of sight. Returns its exit code and its output.

    It is interrupted when this process is, or ends in any other way.
    """
    with temporary_folder() as temporary:
        file, said = temporary / "events", temporary / "output"
        file.touch()
        with said.open("w") as out, file.open() as lines:
            arguments = ["run", str(folder), *command, f"--events={file}"]
            try:
                with kept(arguments, stdout=out, stderr=subprocess.STDOUT, env=env) as process:
                    while process.poll() is None:
                        _hear_all(lines, hear)
                        time.sleep(POLL_SECONDS)
            finally:
                _hear_all(lines, hear)
        return process.returncode, said.read_text(encoding="utf-8", errors="replace")


def _hear_all(lines: TextIO, hear: Hear) -> None:
    """Hear of the events whose lines are whole by now."""
    place = lines.tell()
    while (line := lines.readline()).endswith("\n"):
        place = lines.tell()
        hear(json.loads(line))
    lines.seek(place)
