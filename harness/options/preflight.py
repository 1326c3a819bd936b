"""What is found out before anything is measured: a run that could not be saved, compared or served is refused.

Each check raises pytest.UsageError with a sentence that names the thing, the place and the remedy.
"""

from __future__ import annotations

import errno
import json
import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from harness.host.environment import LOOPBACK
from harness.host.machine import this_machine
from harness.servers.server import ServerError, ask
from runfile.numbering import exactly
from runfile.saving import check_folder

# What stands time their rounds with.
TIMER = "time.perf_counter"


def check_server(config: pytest.Config) -> str:
    """The host to download from. Raises UsageError when it is not a server of this suite's."""
    url = config.getoption("io_server")
    if url is None:
        return LOOPBACK
    try:
        ask(url)
    except ServerError as error:
        raise pytest.UsageError(f"--io-server: {error}") from error
    return urlsplit(url).hostname or LOOPBACK


def check_timing(config: pytest.Config) -> None:
    """Refuse options of pytest-benchmark's that have no effect, since rounds are timed in processes of their own."""
    if config.getoption("benchmark_cprofile") or config.getoption("benchmark_cprofile_dump"):
        raise pytest.UsageError(
            "--benchmark-cprofile would profile this process, and rounds run in processes of their own: leave it out"
        )
    if (timer := str(config.getoption("benchmark_timer"))) != TIMER:
        raise pytest.UsageError(
            f"--benchmark-timer={timer}: rounds are timed in processes of their own, with {TIMER}: leave it out"
        )


def _storage_folder(config: pytest.Config) -> Path | None:
    """Where pytest-benchmark keeps its runs, or None when that is not a folder."""
    uri = str(config.getoption("benchmark_storage"))
    scheme, separator, path = uri.partition("://")
    if not separator:
        return Path(uri)
    return Path(path) if scheme == "file" else None


def check_storage(config: pytest.Config) -> None:
    """Find out before the run, rather than after, that it cannot be saved."""
    storage = _storage_folder(config)
    name = config.getoption("benchmark_save") or config.getoption("benchmark_autosave")
    if storage is None or not name:
        return
    folder = storage / this_machine(config.getoption("machine")).folder
    try:
        check_folder(folder, str(name))
    except OSError as error:
        remedy = "choose another folder with --benchmark-storage=FOLDER"
        if error.errno == errno.ENAMETOOLONG:
            remedy = f"{remedy}, or a shorter name with --benchmark-save=NAME"
        raise pytest.UsageError(f"runs cannot be saved in {folder} ({error.strerror}): {remedy}") from error


def check_json(config: pytest.Config) -> None:
    """Refuse a --benchmark-json that cannot be written: pytest-benchmark would fail there and lose the whole run."""
    file: Path | None = config.getoption("benchmark_json")
    if file is None:
        return
    try:
        if file.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with tempfile.TemporaryFile(dir=file.parent):
            pass
    except OSError as error:
        raise pytest.UsageError(
            f"--benchmark-json={file} cannot be written ({error.strerror}): choose another file"
        ) from error


def check_compare(config: pytest.Config) -> None:
    """Refuse a run to compare with that does not exist or is none; pytest-benchmark only warns of it, or fails."""
    wanted, folder = config.getoption("benchmark_compare"), _storage_folder(config)
    own = this_machine(config.getoption("machine")).folder
    if folder is None:
        return
    if config.getoption("benchmark_compare_fail") and not (wanted and any(folder.glob(f"{own}/*.json"))):
        raise pytest.UsageError(
            "--benchmark-compare-fail needs --benchmark-compare and an earlier run of this machine's "
            f"in {folder}: save one first"
        )
    if not isinstance(wanted, str):
        return
    if Path(wanted).is_file():
        files = [Path(wanted)]
    else:
        pattern = exactly(wanted if "/" in wanted else f"{own}/{wanted}")
        outside = ".." in pattern or pattern.startswith("/")
        files = [] if outside else list(folder.glob(f"{pattern.rstrip('*')}*.json"))
    if not files:
        raise pytest.UsageError(
            f"--benchmark-compare={wanted}: no such file, and no run of that number or name, made on this machine "
            f"with this Python, in {folder}; `pytest-benchmark list` shows those there are"
        )
    for file in files:
        try:
            run = json.loads(file.read_bytes())
            _ = run["machine_info"].keys(), [one["fullname"] for one in run["benchmarks"]]
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise pytest.UsageError(
                f"--benchmark-compare={wanted}: {file} is not a saved run ({type(error).__name__}: {error}); "
                "choose another one, or move the file away"
            ) from error
