"""Files for libraries that take a path, of which nothing is left."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def memory_file(text: str) -> Iterator[str]:
    """The path of a file with this text, for this process and those that it forks meanwhile.

    Where the system has such files it is in memory, and gone however the process ends. Elsewhere it is in a temporary
    folder, and a process that is killed meanwhile leaves it there.
    """
    if hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("three-patterns"), "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            yield f"/proc/self/fd/{file.fileno()}"
    else:
        with tempfile.TemporaryDirectory(prefix="three-patterns-") as folder:
            path = Path(folder, "file.pem")
            path.write_text(text, encoding="ascii")
            yield str(path)
