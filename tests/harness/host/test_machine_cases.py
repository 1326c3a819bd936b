"""Machines unlike the one at hand: without semaphores, of another architecture, with folders in the way."""

import os
import socket
import sys
from pathlib import Path

import pytest

from harness.dask.cluster import out_of_reach
from harness.host.environment import is_loopback, is_this_machine
from harness.host.machine import this_machine
from harness.servers.server import RemoteServer
from harness.surroundings import semaphores
from runfile.here import processor_name
from runfile.saving import LOCK
from tests.support.every import PROCESS_PATTERNS
from tests.support.servers import running
from tests.support.suite import ONE, refusal, run_suite, saved_runs

# As where /dev/shm is missing, may not be written, or is full.
NO_SEMAPHORES = [
    FileNotFoundError(2, "No such file or directory"),
    PermissionError(13, "Permission denied"),
    OSError(28, "No space left on device"),
]


class TestWithoutSemaphores:
    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has them")
    def test_patterns_with_processes_are_skipped_with_the_reason(self, tmp_path: Path) -> None:
        (tmp_path / "sitecustomize.py").write_text("import _multiprocessing; del _multiprocessing.SemLock")
        names = f"--patterns=sequential,{','.join(PROCESS_PATTERNS)}"
        chosen = [names, "-k", "io_bound and download-talk or test_talk and multiprocessing"]
        outcome = run_suite(tmp_path / "runs", *chosen, env={"PYTHONPATH": str(tmp_path)})
        assert outcome.returncode == 0, outcome.stdout
        assert f"1 passed, {len(PROCESS_PATTERNS) + 1} skipped" in outcome.stdout
        said = " ".join(outcome.stdout.split())
        for pattern in PROCESS_PATTERNS:
            assert f"{pattern} cannot run here: processes can share no semaphore here (" in said
        assert "have /dev/shm mounted, writable and not full" in said
        assert "Traceback" not in outcome.stdout + outcome.stderr
        (run,) = saved_runs(tmp_path / "runs")
        assert [one["extra_info"]["pattern"] for one in run["benchmarks"]] == ["sequential"]

    @pytest.mark.parametrize("error", NO_SEMAPHORES)
    def test_it_is_told_whatever_the_system_says(self, error: OSError, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object) -> None:
            raise error

        broken = type("SemLock", (), {"SEM_VALUE_MAX": 1, "__init__": fail})
        assert semaphores.lacks_semaphores() is None
        monkeypatch.setattr("_multiprocessing.SemLock", broken)
        assert str(semaphores.lacks_semaphores()).startswith("processes can share no semaphore here (")

    def test_a_task_that_fails_by_itself_has_failed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(semaphores, "lacks_semaphores", lambda: "none")
        with pytest.raises(OSError, match="No such file") as raised:
            (Path("no") / "such" / "file").read_bytes()
        assert semaphores.explain(raised.value) is None


# What /proc/cpuinfo tells of an ARM server with cores of one kind, and of a phone's processor with two kinds.
ARM_CORE = """processor\t: {number}
BogoMIPS\t: 243.75
Features\t: fp asimd evtstrm aes
CPU implementer\t: {implementer}
CPU architecture: 8
CPU variant\t: {variant}
CPU part\t: {part}
CPU revision\t: {revision}

"""


def arm(part: str, implementer: str = "0x41", variant: str = "0x3", revision: str = "1", number: int = 0) -> str:
    return ARM_CORE.format(part=part, implementer=implementer, variant=variant, revision=revision, number=number)


class TestProcessor:
    def name(self, tmp_path: Path, cpuinfo: str, board: str = "") -> str:
        (tmp_path / "cpuinfo").write_text(cpuinfo)
        (tmp_path / "model").write_text(board)
        return processor_name(tmp_path / "cpuinfo", tmp_path / "model")

    def test_has_the_name_that_the_system_tells(self, tmp_path: Path) -> None:
        assert self.name(tmp_path, "processor : 0\nmodel name\t: AMD EPYC 7B13\ncpu MHz : 2450\n") == "AMD EPYC 7B13"
        assert self.name(tmp_path, "cpu model : MIPS 24Kc V5.0\n", "A board\0") == "MIPS 24Kc V5.0"

    @pytest.mark.parametrize(
        "other",
        [
            arm("0xd40"),
            arm("0xd0c", implementer="0xc0"),
            arm("0xd0c", variant="0x4"),
            arm("0xd0c", revision="2"),
            arm("0xd0c") + arm("0xd40", number=1),
        ],
    )
    def test_without_a_name_two_processors_differ(self, tmp_path: Path, other: str) -> None:
        assert self.name(tmp_path, arm("0xd0c")) != self.name(tmp_path, other)

    def test_without_a_name_it_is_told_by_its_numbers(self, tmp_path: Path) -> None:
        four = "".join(arm("0xd0c", number=number) for number in range(4))
        told = "CPU implementer 0x41, CPU variant 0x3, CPU part 0xd0c, CPU revision 1"
        assert self.name(tmp_path, four) == told
        assert self.name(tmp_path, four, "Ampere Board\0") == f"Ampere Board; {told}"

    def test_a_name_that_a_32_bit_kernel_gives_to_all_is_none(self, tmp_path: Path) -> None:
        old, new = (f"model name : ARMv7 Processor rev 4 (v7l)\n{arm(part)}" for part in ("0xd03", "0xd08"))
        assert self.name(tmp_path, old) != self.name(tmp_path, new)

    def test_of_risc_v(self, tmp_path: Path) -> None:
        assert self.name(tmp_path, "hart : 1\nisa : rv64imafdc\nuarch : sifive,u74-mc\n") == "uarch sifive,u74-mc"

    def test_where_nothing_is_told_there_is_still_a_name(self, tmp_path: Path) -> None:
        assert processor_name(tmp_path / "no", tmp_path / "such")
        assert self.name(tmp_path, "")


