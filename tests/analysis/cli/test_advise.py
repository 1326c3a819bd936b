"""`python -m analysis advise`: what it prints, what it draws, and what bad input gets."""

import json
import sys
from pathlib import Path

import pytest
from msgspec import convert

from analysis.model.work import Work
from runfile import here
from runfile.runs import Machine
from tests.support.commands import analysis, printed, refused
from tests.support.made_up import model_runs, saved

WORK = ("--tasks", "2,000", "--latency", "300ms", "--cpu", "4 ms", "--bytes", "20KiB", "--cores", "8")


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return model_runs.store(tmp_path_factory.mktemp("runs"), 1, 2)


def advice(storage: Path, *arguments: str) -> str:
    return printed("advise", *arguments, "--storage", storage)


def test_it_advises_by_the_newest_run_and_those_like_it(storage: Path) -> None:
    text = advice(storage, *WORK)
    assert text.startswith("by 2 runs, ")
    assert "\nasyncio-processes with " in text
    assert advice(storage, "1", *WORK).startswith("by 1 run, of 2026-11-24")


def test_markdown_and_json_say_the_same(storage: Path) -> None:
    assert advice(storage, *WORK, "--format", "markdown").startswith("## Which one for this work?")
    found = json.loads(advice(storage, *WORK, "--format=json"))["advice"]
    assert found["chosen"] == ["asyncio-processes"]
    assert found["options"][0]["best"]["pattern"] == "asyncio-processes"
    work = Work(tasks=2000, cores=8, latency_seconds=0.3, cpu_seconds=0.004, size_bytes=20480)
    assert convert(found["work"], Work) == work


def test_options_reach_the_advice(storage: Path) -> None:
    options = ("--warm", "--local-server", "--blocking-only", "--gil-free=25%", "--p95=600ms", "--memory=300MiB")
    found = json.loads(advice(storage, *WORK, *options, "--format=json"))["advice"]
    assert found["memory_bytes"] == 300 * 2**20
    assert found["work"]["is_warm"]
    assert found["work"]["is_local"]
    assert found["work"]["gil_free"] == 0.25
    assert 0 < found["work"]["spread"] < 1
    assert {one["best"]["pattern"] for one in found["options"]} <= model_runs.BLOCKING


def test_what_only_computes_makes_no_request(storage: Path) -> None:
    found = json.loads(advice(storage, "--tasks=100", "--cpu=50ms", "--format=json"))["advice"]
    assert not found["work"]["requests"]
    assert found["work"]["cores"] == 2
    assert set(found["chosen"]) <= {"asyncio-processes", "multiprocessing"}


def test_the_machines_costs_are_shown_instead(storage: Path) -> None:
    assert "CPU time of the local server for a request" in advice(storage, "--costs")
    found = json.loads(advice(storage, "--costs", "--format=json"))["calibration"]
    assert [one["pattern"] for one in found["patterns"]] == list(model_runs.PATTERNS)


def test_a_curve_is_drawn_beside_what_is_printed(storage: Path, tmp_path: Path) -> None:
    file = tmp_path / "curve.svg"
    outcome = analysis("advise", *WORK, "--curve", file, "--format=json", "--storage", storage)
    assert json.loads(outcome.stdout)["advice"]
    assert outcome.stderr == f"picture: {file}\n"
    assert file.read_text(encoding="utf-8").startswith("<svg")


