"""What a container's control groups leave, told by folders like the system's, of version 1 and version 2."""

from pathlib import Path

import psutil
import pytest

from harness import tables
from harness.host import cgroups
from harness.host.environment import lacks_memory_for
from harness.stands.contender import StandContender
from harness.stands.job import Job
from harness.stands.stands import SpawnedStands

MIB = 2**20
# What version 1 tells where there is no limit.
UNLIMITED = 9223372036854771712


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "own"


@pytest.fixture
def groups(tmp_path: Path) -> Path:
    return tmp_path / "groups"


def version_2(folder: Path, limit: int | str, used: int, stat: str = "anon 4096\n") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{used}\n")
    (folder / "memory.stat").write_text(stat)


def version_1(folder: Path, limit: int, used: int, stat: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "memory.limit_in_bytes").write_text(f"{limit}\n")
    (folder / "memory.usage_in_bytes").write_text(f"{used}\n")
    (folder / "memory.stat").write_text(stat)


class TestMemoryLeft:
    def test_of_version_2_is_the_least_that_any_group_leaves(self, own: Path, groups: Path) -> None:
        own.write_text("0::/app/job\n")
        version_2(groups / "app/job", 400 * MIB, 100 * MIB)
        assert cgroups.memory_left(own, groups) == 300 * MIB
        version_2(groups / "app", 900 * MIB, 850 * MIB)
        assert cgroups.memory_left(own, groups) == 50 * MIB
        version_2(groups / "app", 100 * MIB, 101 * MIB)
        assert cgroups.memory_left(own, groups) == 0, "never less than nothing"

    def test_of_version_1_and_of_a_container_that_sees_its_group_at_the_root(self, own: Path, groups: Path) -> None:
        own.write_text("5:cpu,cpuacct:/elsewhere\n4:memory:/docker/1\n0::/\n")
        version_1(groups / "memory", 400 * MIB, 100 * MIB)
        assert cgroups.memory_left(own, groups) == 300 * MIB
        version_1(groups / "memory/docker/1", 400 * MIB, 150 * MIB)
        version_1(groups / "cpu/elsewhere", MIB, 0)  # of another controller
        assert cgroups.memory_left(own, groups) == 250 * MIB

    def test_what_was_read_of_files_gives_way(self, own: Path, groups: Path) -> None:
        own.write_text("4:memory:/a\n0::/a\n")
        version_2(groups / "a", 400 * MIB, 390 * MIB, f"inactive_file {200 * MIB}\n")
        version_1(groups / "memory/a", 400 * MIB, 390 * MIB, f"inactive_file 1\ntotal_inactive_file {100 * MIB}\n")
        assert cgroups.memory_left(own, groups) == 110 * MIB

    @pytest.mark.parametrize("told", ["", "nonsense\n", "0::\n", "0::/../..\n", "4:memory:/gone\n"])
    def test_where_nothing_is_told_there_is_no_limit(self, own: Path, groups: Path, told: str) -> None:
        own.write_text(told)
        assert cgroups.memory_left(own, groups) is None

    def test_without_groups_or_a_limit(self, own: Path, groups: Path) -> None:
        assert cgroups.memory_left(own, groups) is None
        own.write_text("0::/a\n")
        version_2(groups / "a", "max", 100 * MIB)
        assert cgroups.memory_left(own, groups) is None
        assert cgroups.available_bytes(own, groups) > 0


class TestWorkers:
    def test_that_the_container_has_no_room_for_are_not_started(self, own: Path, groups: Path) -> None:
        own.write_text("0::/\n")
        version_2(groups, 400 * MIB, 100 * MIB)
        assert lacks_memory_for(15, 20 * MIB, own, groups) is None
        assert lacks_memory_for(64, 20 * MIB, own, groups) == (
            "64 workers need about 1.2 GiB and the container's limit leaves 0.3: raise it, or choose fewer workers"
        )

    def test_a_limit_without_meaning_hides_not_that_the_system_has_less(self, own: Path, groups: Path) -> None:
        own.write_text("4:memory:/\n")
        version_1(groups / "memory", UNLIMITED, 100 * MIB)
        assert cgroups.available_bytes(own, groups) <= psutil.virtual_memory().total
        reason = lacks_memory_for(1024, 2**40, own, groups)
        assert reason is not None
        assert "are free: close other programs" in reason

    def test_of_several_patterns_are_up_together_only_where_the_container_has_room(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one = _contender(200 * MIB)
        monkeypatch.setattr(tables, "available_bytes", lambda: 400 * MIB)
        assert tables.fit_together([one, one])
        assert not tables.fit_together([one, one, one])


def _contender(size: int) -> StandContender:
    job = Job("sequential", "nothing", 1, False, "spawn")
    return StandContender("one", False, job, 1, size, SpawnedStands(), 1.0)
