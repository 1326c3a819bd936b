"""Runs a pytest and hears of its events while it goes on: see `harness.events`."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

POLL_SECONDS = 0.05

Hear = Callable[[dict[str, Any]], None]
Start = Callable[..., AbstractContextManager["subprocess.Popen[Any]"]]


@contextmanager
def waited_for(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """A process that gets the terminal's Ctrl-C as well, and has the time to put things in order."""
    with subprocess.Popen(command, **options) as process:
        try:
            yield process
        except KeyboardInterrupt:
            with suppress(KeyboardInterrupt):
                process.wait()
            raise


def run(command: Sequence[str], hear: Hear, start: Start = waited_for) -> tuple[int, str]:
    """Run pytest with its output out of sight. Returns its exit code and its output."""
    with tempfile.TemporaryDirectory() as folder:
        file, said = Path(folder, "events"), Path(folder, "output")
        file.touch()
        with said.open("w") as out, file.open() as lines:
            try:
                with start([*command, f"--events={file}"], stdout=out, stderr=subprocess.STDOUT) as process:
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
