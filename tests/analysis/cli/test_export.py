"""Saved runs for other programs."""

import csv
import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec.json import decode

from tests.support.commands import printed, refused
from tests.support.made_up import saved
from tests.support.made_up.histories import history, slower


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    return history(tmp_path / "storage", 3)


def export(storage: Path, *arguments: str) -> str:
    return printed("export", *arguments, "--storage", storage)


def refusal(storage: Path, *arguments: str) -> str:
    return refused("export", *arguments, "--storage", storage)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv_has_a_row_for_each_benchmark_of_each_run(storage: Path) -> None:
    found = rows(export(storage))
    assert len(found) == 3 * 8
    assert found[9] == {
        "run": str(storage / "fox/0002_run.json"),
        "number": "0002",
        "datetime": "2026-09-03T09:00:00+00:00",
        "commit": "0000002abc",
        "commit_time": "2026-09-03T09:00:00+00:00",
        "dirty": "false",
        "machine": "1a2b3c4d",
        "machine_name": "",
        "cpu": "AMD EPYC 7B13",
        "python": "3.11.7",
        "free_threaded": "false",
        "effort": "default",
        "start_method": "fork",
        "aiohttp": "3.14.5",
        "requests": "2.34.2",
        "benchmark": f"benchmarks/test_it.py::test_it[threading-{saved.TYPICAL}]",
        "workload": "download-typical",
        "workers": "16",
        "tasks": "100",
        "lifecycle": "warm",
        "contender": "threading",
        "baseline": "sequential",
        "seconds": found[9]["seconds"],
        "flags": "noisy",
    }
    assert 0.1 < float(found[9]["seconds"]) < 0.3


def test_csv_goes_to_a_file_as_it_goes_to_stdout(storage: Path, tmp_path: Path) -> None:
    file = tmp_path / "runs.csv"
    file.write_text("from before")
    assert export(storage, "-o", str(file)) == ""
    assert file.read_bytes().decode() == export(storage)
    assert export(storage, "2") == "".join(file.read_text().splitlines(keepends=True)[i] for i in (0, *range(9, 17)))


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", 'a "b", c\nd é'])
def test_csv_has_no_formula_of_somebody_else_and_other_text_as_it_was(tmp_path: Path, text: str) -> None:
    run = saved.plausible(1, machine=saved.machine(cpu=text)) | {"commit_info": {"id": text}}
    export(saved.store(tmp_path, run), "-o", str(tmp_path / "runs.csv"))
    first = rows((tmp_path / "runs.csv").read_bytes().decode())[0]
    assert (first["cpu"], first["commit"]) == (text if text[0] == "a" else f"'{text}",) * 2