class TestStorage:
    """What cannot be kept is refused before anything is measured."""

    def machine_folder(self, tmp_path: Path) -> Path:
        (tmp_path / "runs").mkdir()
        return tmp_path / "runs" / this_machine().folder

    def refused(self, tmp_path: Path, *arguments: str) -> str:
        output = refusal(tmp_path / "runs", *ONE, *arguments)
        assert f"runs cannot be saved in {tmp_path / 'runs' / this_machine().folder} (" in output
        assert "choose another folder with --benchmark-storage=FOLDER" in output
        return output

    @pytest.mark.parametrize("lock", ["", LOCK])
    def test_a_machine_folder_or_a_lock_that_is_something_else(self, tmp_path: Path, lock: str) -> None:
        place = self.machine_folder(tmp_path) / lock
        place.parent.mkdir(exist_ok=True)
        (place.mkdir if lock else place.touch)()
        self.refused(tmp_path)
        (place.rmdir if lock else place.unlink)()
        if not lock or hasattr(os, "O_NOFOLLOW"):  # else links are followed
            place.symlink_to(tmp_path / "nowhere")
            self.refused(tmp_path)

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
    def test_a_machine_folder_that_may_not_be_written(self, tmp_path: Path) -> None:
        folder = self.machine_folder(tmp_path)
        folder.mkdir()
        folder.chmod(0o500)
        try:
            self.refused(tmp_path)
        finally:
            folder.chmod(0o700)

    def test_a_name_that_is_too_long(self, tmp_path: Path) -> None:
        output = self.refused(tmp_path, f"--benchmark-save={'x' * 300}")
        assert "or a shorter name with --benchmark-save=NAME" in output

    def test_a_named_machines_folder(self, tmp_path: Path) -> None:
        named = tmp_path / "runs" / this_machine("laptop").folder
        named.parent.mkdir()
        named.write_text("in the way")
        assert f"runs cannot be saved in {named}" in refusal(tmp_path / "runs", *ONE, "--machine=laptop")


class TestThisMachine:
    @pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.53", "localhost", "0.0.0.0", "::1", "LOCALHOST"])  # noqa: S104
    def test_has_these_names(self, host: str) -> None:
        assert is_this_machine(host)
        assert is_loopback(host)

    @pytest.mark.parametrize("host", ["203.0.113.1", "nowhere.invalid", "", "2001:db8::1", "x" * 300])
    def test_has_not_these(self, host: str) -> None:
        assert not is_this_machine(host)

    def test_has_each_address_of_its_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        is_this_machine.cache_clear()
        told = [(socket.AF_INET, 1, 6, "", ("198.51.100.7", 0)), (socket.AF_INET6, 1, 6, "", ("fe80::7%eth9", 0, 0, 9))]
        monkeypatch.setattr("socket.getaddrinfo", lambda *_: told)
        assert not is_this_machine("fox.example")
        is_this_machine.cache_clear()
        address = type("Address", (), {"address": "fe80::7%eth9"})
        monkeypatch.setattr("psutil.net_if_addrs", lambda: {"eth9": [address]})
        assert is_this_machine("fox.example")
        assert not is_loopback("fox.example")
        is_this_machine.cache_clear()

    def test_a_server_is_known_by_any_of_them(self) -> None:
        with running() as (process, url):
            assert RemoteServer(url.replace("127.0.0.1", "localhost")).pids() == (process.pid,)

    @pytest.mark.parametrize("url", ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000", None])
    def test_another_machine_does_not_reach_it_by_a_name_of_its_own(self, url: str | None) -> None:
        assert len(out_of_reach(url, {"127.0.0.1", "203.0.113.9"})) == 1
        assert out_of_reach(url, {"127.0.0.1"}) == []
