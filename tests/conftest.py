"""What the tests share: the environment of what they start, start methods, servers and stands."""

import multiprocessing
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from harness.servers.server import LocalServer
from harness.stands.forked import ForkedStands
from harness.stands.stands import SpawnedStands, Stands
from tests.support.processes import eventually
from tests.support.standing import forking

# How long an example takes says how busy the machine is. Others are tried each time, and more in CI.
EXAMPLES = 100 if os.environ.get("CI") else 40
SLOW = [HealthCheck.too_slow]
settings.register_profile("busy machine", deadline=None, suppress_health_check=SLOW, max_examples=EXAMPLES)
settings.load_profile("busy machine")

# The one plugin that benchmarks need. Each pytest that a test starts would take 0.7 s to import those of the tests.
PLUGIN = "pytest_benchmark.plugin"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes minutes, unless `-m` names it."""
    if "stress" in config.getoption("markexpr"):
        return
    config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("stress")])
    items[:] = [item for item in items if not item.get_closest_marker("stress")]


@pytest.fixture(scope="session", autouse=True)
def environment_of_a_user() -> None:
    """Let what tests start run as it does for a user: it does not know that tests run it, nor how they are run."""
    # pytest-benchmark measures nothing where it sees a worker of pytest-xdist.
    for variable in [name for name in os.environ if name.startswith("PYTEST_XDIST_")]:
        del os.environ[variable]
    # Compiling takes a fifth of the time of most of them.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # aiohttp reads the system's certificates when it is imported, for 0.05 s; no server here has one of them.
    os.environ["SSL_CERT_FILE"] = os.environ["SSL_CERT_DIR"] = os.devnull
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    # What collects garbage at the end of each, for 0.05 s, is not what is tested.
    options = ["-p", PLUGIN, "-p", "no:unraisableexception"]
    os.environ["PYTEST_ADDOPTS"] = " ".join([os.environ.get("PYTEST_ADDOPTS", ""), *options])


@pytest.fixture
def own_temp(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place for the temporary files of what a test starts, which is empty again afterwards."""
    # Not below the test's own folder: the path of a socket has to be short.
    with tempfile.TemporaryDirectory() as name:
        monkeypatch.setenv("TMPDIR", name)
        yield Path(name)
        assert eventually(lambda: not [*Path(name).iterdir()]), [*Path(name).iterdir()]


@pytest.fixture
def start_method(request: pytest.FixtureRequest) -> Iterator[str]:
    """Have multiprocessing start processes in the way that the test is parametrized with."""
    before = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method(request.param, force=True)
    yield request.param
    multiprocessing.set_start_method(before, force=True)


@pytest.fixture(scope="session")
def local_server() -> Iterator[LocalServer]:
    """The suite's own server, in its own process."""
    server = LocalServer()
    yield server
    server.stop()


@pytest.fixture
def fresh_server() -> Iterator[LocalServer]:
    """A server that has seen nothing yet: it tells connections apart by their ports, which come round again."""
    server = LocalServer()
    yield server
    server.stop()


@pytest.fixture(scope="module", params=[pytest.param("forked", marks=forking), "spawned"])
def stands(request: pytest.FixtureRequest) -> Iterator[Stands]:
    """Stands of both kinds; a test that closes them gets others from new processes."""
    found: Stands = ForkedStands() if request.param == "forked" else SpawnedStands()
    yield found
    found.close()
