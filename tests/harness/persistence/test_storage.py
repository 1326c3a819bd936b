"""Saved runs on the disk: written whole or not at all, and numbered, whoever else saves or is killed."""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from harness.host.machine import this_machine
from harness.persistence.storage import RunStorage
from runfile import saving
from runfile.atomic import write_atomic
from runfile.numbering import exactly
from runfile.saving import LOCK, TEMPORARY, SaveFailed
from tests import SUITE
from tests.support.made_up.saved import benchmark, run
from tests.support.processes import in_the_background
from tests.support.suite import ONE, ONE_NAME, measured, refusal, run_here, run_suite, saved_runs

SAVER = [sys.executable, "-m", "tests.harness.persistence.saver"]


class Said(list[str]):
    """What was said by way of pytest-benchmark's logger."""

    def info(self, text: str) -> None:
        self.append(text)

    def warning(self, text: str) -> None:
        self.append(text)


def storage_in(folder: Path) -> RunStorage:
    there = RunStorage(folder, Said(), "machine")
    there.folder.mkdir(parents=True, exist_ok=True)
    return there


def a_run(**session: Any) -> dict[str, Any]:
    return run([benchmark("threading", [0.1, 0.2], stats={"mean": 0.1, "data": [0.1]})], **session)


def put(there: RunStorage, *numbers: int) -> None:
    for number in numbers:
        (there.folder / f"{number:04}_x.json").write_text(json.dumps(a_run()))


def names(there: RunStorage) -> list[str]:
    return sorted(file.name for file in there.folder.iterdir() if not file.name.startswith("."))


class TestNumbers:
    def test_begin_at_one_and_go_on(self, tmp_path: Path) -> None:
        there = storage_in(tmp_path)
        for name in ("first", "second"):
            there.save(a_run(), name)
        assert names(there) == ["0001_first.json", "0002_second.json"]
        assert there.logger == [f"Saved benchmark data in: {there.folder / name}" for name in names(there)]

    def test_go_on_beyond_four_digits(self, tmp_path: Path) -> None:
        there = storage_in(tmp_path)
        put(there, 9999)
        for _ in range(2):
            there.save(a_run(), "x")
        assert [file.name for file in there.query()] == ["9999_x.json", "10000_x.json", "10001_x.json"]

    def test_are_not_put_out_by_what_else_lies_there(self, tmp_path: Path) -> None:
        there = storage_in(tmp_path)
        (there.folder / "0007_empty.json").touch()
        others = ("notes.txt", "_.json", "12.json", "abcd_x.json", "0x10_x.json", "-3_x.json", "٣_x.json", "9_x.jsn")
        for name in others:
            (there.folder / name).write_text("{")
        (there.folder / "0003_folder.json").mkdir()
        there.save(a_run(), "x")
        assert "0008_x.json" in names(there)

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ("1000", ["1000_x.json"]),
            ("10000", ["10000_x.json"]),
            ("machine/1000", ["1000_x.json"]),
            ("100", ["1000_x.json", "10000_x.json"]),
            ("1000_", ["1000_x.json"]),
        ],
    )
    def test_name_one_run_when_they_are_whole(self, tmp_path: Path, wanted: str, found: list[str]) -> None:
        there = storage_in(tmp_path)
        put(there, 999, 1000, 10000)
        assert [file.name for file in there.query(wanted)] == found

    def test_a_file_named_like_a_number_is_that_file(self, tmp_path: Path) -> None:
        (tmp_path / "1000").touch()
        assert exactly(str(tmp_path / "1000")) == str(tmp_path / "1000")


