"""`python -m tools.regret`: files of measurements, the tables that are made of them, and input that is no good."""

import re
from pathlib import Path

import pytest

from harness.host.machine import this_machine
from tests.support.made_up import model_runs
from tools.emulated import Amount, Cpu
from tools.regret import __main__ as regret
from tools.regret import record
from tools.regret.draws import Drawn
from tools.regret.record import FORM, Cell, Head, Measured, TimedRound

# Of a pattern with so many workers, what it takes in every pass.
Seconds = dict[tuple[str, int], float]


def measured(number: int, drawn: Drawn, seconds: Seconds, failure: str = "") -> Measured:
    cells = [
        Cell(pattern, workers, 0.01, [TimedRound(one, took * (1 + one / 10), 0.005) for one in range(5)])
        for (pattern, workers), took in seconds.items()
    ]
    cells += [Cell("sequential", 1, 20.0), Cell("threading", 1, 0.01, [], failure)]
    cpu = Cpu(drawn.cpu_seconds / 2, drawn.cpu_seconds / 2)
    return Measured(drawn, Amount(100, 100), cpu, cpu, cells, other_cores=0.5)


WAITING: Seconds = {
    ("asyncio", 16): 2.0,
    ("asyncio", 128): 0.6,
    ("threading", 16): 2.4,
    ("threading", 128): 1.2,
    ("asyncio-processes", 128): 0.8,
    ("multiprocessing", 2): 20.0,
    ("multiprocessing", 32): 3.0,
}
COMPUTING: Seconds = {
    ("asyncio", 16): 1.0,
    ("threading", 16): 0.9,
    ("asyncio-processes", 2): 0.5,
    ("multiprocessing", 2): 0.6,
    ("multiprocessing", 8): 0.75,
}
THOSE = [
    measured(0, Drawn(0, 500, 0.1, 0.0, 0.0, 0.0, 1024, True), WAITING),
    measured(1, Drawn(1, 100, 0.0, 0.0, 0.01, 0.5, 0, False), COMPUTING, failure="out of threads"),
]


@pytest.fixture
def runs(tmp_path: Path) -> list[str]:
    folder = model_runs.store(tmp_path / "runs", 1, 2, fingerprint=this_machine().fingerprint)
    return ["--calibration", str(folder)]


def file_of(folder: Path, those: list[Measured], **facts: int) -> Path:
    file = folder / "regret.jsonl"
    known = {"regret": FORM, "seed": 7, "cores": this_machine().usable_cores}
    record.begin(file, Head(**{**known, **facts}, runs=["nowhere.json"]))
    for one in those:
        record.append(file, one)
    return file


def rows(output: str, heading: str) -> dict[str, list[str]]:
    """The cells of the rows of the table below a heading, by their names."""
    table = re.search(rf"### {heading}\n\n((?:\|.*\n)+)", output)
    assert table, heading
    found = [[one.strip() for one in line.strip("|").split("|")] for line in table[1].splitlines()[2:]]
    return {name: figures for name, *figures in found}


def test_tables_of_what_was_saved(tmp_path: Path, runs: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    file = file_of(tmp_path, THOSE)
    assert regret.main(["--again", str(file), "--markdown", *runs]) == 0
    output = capsys.readouterr().out
    assert "2 workloads drawn with seed 7" in output
    choosers = rows(output, "Regret by who chooses")
    assert choosers["always 16 threads"] == ["2.90×", "4.00×", "4.00×"]
    assert choosers["sequential"][2] == "≥ 33.6×"  # 20 s over 0.5 s, each pass slower than the one before
    kinds = rows(output, "Regret of the advice by kind of work")
    assert kinds.keys() == {"all", "waiting", "computing"}
    assert kinds["all"][0] == "2"
    assert kinds["computing"][4] == "1.20×"  # multiprocessing with a worker for each core
    predicted = rows(output, "Predicted time")
    assert predicted["all cells"][0] == str(len(WAITING) + len(COMPUTING))
    assert predicted["multiprocessing"][0] == "4"
    assert all(float(figures[1].strip("×").replace(",", "")) > 0 for figures in predicted.values())
    each = rows(output, "Regret of the advice by each run alone")
    assert len(each) == 2
    assert {figures[-1] for figures in each.values()} == {"100 %"}
    assert "threading × 1 failed: out of threads" in output
    assert "other programs kept 0.50 of a core busy" in output


def test_nothing_is_left_to_measure(tmp_path: Path, runs: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    file = file_of(tmp_path, THOSE[:1])
    before = file.read_bytes()
    with file.open("ab") as stream:
        stream.write(b'{"drawn": {"numb')
    assert regret.main(["--resume", "--save", str(file), "--workloads", "1", *runs]) == 0
    assert "Regret by who chooses" in capsys.readouterr().out
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--save", "FILE"], "exists: go on with it with --resume, or name another file"),
        (["--save", "FILE", "--resume", "--seed", "8"], "is of seed 7 on"),
        (["--again", "nowhere.jsonl"], "nowhere.jsonl cannot be read"),
        (["--again", "RUN"], "does not hold what --save makes"),
        (["--again", "EMPTY"], "nothing was measured"),
    ],
)
def test_what_is_no_good_is_refused_in_a_sentence(
    arguments: list[str], sentence: str, tmp_path: Path, runs: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (run, *_) = Path(runs[1]).rglob("*.json")
    empty = tmp_path / "empty"
    empty.mkdir()
    named = {"FILE": file_of(tmp_path, THOSE), "RUN": run, "EMPTY": file_of(empty, [])}
    assert regret.main([*(str(named.get(one, one)) for one in arguments), *runs]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_runs_of_another_machine_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = model_runs.store(tmp_path, 1, fingerprint="elsewhere")
    assert regret.main(["--calibration", str(folder)]) == 2
    assert "was made on machine elsewhere" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--resume"], ["--again", "a", "--save", "b"], ["--workloads", "0"]])
def test_options_that_do_not_go_together(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        regret.main(arguments)
    assert ended.value.code == 2
    assert arguments[0] in capsys.readouterr().err
