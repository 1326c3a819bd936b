"""What a trial is doing, in one line of a terminal, which is gone when it has ended."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

CLEAR = "\r\x1b[K"


@contextmanager
def shown_on(stream: TextIO, title: str) -> Iterator[Callable[[str], None]]:
    """What shows a step after a title. On what is no terminal, nothing is shown."""
    if not stream.isatty():
        yield lambda _: None
        return

    def show(step: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        stream.write(f"{CLEAR}{f'{title}: {step}'[:width]}")
        stream.flush()

    try:
        yield show
    finally:
        stream.write(CLEAR)
        stream.flush()
