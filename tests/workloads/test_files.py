"""Reading files: what is said where there is no room for them, and whether they are read from memory."""

import errno
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

import patterns
from workloads import registry
from workloads.contract import TaskFailed, prepared
from workloads.files import MIB, FilesRead, FilesReadUncached, is_cached

UNCACHED = [name for name in registry.names("files-read-*") if isinstance(registry.get(name), FilesReadUncached)]


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A system on which no file may become larger, as far as this process goes."""
    resource = pytest.importorskip("resource", reason="there are no limits on files here")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files, in which nothing is left."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_room_is_told_before_anything_is_written(temporary: Path) -> None:
    work = FilesRead("huge", range(1000), 2**50)
    with (
        pytest.raises(TaskFailed, match=rf"huge: {temporary} has [\d,]+ bytes free, and its files need 1,125,8"),
        prepared(work),
    ):
        pass


def test_a_file_system_that_takes_no_more_is_told(temporary: Path) -> None:
    remedy = "and its files need 8,388,608: make room there, or set TMPDIR to a folder with more"
    with (
        files_of_at_most(MIB),
        pytest.raises(TaskFailed, match=rf"large: {temporary} takes no more \(File too large\), {remedy}"),
        prepared(FilesRead("large", range(2), 4 * MIB)),
    ):
        pass


def test_a_file_that_has_gone_is_named(temporary: Path) -> None:
    work = FilesRead("small", range(2), 1024)
    with prepared(work), patterns.get("sequential").start(work, 1) as run:
        work.path(1).unlink()
        with pytest.raises(TaskFailed, match=rf"{work.path(1)}: No such file"):
            run(work.tasks)


@pytest.mark.parametrize("name", UNCACHED)
def test_what_was_written_or_read_is_not_in_the_page_cache(name: str) -> None:
    work = registry.get(name)
    assert isinstance(work, FilesReadUncached)

    def cached() -> int:
        time.sleep(0.02)  # what is read ahead takes a moment to arrive
        return sum(is_cached(work.path(task)) for task in work.tasks)

    few = len(work.tasks) // 8  # Linux forgets no page that somebody is just busy with
    with ExitStack() as stack:
        try:
            stack.enter_context(prepared(work))
        except TaskFailed as reason:
            pytest.skip(str(reason))
        run = stack.enter_context(patterns.get("threading").start(work, 4))
        assert cached() <= few
        assert cached() <= few, "asking has brought them into it"
        for _ in range(2):
            work.check(run(work.tasks))
            assert cached() <= few
        assert work.path(0).read_bytes()
        assert is_cached(work.path(0))


@pytest.mark.skipif(not UNCACHED, reason="Linux")
def test_of_a_file_system_that_maps_nothing_nobody_knows_what_is_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))

    monkeypatch.setattr("workloads.files.mmap", refuse)
    file = tmp_path / "file"
    file.write_bytes(b"1")
    assert is_cached(file)


@pytest.mark.parametrize("name", UNCACHED)
def test_a_file_system_that_is_in_memory_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Path("/dev/shm")  # noqa: S108
    if not memory.is_dir():
        pytest.skip("there is no file system in memory here")
    monkeypatch.setattr(tempfile, "tempdir", str(memory))
    with pytest.raises(TaskFailed, match="keeps what is read in memory: set TMPDIR"), prepared(registry.get(name)):
        pass