def test_a_curve_needs_what_draws_it(storage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    said = refused("advise", *WORK, "--curve", tmp_path / "curve.svg", "--storage", storage)
    assert said.startswith("Error: a curve is drawn with vl-convert-python, which is not installed: `pip ")
    assert said.endswith("or leave out --curve")
    assert "asyncio-processes" in advice(storage, *WORK)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "--tasks is missing to describe the work: write it like --tasks 2000 --latency 300ms"),
        (["--tasks", "5"], "--latency, --bytes or --cpu is missing to describe the work: write it like --tasks"),
        (["--tasks", "5", "--cpu", "4"], "--cpu '4' has no unit: write it like 300ms"),
        (["--tasks", "5", "--cpu", ""], "--cpu '' is not a duration"),
        (["--tasks", "5", "--latency", "-3ms"], "--latency '-3ms' is not a duration"),
        (["--tasks", "0", "--cpu", "4ms"], "--tasks '0' is less than 1"),
        (["--tasks", "5", "--cpu", "4ms", "--cores", "many"], "--cores 'many' is not a number of cores"),
        (["--tasks", "5", "--cpu", "4ms", "--memory", "512"], "--memory '512' has no unit: write it like 512MiB"),
        (["--tasks", "5", "--latency", "4ms", "--memory", "10B"], "this work with all its results does not fit in"),
        (["--tasks", "5", "--latency", "4ms", "--gil-free", "1"], "--gil-free is a share of --cpu, which is missing"),
        (["--tasks", "5", "--latency", "4ms", "--p95", "3ms"], "--p95 '3ms' is not between --latency, which is the"),
        (["--tasks", "5", "--cpu", "4ms", "--p95", "3ms"], "--p95 is of the latencies, whose mean is missing"),
        (["--tasks", "5", "--cpu", "0"], "--cpu 0 is no work"),
        (["--tasks", "5", "--cpu", "4ms", "--local-server"], "--local-server is for requests"),
        (["--costs", "--tasks", "5"], "--costs is of the machine, whatever the work"),
        (["--costs", "--curve", "x.svg"], "--costs is of the machine, whatever the work"),
        (["9", "--tasks", "5", "--cpu", "4ms"], "no run 9 in"),
        ([*WORK, "--curve", "x.pdf"], "x.pdf is not the name of a picture"),
    ],
)
def test_bad_input_gets_a_sentence_and_exit_code_2(storage: Path, arguments: list[str], sentence: str) -> None:
    assert refused("advise", *arguments, "--storage", storage).startswith(f"Error: {sentence}")


def test_runs_that_tell_no_costs_are_refused(tmp_path: Path) -> None:
    said = refused("advise", *WORK, "--storage", saved.store(tmp_path, saved.plausible(1)))
    assert "does not tell what " in said
    assert said.endswith("make a whole run with `make bench`")


def test_a_newer_run_of_one_question_is_told_and_not_taken(storage: Path, tmp_path: Path) -> None:
    part = saved.of_day(25, model_runs.run(2))
    part["benchmarks"] = [one for one in part["benchmarks"] if one["extra_info"]["question"] == "cpu-bound"]
    outcome = analysis("advise", *WORK, "--storage", saved.store(tmp_path, model_runs.run(1), part))
    assert outcome.stdout.startswith("by 1 run, of 2026-11-24")
    assert outcome.stderr == "not taken: 1 run without all that tells what a machine costs\n"


def test_another_machine_is_chosen_by_its_name_and_that_is_said(tmp_path: Path) -> None:
    model_runs.store(tmp_path, 1)
    saved.store(tmp_path, model_runs.run(2, fingerprint="ffffffff", name="owl", usable_cores=16), room="owl")
    text = advice(tmp_path, "machine=owl", *WORK)
    assert text.startswith("by 1 run, of 2026-11-24, on owl (AMD EPYC 7B13, 16 usable cores")
    assert "note: another machine or Python: not the same here as where the runs were made: " in text
    both = refused("advise", "all", *WORK, "--storage", tmp_path)
    assert "seconds of unlike machines are not taken together" in both


def test_a_run_of_this_machine_is_known_as_such() -> None:
    from harness.host.machine import this_machine

    own = this_machine()
    facts = {name: getattr(own, name) for name in Machine.__struct_fields__}
    assert here.differences(Machine(**facts)) == []
    other = Machine(**facts | {"usable_cores": own.usable_cores + 1, "python": "3.9.0"})
    assert here.differences(other) == [
        f"usable cores: {own.usable_cores + 1} there, {own.usable_cores} here",
        f"Python: CPython 3.9.0 there, CPython {own.python} here",
    ]
