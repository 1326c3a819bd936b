"""What surrounded a run is shown, and runs that differ in it are not mixed; and an environment without pip."""

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from analysis.documents.encoding import show_plainly
from analysis.findings.gate import newest_alike
from campaign.environments import _side
from campaign.supervise import kept, own_environment
from harness.ab import BASE, ABRequest, RequestedSide
from runfile.benchmarks import ComparedSubject
from runfile.digests import Reader
from tests import SUITE
from tests.support.commands import analysis, printed, refused
from tests.support.made_up import compared, saved
from tests.support.processes import make, script

OMP = {"name": "OMP_NUM_THREADS", "value": "1", "sentence": "it is set", "is_setting": True}


def a_run(number: int, *told: dict[str, Any]) -> dict[str, Any]:
    benchmarks = [saved.benchmark("asyncio", [1.0 + number / 1000] * 3)]
    return saved.of_day(number, saved.run(benchmarks, conditions=list(told)))


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """Six runs, and then three with a setting."""
    return saved.store(tmp_path, *(a_run(number, *([OMP] if number > 6 else [])) for number in range(1, 10)))


def test_a_gate_takes_runs_of_the_same_settings(storage: Path) -> None:
    runs, _ = Reader().read_all(sorted(storage.glob("*/*.json")))
    assert [run.number for run in newest_alike(runs)] == ["0007", "0008", "0009"]
    said = refused("gate", "7-9", "--storage", storage)
    assert "no run before" in said
    assert "settings" in said


def test_a_comparison_tells_settings_that_differ_and_refuses_a_mixture(storage: Path) -> None:
    shown = printed("compare", "1-6", "7-9", "--storage", storage)
    assert "settings: none → OMP_NUM_THREADS=1" in shown
    said = refused("compare", "1-5", "6-9", "--storage", storage)
    assert re.search(r"0006_run.json was made with no settings and \S+0007_run.json with OMP_NUM_THREADS=1", said)


def test_a_summary_takes_runs_of_the_newest_settings_and_says_what_is_left_out(storage: Path) -> None:
    outcome = analysis("summary", "--storage", storage)
    assert "6 runs unlike the newest (no OMP_NUM_THREADS=1)" in outcome.stderr
    assert "note: OMP_NUM_THREADS (3 of 3 runs): it is set" in outcome.stdout


def package(folder: Path, name: str, version: str) -> Path:
    """A package that is found before the one that is installed."""
    (folder / f"{name}-{version}.dist-info").mkdir(parents=True)
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (folder / f"{name}-{version}.dist-info/METADATA").write_text(metadata)
    (folder / f"{name}.py").write_text(f"__version__ = {version!r}\n")
    return folder


def test_the_probe_of_a_side_and_what_measures_it_see_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(package(tmp_path / "other", "requests", "9.9.9")))
    probed = _side("it", Path(sys.executable), SUITE, "code").packages["requests"]
    code = "import importlib.metadata, requests; print(requests.__version__, importlib.metadata.version('requests'))"
    command = ["run", str(SUITE), sys.executable, "-c", code]
    with kept(command, stdout=subprocess.PIPE, env=own_environment()) as process:
        assert process.stdout is not None
        measured = process.stdout.read()
    assert measured == f"{probed} {probed}\n"
    assert probed != "9.9.9"


def test_what_has_got_into_one_side_of_ab_is_told(tmp_path: Path) -> None:
    one = RequestedSide(sys.executable, str(SUITE), ComparedSubject("one", "", "fork", {}))
    request = ABRequest(one, one, 5.0, [], None)
    request.notice({BASE: {}, "asyncio": {"tracer": "coverage.CTracer"}})
    request.notice({BASE: {}, "threading": {"tracer": "coverage.CTracer"}})
    assert request.notes_on("base") == []
    (note,) = request.notes_on("candidate")
    assert "a tracer (coverage.CTracer) is on" in note
    told = compared.run([compared.pairs("asyncio", 1.0)], candidate=compared.side("new-env", notes=[note]))
    assert f"candidate: {note}" in analysis("ab", compared.save(tmp_path, told), columns=1000).output


def test_ab_says_that_pythonpath_is_kept_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    sides = ["--base", sys.executable, "--candidate", sys.executable]
    said = refused("ab", *sides, "--storage", tmp_path, "--", "-k", "nothing_is_called_so")
    assert "PYTHONPATH is kept out of both sides" in said
    assert "no benchmark is chosen by `-k nothing_is_called_so`: `python -m pytest --collect-only" in said


def test_a_stream_shows_something_plain_for_what_its_encoding_lacks() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    show_plainly(stream)
    stream.write("★ 2.0× → 3 µs…\nσ²\n")
    stream.flush()
    assert stream.buffer.getvalue().decode("latin-1") == "* 2.0× > 3 µs.\n?²\n"


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder with the Makefile, nothing to install, and an environment without pip; no uv is on its PATH."""
    shutil.copy(SUITE / "Makefile", tmp_path)
    for file in ("requirements.txt", "requirements-measure.txt"):
        (tmp_path / file).touch()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    (tmp_path / "bin").mkdir()
    for tool in ("sh", "touch"):
        path = shutil.which(tool)
        assert path is not None
        (tmp_path / "bin" / tool).symlink_to(path)
    return tmp_path


def make_installed(folder: Path, target: str = "venv/installed") -> subprocess.CompletedProcess[str]:
    return make("VENV=venv", target, folder=folder, PATH=str(folder / "bin"), PIP_NO_INDEX="1")


def replace_python(folder: Path, does: str) -> None:
    """Have a script stand for the Python of the environment: the real one takes seconds to put pip in."""
    (folder / "venv/bin/python").unlink()
    script(folder / "venv/bin/python", does)


@pytest.mark.skipif(os.name != "posix", reason="make is asked for")
class TestWithoutPip:
    def test_uv_installs_where_it_is_there(self, bare: Path) -> None:
        script(bare / "bin/uv", 'echo "uv $*"')
        outcome = make_installed(bare)
        assert outcome.returncode == 0, outcome.stderr
        assert (
            "uv pip install --quiet --python venv/bin/python --requirement requirements-measure.txt" in outcome.stdout
        )
        assert (bare / "venv/installed").exists()

    def test_pythons_own_pip_is_put_in(self, bare: Path) -> None:
        replace_python(bare, 'echo "$*" >> asked; case $* in *"import pip"*) exit 1;; esac')
        outcome = make_installed(bare)
        assert outcome.returncode == 0, outcome.stderr
        asked = (bare / "asked").read_text().splitlines()
        installed = asked.index("-m pip install --quiet --requirement requirements-measure.txt")
        assert asked[installed - 1].startswith("-m ensurepip")
        assert (bare / "venv/installed").exists()

    def test_where_there_is_none_it_is_said(self, bare: Path) -> None:
        replace_python(bare, "exit 1")
        outcome = make_installed(bare)
        assert outcome.returncode == 2
        assert outcome.stderr.startswith("venv has no pip, and neither uv nor ensurepip is there to do without")

    def test_make_bench_works_where_python_has_a_safe_path(self, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PYTHONSAFEPATH", "1")
        (bare / "campaign").mkdir()
        (bare / "campaign/repeat.py").write_text("print('it was found')")
        (bare / "venv/installed").touch()
        outcome = make_installed(bare, "bench")
        assert (outcome.returncode, outcome.stdout) == (0, "it was found\n"), outcome.stderr
