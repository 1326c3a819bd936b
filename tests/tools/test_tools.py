"""The programs that measure the suite itself."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.made_up import saved, talked
from tests.support.made_up.answered import DOWNLOADS, MIXED, Benchmarks, made, table
from tools import false_alarms, first_answer, plant, request_cost, scale, stability, trials, verdicts


def runs_in(folder: Path, *threading_seconds: float) -> list[str]:
    """The files of runs in which asyncio takes half a second, sequential one, and threading as given."""
    files = []
    for number, seconds in enumerate(threading_seconds):
        medians = {"sequential": 1.0, "asyncio": 0.5, "threading": seconds}
        shares = (0.999, 1.0, 1.001, 0.999, 1.0)  # who is in its slow repeat when differs
        rows = [
            saved.benchmark(name, [s * share for share in shares[place:][:3]])
            for place, (name, s) in enumerate(medians.items())
        ]
        files.append(str(saved.save(folder / f"{number:04}_run.json", saved.run(rows))))
    return files


def test_runs_that_say_the_same_are_stable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert stability.main(runs_in(tmp_path, 0.600, 0.601, 0.599, 0.6005)) == 0
    output = capsys.readouterr().out
    assert "4 runs, each taken on its own" in output
    assert "order, where intervals do not touch: 4 of 4 (100.0%)" in output
    assert "coverage: 8 of 8 (100.0%)" in output
    assert re.search(r"reach of the intervals: 4\.\d% \(median\)", output)
    assert "noisy: 0.0% of 12 benchmarks" in output


def test_a_run_that_says_otherwise_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert stability.main(runs_in(tmp_path, 0.6, 0.601, 0.599, 0.4)) == 0
    output = capsys.readouterr().out
    assert "order, where intervals do not touch: 3 of 4 (75.0%)" in output
    assert "coverage: 7 of 8 (87.5%)" in output


def test_one_run_says_nothing_of_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert stability.main(runs_in(tmp_path, 0.6)) == 2
    assert "1 run says nothing of how runs differ: name a folder or files with many" in capsys.readouterr().err


def test_a_pipe_that_nobody_reads_ends_it_in_silence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tools.stability", *runs_in(tmp_path, 0.6, 0.601)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def pool(folder: Path, runs: int) -> Path:
    """So many runs of the same, a minute apart."""
    for number in range(runs):
        run = saved.plausible(number) | {"datetime": f"2026-11-24T12:{number:02}:00+00:00"}
        saved.save(folder / f"fox/{number + 1:04}_run.json", run)
    return folder


def test_gates_between_runs_of_the_same_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(false_alarms, "GATES", 50)
    assert false_alarms.main([str(pool(tmp_path, 16))]) == 0
    output = capsys.readouterr().out
    assert "16 runs of the same, 8 benchmarks each" in output
    assert "5 runs against  5: 0 of 50 gates fail" in output
    assert "every 5 runs in a row against up to 20 before them: 0 of 7 gates fail" in output
    assert "naive, 5% on any benchmark of another run: " in output


def test_too_few_runs_to_draw_groups_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert false_alarms.main([str(pool(tmp_path, 9))]) == 2
    assert "9 runs are too few to draw groups from: make more" in capsys.readouterr().err


def talks(folder: Path, runs: list[dict[str, float]]) -> str:
    """The folder of runs with these times, by "pattern-workload"."""
    for number, seconds in enumerate(runs):
        saved.save(folder / f"{number:04}_run.json", talked.run(number, seconds))
    return str(folder)


def test_verdicts_that_every_group_gives_are_stable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verdicts.main([talks(tmp_path, [{}] * 8), "--size", "5", "--groups", "12"]) == 0
    output = capsys.readouterr().out
    assert "12 groups of 5 from 8 runs" in output
    assert re.search(r"starting-a-thread +100\.0% refuted$", output, re.MULTILINE)
    assert "15 of 15 are the same in nine of ten groups" in output


def test_a_verdict_that_depends_on_the_group_is_called_unstable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slow = {"threading-nap-x16": 0.050}  # 2.7 ms a thread, in the groups that this run is in
    assert verdicts.main([talks(tmp_path, [{}] * 8 + [slow]), "--size", "5", "--groups", "40"]) == 0
    output = capsys.readouterr().out
    assert re.search(r"starting-a-thread +\d\d\.\d% refuted \(not decided \d\d\.\d%\)  unstable$", output, re.MULTILINE)
    assert "14 of 15 are the same" in output


def test_too_few_runs_to_judge_groups_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = talks(tmp_path, [{}] * 5)
    assert verdicts.main([folder, "--size", "5"]) == 2
    assert "5 runs are too few to draw groups from: make more" in capsys.readouterr().err
    assert verdicts.main([talks(tmp_path, [{}] * 6), "--groups", "0"]) == 2
    assert "--groups 0 draws none" in capsys.readouterr().err


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A Python environment of its own, with a requests in it that does nothing."""
    folder = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "requests").mkdir()
    (packages / "requests/__init__.py").write_text("from requests.sessions import Session\n", encoding="utf-8")
    (packages / "requests/sessions.py").write_text("class Session:\n    def send(self): return 7\n", encoding="utf-8")
    return folder


