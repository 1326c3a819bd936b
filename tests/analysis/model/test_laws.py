"""The laws that predict: what they give where the answer is known, and that the docs show them as they are."""

import math

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from analysis.model.laws import GIVEN, LAWS, quantities
from tests import SUITE

DOCS = SUITE / "docs" / "model.md"
# A pattern with one lane and free of any cost, on a machine with two cores; work that does nothing.
NOTHING = dict.fromkeys(GIVEN, 0.0) | {"tasks": 1.0, "cores": 2.0, "workers": 1.0, "waking": 1.0}
LOOP = NOTHING | {"looped": 1.0}
PROCESSES = NOTHING | {"python_share": 1.0, "free_share": 1.0, "core_share": 1.0}
THREADS = NOTHING | {"free_share": 1.0, "core_share": 1.0}


def seconds(given: dict[str, float], **more: float) -> float:
    return quantities({**given, **more})["seconds"]


def test_docs_show_every_law_as_it_is_with_its_source_and_explain_all_that_it_is_given() -> None:
    text = DOCS.read_text(encoding="utf-8")
    missing = [law.name for law in LAWS if f"| `{law.name}` | `{law.formula}` | {law.says} |" not in text]
    assert missing == [], "docs/model.md has another formula"
    assert [law.name for law in LAWS if law.source and f"- {law.source}\n" not in text] == []
    assert [name for name in GIVEN if f"`{name}`" not in text] == []


@pytest.mark.parametrize(
    ("pattern", "work", "took"),
    [
        (NOTHING, {"tasks": 100, "workers": 16, "latency": 0.02}, 7 * 0.02),  # equal waits go by in whole rounds
        (NOTHING, {"tasks": 10, "latency": 0.3, "compute": 0.1}, 10 * 0.4),  # one worker waits for each task
        (LOOP, {"tasks": 50, "workers": 50, "compute": 0.01, "gil_free": 1.0}, 0.5),  # one task after the other
        (PROCESSES, {"tasks": 50, "workers": 2, "compute": 0.01}, 0.25),  # on all cores
    ],
    ids=["rounds", "one worker", "a loop", "processes"],
)
def test_what_is_known_is_what_the_laws_give(pattern: dict[str, float], work: dict[str, float], took: float) -> None:
    assert seconds(pattern, **work) == pytest.approx(took)


def test_threads_compute_on_all_cores_only_without_the_gil() -> None:
    held = seconds(THREADS, tasks=50, workers=2, compute=0.01)
    free = seconds(THREADS, tasks=50, workers=2, compute=0.01, gil_free=1.0)
    assert [held, free] == pytest.approx([0.5, 0.25])


def test_workers_are_started_only_when_cold() -> None:
    cost = {"first": 0.01, "further": 0.002, "tasks": 8.0, "workers": 4.0}
    assert seconds(NOTHING, **cost) == 0
    assert seconds(NOTHING, **cost, cold=1.0) == pytest.approx(0.016)


def test_a_pool_takes_whole_pieces() -> None:
    found = quantities({**PROCESSES, "tasks": 100.0, "workers": 16.0, "chunked": 1.0})
    assert (found["chunk"], found["chunks"], found["rounds"]) == (2, 50, 8)


work = st.fixed_dictionaries(
    {
        "tasks": st.integers(1, 5_000).map(float),
        "workers": st.integers(1, 512).map(float),
        "latency": st.floats(0, 1),
        "spread": st.sampled_from([0.0, 0.3, 1.0]),
        "compute": st.floats(0, 0.1),
        "gil_free": st.floats(0, 1),
        "request": st.floats(1e-5, 1e-3),
        "requests": st.just(1.0),
    }
)


@drawn(work, st.sampled_from([LOOP, THREADS, PROCESSES]))
def test_never_faster_than_what_no_schedule_beats(work: dict[str, float], pattern: dict[str, float]) -> None:
    tasks, workers = work["tasks"], min(work["workers"], work["tasks"])
    least = max(tasks * work["latency"] / workers, tasks * work["compute"] / min(workers, 2), work["latency"])
    assert seconds(pattern, **work) >= least * (1 - 1e-9)


@drawn(work, st.sampled_from([LOOP, THREADS, PROCESSES]), st.floats(1, 10))
def test_more_of_anything_takes_no_less(work: dict[str, float], pattern: dict[str, float], times: float) -> None:
    before = seconds(pattern, **work)
    assert math.isfinite(before)
    for name in ("latency", "compute"):
        assert seconds(pattern, **work | {name: work[name] * times}) >= before * (1 - 1e-9), name