def test_parquet_has_the_rows_and_columns_of_csv_with_types(storage: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    export(storage, "--format", "parquet", "-o", str(tmp_path / "runs.parquet"))
    table = parquet.read_table(tmp_path / "runs.parquet")
    lines = rows(export(storage))
    assert table.column_names == list(lines[0])
    assert [row["benchmark"] for row in table.to_pylist()] == [row["benchmark"] for row in lines]
    first = table.to_pylist()[0]
    assert (first["workers"], first["dirty"], first["machine_name"]) == (16, False, None)
    assert first["seconds"] == float(lines[0]["seconds"])


def test_without_pyarrow_parquet_says_what_to_install(
    storage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert "`pip install pyarrow`" in refusal(storage, "--format", "parquet", "-o", str(tmp_path / "x"))
    assert not (tmp_path / "x").exists()


def otava(storage: Path, folder: Path) -> Any:
    export(storage, "--format", "otava", "-o", str(folder))
    comment, _, config = (folder / "otava.yaml").read_bytes().partition(b"\n")
    assert comment.startswith(b"# Written by")
    return decode(config)


def test_otava_gets_a_wide_table_and_the_file_that_names_it(storage: Path, tmp_path: Path) -> None:
    config = otava(storage, tmp_path / "otava")
    (test,) = config["tests"].values()
    table = rows((tmp_path / "otava" / test["file"]).read_text())
    assert config["test_groups"] == {"machine-1a2b3c4d-default": ["machine-1a2b3c4d-default-1"]}
    assert [row["run"] for row in table] == ["0001", "0002", "0003"]
    assert table[0]["time"] == "2026-09-02T09:00:00+00:00"
    assert table[0]["commit"] == "0000001abc"
    assert len(test["metrics"]) == 8
    assert all({**metric}["direction"] == -1 for metric in test["metrics"].values())
    assert all(float(row[metric["column"]]) > 0 for row in table for metric in test["metrics"].values())


def test_otava_gets_no_gaps_and_no_unlike_runs_in_a_table(tmp_path: Path) -> None:
    def change(number: int, run: dict[str, Any]) -> None:
        slower("asyncio", 1, 1.0)(number, run)
        if number == 2:
            del run["benchmarks"][0]
        if number == 3:
            run["benchmarks"][1]["extra_info"]["tasks"] = 7
        if number == 4:
            run["machine_info"]["three_patterns"]["run"]["effort"] = "fast"

    config = otava(history(tmp_path / "storage", 4, change=change), tmp_path / "otava")
    assert list(config["test_groups"]) == ["machine-1a2b3c4d-default", "machine-1a2b3c4d-fast"]
    for test in config["tests"].values():
        for row in rows((tmp_path / "otava" / test["file"]).read_text()):
            assert all(row.values())
    names = [name for test in config["tests"].values() for name in test["metrics"]]
    assert f"test_it[threading-{saved.TYPICAL}] (tasks 7)" in names
    assert f"test_it[threading-{saved.TYPICAL}] (tasks 100)" in names


def test_a_machine_cannot_name_a_file_elsewhere(tmp_path: Path) -> None:
    saved.store(tmp_path / "storage", saved.plausible(1, machine=saved.machine(name="../../evil")))
    otava(tmp_path / "storage", tmp_path / "otava")
    assert {path.name for path in tmp_path.iterdir()} == {"storage", "otava"}
    assert len(list((tmp_path / "otava").iterdir())) == 2


def test_an_earlier_export_is_replaced_and_nothing_else_is(storage: Path, tmp_path: Path) -> None:
    folder = tmp_path / "otava"
    otava(storage, folder)
    (folder / "left-1.csv").write_text("of an earlier one")
    otava(storage, folder)
    assert {path.name for path in folder.iterdir()} == {"otava.yaml", "machine-1a2b3c4d-default-1.csv"}
    (folder / "mine.txt").write_text("mine")
    assert "is there and is not an earlier export" in refusal(storage, "--format", "otava", "-o", str(folder))
    assert (folder / "mine.txt").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"storage", "otava"}


@pytest.mark.parametrize("how", ["csv", "parquet", "otava"])
def test_a_place_that_cannot_be_written_gets_a_sentence(storage: Path, tmp_path: Path, how: str) -> None:
    for place in (tmp_path / "missing" / "x", tmp_path / ("x" * 300)):
        assert "cannot be written" in refusal(storage, "--format", how, "-o", str(place))


@pytest.mark.parametrize("how", ["parquet", "otava"])
def test_what_is_not_for_a_terminal_needs_a_place(storage: Path, how: str) -> None:
    assert f"--format {how} is not for a terminal: name a file or folder with -o" in refusal(storage, "--format", how)


def test_a_place_that_is_something_else_is_left_alone(storage: Path, tmp_path: Path) -> None:
    run = storage / "fox/0001_run.json"
    before = run.read_bytes()
    assert "is one of the runs" in refusal(storage, "-o", str(run))
    assert run.read_bytes() == before
    assert f"{tmp_path} is a folder" in refusal(storage, "-o", str(tmp_path))
    assert "is there and is not an earlier export" in refusal(storage, "--format", "otava", "-o", str(run))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a pipe with a name")
def test_a_pipe_is_not_replaced(storage: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "is not a file that could be replaced" in refusal(storage, "-o", str(tmp_path / "pipe"))


@pytest.mark.parametrize(("how", "writer"), [("csv", "as_csv"), ("otava", "_tables")])
def test_what_is_not_finished_is_not_there(
    storage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, writer: str
) -> None:
    def full(*_: object) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"analysis.cli.export.{writer}", full)
    place = tmp_path / "out"
    assert "No space left on device" in refusal(storage, "--format", how, "-o", str(place))
    assert {path.name for path in tmp_path.iterdir()} == {"storage"}


def test_a_file_behind_a_link_is_replaced_and_the_link_kept(storage: Path, tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    export(storage, "-o", str(tmp_path / "link.csv"))
    assert (tmp_path / "link.csv").is_symlink()
    assert len(rows((tmp_path / "real.csv").read_text())) == 24