@pytest.mark.skipif(os.name != "posix", reason="an environment has bin/python there")
def test_a_slowdown_is_planted_and_taken_out_again(environment: Path) -> None:
    (file,) = environment.glob("lib/python*/site-packages/requests/sessions.py")
    original = file.read_text(encoding="utf-8")
    for amount, seconds in (("2ms", 0.002), ("150us", 0.00015)):
        assert plant.main([str(environment), "requests", amount]) == 0
        assert file.read_text(encoding="utf-8").count(f"thread_time() + {seconds!r}") == 1
    code = "import requests; print(requests.Session().send(), requests.Session.send.__qualname__)"
    output = subprocess.run([environment / "bin/python", "-c", code], capture_output=True, text=True, check=True).stdout
    assert output == "7 _planted.<locals>.planted\n"
    assert plant.main([str(environment), "requests", "0"]) == 0
    assert file.read_text(encoding="utf-8") == original


def test_nothing_is_planted_where_there_is_no_such_library(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert plant.main([str(tmp_path), "requests", "5ms"]) == 2
    assert "is not an environment with requests in it" in capsys.readouterr().err
    for arguments in (["x"], ["x", "requests", "5"], ["x", "nosuch", "5ms"]):
        assert plant.main(arguments) == 2
        assert "usage: python -m tools.plant ENVIRONMENT requests|aiohttp 2ms|150us|10%|0" in capsys.readouterr().err


def test_what_a_trial_needs_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trials.main(["x"]) == 2
    assert "usage: python -m tools.trials BASE CANDIDATE 20 15 FOLDER --" in capsys.readouterr().err
    nothing = str(tmp_path / "none")
    assert trials.main([nothing, nothing, "1", "2", str(tmp_path), "--", "--fast"]) == 2
    assert "is neither a Python environment nor a git revision" in capsys.readouterr().err


def test_comparing_many_runs_is_timed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = saved.save(tmp_path / "0001_run.json", saved.plausible(1))
    assert scale.main([str(file), "10"]) == 0
    output = capfd.readouterr().out
    assert re.search(r"^10 runs, compare: [\d.]+ s, [\d.]+ s of CPU, \d+ MiB$", output, re.MULTILINE)
    assert scale.main([str(tmp_path), "10"]) == 2


def test_what_a_request_costs_client_and_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)  # where nothing is in .benchmarks
    rows = [
        saved.benchmark(
            name,
            [seconds],
            "io-bound: download-overhead, 16 workers, warm",
            workload="download-overhead",
            tasks=500,
            server_cores=cores,
            observation=saved.observation(cpu_seconds),
        )
        for name, seconds, cores, cpu_seconds in (("sequential", 0.25, 0.1, 0.2), ("asyncio", 0.03, 0.6, 0.03))
    ]
    saved.save(tmp_path / "fox/0001_run.json", saved.run(rows))
    assert request_cost.main([str(tmp_path)]) == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()[2:]] == [
        ["asyncio", "60", "36", "48", "60"],
        ["sequential", "400", "50", "225", "500"],
    ]
    assert request_cost.main([str(tmp_path / "nowhere")]) == 2
    assert "no runs in .benchmarks: make one with `make bench`" in capsys.readouterr().err


def save(folder: Path, *runs: Benchmarks) -> list[str]:
    """The files of these runs, each a little slower than the one before."""
    return [*map(str, sorted(saved.store(folder, *made(*runs)).rglob("*.json")))]


def test_runs_that_agree_are_all_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = [*table("io-bound", "download-typical", DOWNLOADS), *table("mixed", "mixed", MIXED)]
    assert first_answer.main(save(tmp_path, run, run, run)) == 0
    assert capsys.readouterr().out.splitlines() == [
        "3 runs, each on its own",
        "  waiting, 16 workers: asyncio or threading by all runs (conclusive), and by 3 of 3, 3 decided",
        "  both, 16 workers: multiprocessing by all runs (conclusive), and by 3 of 3, 3 decided",
        "6 of 6 name exactly what all runs together name; 6 are decided",
        "0 name as best a pattern that is more than 10% behind",
    ]


def test_a_run_that_names_something_else_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    right = table("cpu-bound", "math-primes", (0.31, 0.32, 0.32, 0.16), workers=2)
    wrong = table("cpu-bound", "math-primes", (0.16, 0.32, 0.32, 0.31), workers=2)
    assert first_answer.main(save(tmp_path, *[right] * 9, wrong)) == 0
    output = capsys.readouterr().out
    assert "multiprocessing by all runs (conclusive), and by 9 of 10, 10 decided; sequential 1 times" in output
    assert "9 of 10 name exactly" in output
    assert "1 name as best a pattern that is more than 10% behind" in output


def test_what_cannot_be_compared_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert first_answer.main(save(tmp_path, table("mixed", "mixed", MIXED))) == 2
    assert "1 run cannot be compared with others: name a folder or files with many" in capsys.readouterr().err
    alone = table("dispatch", "nothing", MIXED)
    assert first_answer.main(save(tmp_path / "more", alone, alone)) == 2
    assert "no headline answer" in capsys.readouterr().err
