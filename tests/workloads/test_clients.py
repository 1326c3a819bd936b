"""HTTP clients as they are compared: what their limits do, what is a failure, and what is said where one is missing."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest import mock

import httpx
import pytest
from pytest_httpserver import HTTPServer

import patterns
from analysis.findings.answer import Choice, Confidence, answer
from analysis.findings.summary import summarise
from analysis.stats.intervals import Estimate
from analysis.stats.ranking import ranked
from analysis.views import answer as view
from benchmarks.test_clients import TASKS
from harness.servers.server import LocalServer
from tests import SUITE
from tests.support.made_up import pictured, saved
from tests.support.made_up.pictured import all_figures, drawn, marks
from tests.support.suite import measured
from workloads import registry
from workloads.clients import CLIENTS, HTTPX, Client, ClientDownload, lacks_httpx, workload_name
from workloads.contract import TaskFailed, Workload, prepared
from workloads.download import Download, equal_requests

every_client = pytest.mark.parametrize("client", CLIENTS, ids=[client.name for client in CLIENTS])


def run_all(client: Client, workload: Workload, workers: int, times: int = 1) -> None:
    """Have all tasks done, and the answers checked, so many times."""
    with prepared(workload), patterns.get(client.pattern).start(workload, workers) as run:
        for _ in range(times):
            workload.check(run(workload.tasks))


def downloads(client: Client, url: str, count: int, latency_ms: float = 0, raised: bool = False) -> ClientDownload:
    return client.workload(Download("probe", equal_requests(count, 64, latency_ms), url), raised)


@every_client
def test_a_client_does_every_download_and_is_for_the_pattern_that_shares_it(
    client: Client, local_server: LocalServer
) -> None:
    workload = registry.get(workload_name(client, 0, raised=False))
    assert isinstance(workload, ClientDownload)
    run_all(client, workload.at(local_server.url).repeated(40), 20, times=2)
    other = "asyncio" if client.pattern == "threading" else "threading"
    assert "add it, see workloads/contract.py" in str(patterns.get(other).unsuited(workload))


@every_client
def test_its_limit_opens_connections_anew_or_makes_requests_wait_and_a_raised_one_does_neither(
    client: Client, fresh_server: LocalServer
) -> None:
    in_flight = client.limit + 20
    # A latency in which a busy machine has sent all of them, too.
    own = downloads(client, fresh_server.url, in_flight, latency_ms=600)
    # httpx opens 40 connections too slowly for any latency, and within its limit threads close each other's.
    if not client.name.startswith("httpx"):
        run_all(client, own, in_flight, times=2)
        is_bounded = fresh_server.stats().most_in_flight <= client.limit
        assert is_bounded == (client.name == "aiohttp")
        assert is_bounded or fresh_server.stats().connections > in_flight
    before = fresh_server.stats()
    run_all(client, replace(own, raised=True), in_flight, times=2)
    after = fresh_server.stats()
    assert after.connections - before.connections <= in_flight
    assert after.most_in_flight <= in_flight
    assert after.most_in_flight > client.limit or client.name.startswith("httpx")


@every_client
def test_an_error_of_the_server_is_a_failed_task_and_no_result(client: Client, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/bytes/64").respond_with_data(b"sorry", status=503)
    with pytest.raises(TaskFailed, match=r"task 0: GET http://.*/bytes/64.*503"):
        run_all(client, downloads(client, httpserver.url_for("").rstrip("/"), 1), 1)


@pytest.mark.parametrize("raised", [False, True])
def test_a_connection_that_is_closed_under_httpx_is_told_with_the_remedy(raised: bool) -> None:
    def closed(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("[Errno 9] Bad file descriptor", request=request)

    workload = downloads(CLIENTS[1], "http://127.0.0.1:9", 1, raised=raised)
    with httpx.Client(transport=httpx.MockTransport(closed)) as client, pytest.raises(TaskFailed) as failed:
        workload.perform(client, workload.tasks[0])
    assert "ReadError: [Errno 9] Bad file descriptor" in str(failed.value)
    assert ("raise it" in str(failed.value)) is not raised


@every_client
def test_nobody_who_answers_is_a_failed_task(client: Client) -> None:
    with pytest.raises(TaskFailed, match=r"task 0: GET http://127\.0\.0\.1:9/bytes/64"):
        run_all(client, downloads(client, "http://127.0.0.1:9", 1), 1)


@every_client
def test_no_client_goes_through_a_proxy_of_the_environment(
    client: Client, local_server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, "socks5://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")  # as the suite sets it
    run_all(client, downloads(client, local_server.url, 2), 1)


@pytest.mark.parametrize(("raised", "connections", "kept"), [(False, 100, 20), (True, None, None)])
def test_httpx_has_its_own_limits_or_none(raised: bool, connections: int | None, kept: int | None) -> None:
    with mock.patch("httpcore.ConnectionPool") as pool, CLIENTS[1].workload(Download("probe", ()), raised).open():
        asked = pool.call_args.kwargs
    assert (asked["max_connections"], asked["max_keepalive_connections"]) == (connections, kept)


def test_httpx_never_asks_the_environment(local_server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    for client in CLIENTS:
        if client.name.startswith("httpx"):
            run_all(client, downloads(client, local_server.url, 1), 1)


class TestLacksHttpx:
    @pytest.fixture(autouse=True)
    def _anew(self) -> Iterator[None]:
        lacks_httpx.cache_clear()
        yield
        lacks_httpx.cache_clear()

    def test_it_is_there(self) -> None:
        assert lacks_httpx() is None

    def test_not_installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "httpx", None)
        assert lacks_httpx() == f"httpx is not installed: `pip install '{HTTPX}'`"
        with pytest.raises(TaskFailed, match="httpx is not installed"):  # as in another environment of `ab`
            run_all(CLIENTS[1], registry.get("clients-httpx-0ms"), 1)

    def test_without_what_it_needs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in [name for name in sys.modules if name.partition(".")[0] in ("httpx", "httpcore")]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, "h11", None)
        assert str(lacks_httpx()).startswith("httpx does not import (import of h11 halted")

    @pytest.mark.parametrize("version", ["0.23.3", "1.0.dev3", "1.0.1"])
    def test_of_another_version(self, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
        monkeypatch.setattr(httpx, "__version__", version)
        assert lacks_httpx() == f"httpx {version} is installed, which is not measured: `pip install '{HTTPX}'`"

    def test_its_rows_are_skipped_with_the_remedy(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "httpx", None)
        run, said = measured(tmp_path, "benchmarks/test_clients.py", "-k", "20ms-1-")
        for pattern in ("threading", "asyncio"):
            assert f"{pattern} cannot run here: httpx is not installed: `pip install '{HTTPX}'`" in said
        found = {one["extra_info"]["contender"]: one["extra_info"] for one in run["benchmarks"]}
        assert found.keys() == {"requests", "aiohttp"}
        assert {one["baseline"] for one in found.values()} == {"requests"}
        assert "in order" not in said  # by one repeat

    def test_the_lists_of_packages_name_the_same_versions(self) -> None:
        for name in ("requirements-dev.txt", "requirements-measure.txt"):
            assert HTTPX in (SUITE / name).read_text(encoding="utf-8")


def test_every_table_has_work_for_all_that_are_in_flight() -> None:
    assert all(tasks >= in_flight for counts in TASKS.values() for in_flight, tasks in counts.items())


SECONDS = {"requests": 0.4, "httpx": 0.3, "aiohttp": 0.1, "aiohttp (raised)": 0.1005}


def choice_of(seconds: dict[str, float], spread: float = 0.01, repeats: int = 6) -> Choice:
    title = "clients: downloads of 1 KiB and 0 ms, 20 in flight, warm"
    benchmarks = [
        saved.benchmark(
            name,
            [value * (1 + spread * ((number + place) % 3 - 1)) for number in range(repeats)],
            title,
            question="clients",
            pattern="threading",
            workload=f"clients-{place}-0ms-x500",
            workers=20,
            baseline="requests",
        )
        for place, (name, value) in enumerate(seconds.items())
    ]
    runs = saved.parsed(saved.run(benchmarks))
    (choice,) = answer(summarise(runs), runs).choices
    return choice


def test_an_answer_says_which_client_and_the_order_as_far_as_it_is_sure() -> None:
    choice = choice_of(SECONDS)
    assert view.name(choice) == "HTTP clients, where the network is free, 20 workers"
    assert view.how_much(choice).startswith("the same within 4 %")
    assert view.ranking(choice) == "in order: aiohttp or aiohttp (raised); httpx; requests"
    assert view.how_much(choice_of(SECONDS | {"requests": 0.05})).startswith("no client makes it any faster")


def test_where_no_step_is_sure_no_order_is_said_and_all_of_the_table_is_to_be_measured_again() -> None:
    choice = choice_of({"requests": 0.102, "httpx": 0.101, "aiohttp": 0.1}, spread=0.2, repeats=3)
    assert choice.confidence is Confidence.OPEN
    assert view.ranking(choice) == ""
    assert view.command(choice) == 'make bench ARGS="--rigorous -m clients"'


def test_a_rank_is_given_only_to_what_every_one_before_it_surely_beats() -> None:
    values = {"a": 0.0, "b": 0.5, "c": 0.52, "d": 1.0}

    def log_ratio(above: str, below: str) -> Estimate:
        return Estimate(values[above] - values[below], 0.02, 10.0, 1, 6)

    assert ranked(tuple(values), log_ratio) == (("a",), ("b", "c"), ("d",))
    assert ranked(("a",), log_ratio) == (("a",),)
    once = Estimate(3.0, 0.0, 0.0, 1, 1)
    assert ranked(("a", "b"), lambda _above, _below: once) == (("a", "b"),)


def test_a_picture_has_the_rates_of_each_client_and_its_raised_limits_dashed() -> None:
    figure = all_figures()["clients-downloads-of-1-kib-and-0-ms"]
    points = marks(figure, "point", "y", "raised")
    assert len(points) == len(figure.rows) == 8
    rates = {(one["pattern"], one["workers"], one["raised"]): one["y"] for one in points}
    assert rates["requests", 20, False] == pytest.approx(200 / 0.4, rel=0.02)
    assert rates["aiohttp", 100, False] == pytest.approx(200 / 0.1, rel=0.05)
    dashed = [layer["data"]["values"] for layer in figure.spec["layer"] if "strokeDash" in layer["mark"]]
    assert [[(one["workers"], one["raised"]) for one in line] for line in dashed] == [
        [(1, False), (20, True), (100, True)]
    ]
    assert all(one["low"] < one["y"] < one["high"] for one in marks(figure, "rule", "low"))
    assert "With 100 in flight: aiohttp 2," in figure.says


def test_one_number_in_flight_makes_no_line() -> None:
    only = [one for one in pictured.clients() if one["extra_info"]["workers"] == 20]
    assert not any(name.startswith("clients") for name in drawn(pictured.material(only)))
