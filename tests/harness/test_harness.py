"""The harness's parts that need no run: how many repeats and rounds, which proxies, what differs between machines."""

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from harness.contest.plan import MOST_ROUNDS, Plan
from harness.facts import Case, Lifecycle
from harness.host import environment, machine
from harness.measure import workers_of
from harness.options.effort import Effort, planned


@given(st.floats(0, 10), st.lists(st.floats(0, 1e6), min_size=1))
def test_there_is_a_round_at_least_and_never_too_many_whatever_the_times(limit: float, seconds: list[float]) -> None:
    assert 1 <= Plan(1, 0.0, limit).turns(seconds) <= MOST_ROUNDS


def test_rounds_fill_the_time_there_is() -> None:
    assert [Plan(1, 0.0, 0.8).turns([seconds]) for seconds in (0.0, 0.01, 0.1, 0.3, 2.0)] == [10, 10, 8, 3, 1]
    assert Plan(1, 0.0, 0.8).turns([0.1, 0.3]) == 4
    assert [Plan(1, 0.0, 0.4, short_seconds=0.12).turns([0.1, seconds]) for seconds in (0.1, 0.16)] == [10, 4]


@given(st.integers(1, 50), st.floats(0, 10))
def test_more_effort_means_no_fewer_repeats_and_no_less_time(fewest: int, seconds: float) -> None:
    fast, usual, rigorous = (planned(fewest, seconds, effort) for effort in Effort)
    assert 1 <= fast.fewest_repeats <= usual.fewest_repeats == fewest
    assert rigorous.fewest_repeats == 3 * fewest
    assert fast.seconds <= usual.seconds <= rigorous.seconds


def test_a_host_is_reached_directly_and_other_exemptions_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "example.org")
    monkeypatch.setenv("NO_PROXY", "example.org")
    url = "http://127.0.0.1:1/"
    assert requests.utils.get_environ_proxies(url) != {}
    sentence = environment.go_around_proxies("127.0.0.1")
    assert sentence == "http_proxy is set: requests to 127.0.0.1 go around the proxy"
    assert requests.utils.get_environ_proxies(url) == {}
    assert requests.utils.get_environ_proxies("http://example.org") == {}
    assert requests.utils.get_environ_proxies("http://example.com") != {}
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("NO_PROXY", "")
    for variable in environment.PROXY_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)
    assert environment.go_around_proxies("127.0.0.1") is None


def test_too_many_workers_for_the_memory_are_not_started() -> None:
    assert environment.lacks_memory_for(16, 1024) is None
    reason = environment.lacks_memory_for(1024, 2**40)
    assert reason is not None
    assert reason.startswith("1024 workers need about 1048576.0 GiB and ")


def test_differences_name_what_differs_and_nothing_else() -> None:
    there = {"python": "3.11", "cpu": {"brand": "A", "count": 2}, "same": [1]}
    here = {"python": "3.13", "cpu": {"brand": "A", "count": 4}, "same": [1], "new": True}
    assert machine.differences(there, here) == [
        "cpu.count: 2 there, 4 here",
        "new: None there, True here",
        "python: 3.11 there, 3.13 here",
    ]
    assert machine.differences(here, here) == []


@pytest.mark.parametrize(("pattern", "workers"), [("sequential", 1), ("threading", 16)])
def test_the_baseline_has_one_worker_whatever_it_is_given(pattern: str, workers: int) -> None:
    assert workers_of(Case(pattern, "download-typical", 16, 0, Lifecycle.WARM)) == workers