class TestTheNewest:
    def test_is_the_one_with_the_highest_number(self, tmp_path: Path) -> None:
        there = storage_in(tmp_path)
        put(there, 2, 9999, 10000)
        assert [path.name for path, _ in there.load()] == ["10000_x.json"]

    def test_is_one_that_can_be_read_if_there_is_any(self, tmp_path: Path) -> None:
        there = storage_in(tmp_path)
        there.save(a_run(), "good")
        for number, content in enumerate(["", "{", "[]", "\0"], start=2):
            (there.folder / f"{number:04}_bad.json").write_text(content)
        (there.folder / "zzzz_none.json").write_text(json.dumps(a_run()))
        assert [path.name for path, _ in there.load()] == ["0001_good.json"]
        assert list(storage_in(tmp_path / "empty").load()) == []


class TestWhole:
    def test_what_was_there_stays_when_writing_fails(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file, temporary = tmp_path / "file", tmp_path / "temporary"
        file.write_text("before")
        monkeypatch.setattr(os, "fsync", disk_full)
        with pytest.raises(OSError, match="No space left"):
            write_atomic(file, b"after", temporary)
        assert file.read_text() == "before"
        assert not temporary.exists()

    def test_a_failure_is_one_sentence(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        there = storage_in(tmp_path)
        there.when_saved = pytest.fail
        monkeypatch.setattr(os, "fsync", disk_full)
        with pytest.raises(SaveFailed, match=r"^the run is not saved in .+ \(No space left on device\): fix that"):
            there.save(a_run(), "x")
        assert names(there) == []
        assert there.logger == []

    def test_a_name_that_is_too_long(self, tmp_path: Path) -> None:
        there = storage_in(tmp_path)
        with pytest.raises(SaveFailed, match="the run is not saved in"):
            there.save(a_run(), "x" * 300)
        assert names(there) == []

    def test_a_folder_that_has_gone_is_made_again_where_that_can_be(self, tmp_path: Path) -> None:
        there = storage_in(tmp_path)
        there.folder.rmdir()
        there.save(a_run(), "x")
        assert names(there) == ["0001_x.json"]
        shutil.rmtree(there.folder)
        there.folder.write_text("in the way")
        with pytest.raises(SaveFailed, match="the run is not saved in"):
            there.save(a_run(), "x")

    def test_somebody_who_never_lets_go_of_the_lock(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        from filelock import FileLock

        there = storage_in(tmp_path)
        monkeypatch.setattr(saving, "PATIENCE_SECONDS", 0.1)
        with (
            FileLock(there.folder / LOCK),
            pytest.raises(SaveFailed, match=r"another process has held \.lock there for 0\.1 s; end it"),
        ):
            there.save(a_run(), "x")

    def test_what_a_killed_process_has_begun_is_swept_away(self, tmp_path: Path) -> None:
        there = storage_in(tmp_path)
        (there.folder / f"{TEMPORARY}1").write_text('{"machine_info"')
        there.save(a_run(), "x")
        assert not list(there.folder.glob(f"{TEMPORARY}*"))


def disk_full(_: int) -> None:
    raise OSError(28, "No space left on device")


def reported(output: str) -> list[Path]:
    return [Path(name) for name in re.findall(r"Saved benchmark data in: (.+)\n", output)]


def check_whole(folder: Path, saved: list[Path]) -> int:
    """Every file is a run, each with its own number and content, and none that was reported is missing."""
    files = list(folder.glob("*.json"))
    marks = {json.loads(file.read_bytes())["machine_info"]["three_patterns"]["mark"] for file in files}
    numbers = {int(file.name.partition("_")[0]) for file in files}
    assert len(files) == len(marks) == len(numbers) == max(numbers)
    assert set(saved) <= set(files)
    assert len(saved) == len(set(saved))
    return len(files)


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("kills", [3, pytest.param(200, marks=pytest.mark.stress)])
def test_a_process_that_is_killed_while_it_saves(tmp_path: Path, kills: int) -> None:
    folder, moment, saved, begun = tmp_path / "machine", random.Random(kills), [], 0
    for _ in range(kills):
        with in_the_background([*SAVER, str(tmp_path), "1000000"]) as process:
            assert process.stdout is not None
            first = process.stdout.readline()
            time.sleep(moment.uniform(0, 0.05))
            process.kill()
            saved += reported(first + process.stdout.read())
        left = list(folder.glob(f"{TEMPORARY}*"))
        assert len(left) <= 1
        begun += len(left)
    subprocess.run([*SAVER, str(tmp_path), "1"], cwd=SUITE, check=True, capture_output=True)
    assert not list(folder.glob(f"{TEMPORARY}*"))
    count = check_whole(folder, saved)
    sys.stdout.write(f"{kills} kills, {begun} of them in the midst of a file; {count} runs, all whole\n")


@pytest.mark.parametrize("times", [3, pytest.param(50, marks=pytest.mark.stress)])
def test_processes_that_save_at_once(tmp_path: Path, times: int) -> None:
    command = [*SAVER, str(tmp_path), str(times)]
    processes = [subprocess.Popen(command, cwd=SUITE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    outputs = [process.communicate(timeout=300)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 3
    saved = [file for output in outputs for file in reported(output)]
    assert check_whole(tmp_path / "machine", saved) == len(saved) == 3 * times


class TestInTheSuite:
    def test_runs_are_compared_with_the_newest_beyond_four_digits(self, tmp_path: Path) -> None:
        """And a JSON file that was there is replaced as a whole, and one that is none is written to."""
        runs, written, link = tmp_path / "runs", tmp_path / "run.json", tmp_path / "link.json"
        written.write_text("before")
        assert run_here(runs, *ONE, f"--benchmark-json={written}").returncode == 0
        assert len(json.loads(written.read_bytes())["benchmarks"]) == 1
        assert {one.name for one in tmp_path.iterdir()} == {"runs", "run.json"}
        (file,) = runs.glob("*/*.json")
        for number in ("9999", "10000"):
            (file.parent / f"{number}_x.json").write_bytes(file.read_bytes())
        link.symlink_to(written)
        outcome = run_here(runs, *ONE, "--benchmark-compare", "--benchmark-save=y", f"--benchmark-json={link}")
        assert outcome.returncode == 0
        assert "Comparing against benchmarks from: " in outcome.stderr + outcome.stdout
        assert "10000_x.json" in outcome.stderr + outcome.stdout
        assert (file.parent / "10001_y.json").exists()
        assert link.is_symlink()
        assert json.loads(written.read_bytes())["commit_info"] == json.loads(link.read_bytes())["commit_info"]
        command = [sys.executable, "-m", "pytest_benchmark", f"--storage={runs}", "compare", "10001"]
        assert ONE_NAME in subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def test_a_number_that_is_only_the_beginning_of_another_is_refused(self, tmp_path: Path) -> None:
        runs = tmp_path / "runs"
        folder = runs / this_machine().folder
        folder.mkdir(parents=True)
        (folder / "10000_x.json").write_text(json.dumps(a_run()))
        said = refusal(runs, "--benchmark-compare=1000")
        assert "--benchmark-compare=1000: no such file, and no run of that number" in said

    @pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
    def test_a_run_for_which_there_is_no_room_is_shown_and_kept(self, tmp_path: Path) -> None:
        import resource

        def small_files() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))

        file = tmp_path / "run.json"
        outcome = run_suite(tmp_path / "runs", *ONE, f"--benchmark-json={file}", preexec_fn=small_files)
        output = outcome.stdout + outcome.stderr
        assert outcome.returncode == 1, output
        assert "three patterns: summary" in output
        assert re.search(r"ERROR: the run is not saved in .+ \(File too large\): fix that", output)
        assert f"ERROR: --benchmark-json={file} is not written (File too large): fix that" in output
        assert "not saved: 1 finished benchmark is kept; go on with --resume" in output
        assert "Traceback" not in output
        assert "INTERNALERROR" not in output
        assert not file.exists()
        assert saved_runs(tmp_path / "runs") == []
        assert len(measured(tmp_path / "runs", "--resume")[0]["benchmarks"]) == 1
