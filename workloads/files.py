"""Reading files: many small ones, and few large ones.

They are read from the page cache, in memory, since they were written a moment before; `files-read-uncached` has the
system forget each file once it is read, so that the next round reads it from the disk. What a file system such as ZFS,
a disk, or whoever provides a virtual one keeps in memory of its own is not emptied.
"""

from __future__ import annotations

import asyncio
import ctypes
import math
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from mmap import ACCESS_COPY, PAGESIZE, mmap
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from workloads.contract import TaskFailed, Workload, cycled, expect

KIB = 1024
MIB = 1024 * KIB
# Linux forgets no page that somebody is just busy with, as on a machine that has much to do.
ATTEMPTS, ATTEMPT_SECONDS = 20, 0.01


def content(number: int, size: int) -> bytes:
    """What is in a file of so many bytes: its number, in each of its lines of 1 KiB."""
    return f"{number:<{KIB - 1}}\n".encode() * (size // KIB)


@dataclass(eq=False)
class FilesRead(Workload):
    """Read each file, all at once. A task is its number; a result is what it begins with, and how many lines it has.

    asyncio reads no files, and has threads do it.
    """

    name: str
    tasks: Sequence[int] = field(repr=False)
    size: int
    folder: Path = field(default=Path(), init=False, repr=False)

    def repeated(self, count: int) -> Self:
        return replace(self, name=f"{self.name}-x{count}", tasks=cycled(self.tasks, count))

    @contextmanager
    def prepare(self) -> Iterator[None]:
        with TemporaryDirectory() as folder:
            self.folder = Path(folder)
            self._write_all()
            yield

    def path(self, task: int) -> Path:
        return self.folder / str(task)

    def perform(self, client: None, task: int) -> tuple[int, int]:
        try:
            data = self.read(self.path(task))
        except OSError as error:
            raise TaskFailed(f"{self.path(task)}: {error.strerror}") from error
        return int(data[:KIB]), data.count(b"\n")

    async def perform_async(self, client: None, task: int) -> tuple[int, int]:
        return await asyncio.to_thread(self.perform, client, task)

    def read(self, path: Path) -> bytes:
        return path.read_bytes()

    def check(self, results: Sequence[tuple[int, int]]) -> None:
        expect(self.name, self.tasks, results, [(task, self.size // KIB) for task in self.tasks])

    def _write_all(self) -> None:
        files, free = set(self.tasks), shutil.disk_usage(self.folder).free
        needed = len(files) * self.size
        if free < needed:
            raise self._no_room(f"has {free:,} bytes free", needed)
        try:
            for file in files:
                self.write(self.path(file), content(file, self.size))
        except OSError as error:
            raise self._no_room(f"takes no more ({error.strerror})", needed) from error

    def _no_room(self, why: str, needed: int) -> TaskFailed:
        return TaskFailed(
            f"{self.name}: {self.folder.parent} {why}, and its files need {needed:,}: make room there, or set TMPDIR "
            "to a folder with more"
        )

    def write(self, path: Path, data: bytes) -> None:
        path.write_bytes(data)


class FilesReadUncached(FilesRead):
    """The same, of files that are not in the page cache."""

    def read(self, path: Path) -> bytes:
        with path.open("rb") as file:
            data = file.read()
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            return data

    def write(self, path: Path, data: bytes) -> None:
        with path.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # only what is on the disk is forgotten
            for _ in range(ATTEMPTS):
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
                if not is_cached(path):
                    return
                time.sleep(ATTEMPT_SECONDS)
        raise TaskFailed(
            f"{self.name}: the file system of {self.folder.parent} keeps what is read in memory: set TMPDIR to a "
            "folder on a disk"
        )


def is_cached(path: Path) -> bool:
    """Whether any page of a file is in the page cache, or nobody knows.

    Asking changes nothing, whereas a read with `RWF_NOWAIT` makes Linux read the start of the file ahead.
    """
    with path.open("rb") as file:
        try:
            mapped = mmap(file.fileno(), 0, access=ACCESS_COPY)
        except OSError:  # a file system that maps nothing
            return True
        with mapped:
            pages = (ctypes.c_ubyte * math.ceil(len(mapped) / PAGESIZE))()
            start = ctypes.c_char.from_buffer(mapped)
            unknown = ctypes.CDLL(None).mincore(ctypes.byref(start), ctypes.c_size_t(len(mapped)), pages)
            del start  # what is still pointed at cannot be unmapped
    return unknown != 0 or any(page & 1 for page in pages)


WORKLOADS: tuple[FilesRead, ...] = (
    FilesRead("files-read-small", tuple(range(400)), size=4 * KIB),
    FilesRead("files-read-large", tuple(range(8)), size=4 * MIB),
)
if sys.platform == "linux":
    WORKLOADS += (FilesReadUncached("files-read-uncached", tuple(range(32)), size=MIB),)
