"""Advice in the report's page, in a real browser: it says what Python says, changes as sliders move, and is for all."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from analysis.findings.advice import advise
from analysis.model.costs import FIGURES
from analysis.model.laws import LAWS, quantities
from analysis.model.prediction import known_of
from analysis.model.work import Work
from analysis.report.advice.controls import sliders
from analysis.report.publish import publish
from analysis.stats.units import factor, seconds, size
from runfile.runs import RunError
from tests.analysis.report.browser import (
    DESK,
    HOSTILE,
    IS_PLANTED,
    OPEN_ALL,
    PHONE,
    TEXTS,
    Chromium,
    Visit,
    check_axe,
    check_texts,
)  # fmt: skip
from tests.support.made_up import model_runs, saved

CORES = 2
SLIDERS = {one.name: one for one in sliders(CORES)}
COMMAND = "python -m analysis advise --tasks 2000 --cores 2 --latency 300ms --cpu 4ms --bytes 16KiB"
EXAMPLES, WORKS = 200, 12
# Set the sliders and boxes, and tell what is shown then.
SET = """
([places, boxes]) => {
    for (const [name, place] of Object.entries(places)) document.getElementById(`set-${name}`).value = place;
    for (const [name, ticked] of Object.entries(boxes)) document.querySelector(`[name=${name}]`).checked = ticked;
    document.getElementById("set-tasks").dispatchEvent(new Event("input", { bubbles: true }));
    return Object.fromEntries([...document.querySelectorAll("[data-advice]")].map((one) => [
        one.dataset.advice,
        one.dataset.advice === "rows" ? [...one.rows].map((row) => [...row.cells].map((cell) => cell.textContent))
            : one.textContent,
    ]));
}
"""
# Where the next picture and the next section begin.
PLACES = (
    "['#advice-curve', '#figure-map'].map((one) => document.querySelector(one).getBoundingClientRect().top + scrollY)"
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    return publish(model_runs.store(folder, 1, 2), [], folder / "report.html").file


def anywhere(rng: random.Random) -> tuple[dict[str, int], dict[str, bool]]:
    """Places of all sliders, and whether each box is ticked."""
    places = {name: rng.randrange(len(one.values)) for name, one in SLIDERS.items()}
    return places, {name: rng.random() < 0.3 for name in ("warm", "blocking")}


def anything(rng: random.Random) -> dict[str, float]:
    """What the laws may be given: the figures of some pattern, each moved, and any work."""
    calibration = model_runs.calibration()
    work = replace(work_at(*anywhere(rng)), spread=rng.random(), is_local=rng.random() < 0.5)
    costs = rng.choice(calibration.patterns)
    known = known_of(work, costs, rng.randint(1, 1024), calibration)
    return {name: value * rng.lognormvariate(0, 1) if name in FIGURES else value for name, value in known.items()}


def work_at(places: dict[str, int], boxes: dict[str, bool]) -> Work:
    """The work that is described by where sliders stand."""
    found: dict[str, Any] = {SLIDERS[name].field: SLIDERS[name].values[place] for name, place in places.items()}
    requests = bool(found["latency_seconds"] or found["size_bytes"])
    return Work(**found, requests=requests, is_warm=boxes["warm"])


def expected_of(work: Work, blocking_only: bool) -> dict[str, Any]:
    """What the page is to show, as Python says and writes it."""
    try:
        found = advise(model_runs.calibration(), work, blocking_only=blocking_only)
    except RunError:
        return {"choice": "none, for lack of memory", "time": "–"}
    first, *others = [one.pattern for one in found.named]
    or_others = f" or {len(others)} others" if len(others) > 1 else "".join(f" or {name}" for name in others)
    rows = [
        [
            one.pattern,
            f"{one.best.workers:,}",
            seconds(one.best.seconds.estimate),
            f"{seconds(one.best.seconds.low)} to {seconds(one.best.seconds.high)}",
            factor(one.slowness),
            seconds(one.best.cpu_seconds),
            size(one.best.peak_bytes),
        ]
        for one in found.options
    ]
    rows += sorted([one.pattern, one.reason] for one in found.excluded)
    return {"choice": f"{first}{or_others}", "time": f"{rows[0][2]} ({rows[0][3]})", "rows": rows}


def test_the_page_says_what_python_says(browser: Chromium, report: Path) -> None:
    rng = random.Random(1)
    cases = [anywhere(rng) for _ in range(WORKS)]
    known = [anything(rng) for _ in range(EXAMPLES)]

    def look(visit: Visit) -> tuple[list[dict[str, Any]], list[dict[str, float]]]:
        shown = [visit.page.evaluate(SET, case) for case in cases]
        return shown, visit.page.evaluate("(all) => all.map(quantities)", known)

    shown, found = browser.visit(report, look, drawn=False)
    for given, laws in zip(known, found, strict=True):
        expected = quantities(given)
        assert laws == pytest.approx({law.name: expected[law.name] for law in LAWS}, rel=1e-9, abs=1e-300)
    for (places, boxes), page in zip(cases, shown, strict=True):
        said = expected_of(work_at(places, boxes), boxes["blocking"])
        page["rows"].sort(key=lambda row: (len(row) == 2, row if len(row) == 2 else []))
        assert {name: page[name] for name in said} == said, places


def check_sliders(visit: Visit) -> None:
    """Sliders move with the keyboard, and answer and curve with them."""
    page = visit.page
    answer, curve = page.locator("#advising .card"), page.locator("#advice-curve .mark-line path").first
    before = answer.inner_text(), curve.get_attribute("d"), page.locator("[data-advice=command]").inner_text()
    assert "asyncio-processes" in before[0]
    assert before[2] == COMMAND
    latency = page.get_by_role("slider", name="Wait for a reply, each")
    assert latency.get_attribute("aria-valuetext") == "300 ms"
    latency.focus()
    page.keyboard.press("ArrowRight")
    assert latency.get_attribute("aria-valuetext") == "400 ms"
    assert page.locator("output[for=set-latency]").inner_text() == "400 ms"
    page.keyboard.press("Home")
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    page.get_by_role("slider", name="Size of a reply").press("Home")
    # Tasks that only compute, a second each, on two cores: processes.
    assert "multiprocessing" in answer.inner_text()
    assert "--tasks 2000 --cores 2 --cpu 1s" in page.locator("[data-advice=command]").inner_text()
    page.get_by_label("Blocking code, no coroutines").press("Space")
    assert page.locator("[data-advice=command]").inner_text().endswith("--cpu 1s --blocking-only")
    page.wait_for_function(
        "(old) => document.querySelector('#advice-curve .mark-line path').getAttribute('d') !== old", arg=before[1]
    )
    assert page.locator("#advice-curve .mark-line path").count() == 3
    assert answer.get_attribute("aria-live") == "polite"


def check_looks(visit: Visit, width: int) -> None:
    """Axe finds no violation, all text can be read, and nothing moves but what is moved."""
    rng = random.Random(2)
    check_texts(visit.evaluate(TEXTS))
    # The rest of a page is looked at in `test_page`.
    check_axe(visit, "#advice")
    visit.evaluate(OPEN_ALL)
    assert visit.evaluate("document.documentElement.scrollWidth") == width
    before = visit.evaluate(PLACES)
    for case in [anywhere(rng) for _ in range(WORKS)]:
        visit.page.evaluate(SET, case)
        assert visit.evaluate(PLACES) == before, case
    assert visit.evaluate("document.documentElement.scrollWidth") == width
    assert visit.complaints == []
    visit.page.emulate_media(media="print")
    assert not visit.page.get_by_role("slider", name="Cores").is_visible()
    assert visit.page.locator("output[for=set-cores]").is_visible()


def test_sliders_are_used_on_a_light_desk(browser: Chromium, report: Path) -> None:
    def look(visit: Visit) -> None:
        check_sliders(visit)
        check_looks(visit, DESK["width"])
        assert visit.requests == [report.as_uri()]

    browser.visit(report, look, color_scheme="light", viewport=DESK)


def test_a_dark_phone_shows_them_as_well(browser: Chromium, report: Path) -> None:
    browser.visit(report, lambda visit: check_looks(visit, PHONE["width"]), color_scheme="dark", viewport=PHONE)


def test_without_scripts_there_is_the_command_that_does_the_same(browser: Chromium, report: Path) -> None:
    def look(visit: Visit) -> None:
        said = visit.page.locator("#advice noscript").inner_text()
        assert COMMAND in said
        assert not visit.page.locator("#advising").is_visible()

    browser.visit(report, look, drawn=False, java_script_enabled=False)


def test_patterns_that_are_called_anything_are_shown_as_text(browser: Chromium, tmp_path: Path) -> None:
    made = json.dumps(model_runs.run(1))
    for number, name in enumerate(model_runs.PATTERNS):
        made = made.replace(json.dumps(name), json.dumps(f"{number}{HOSTILE}"))
    saved.save(tmp_path / "fox/0001_run.json", made.encode())
    file = publish(tmp_path, [], tmp_path / "report.html").file
    rng = random.Random(3)

    def look(visit: Visit) -> None:
        for _ in range(10):
            visit.page.evaluate(SET, anywhere(rng))
        assert "<script>" in str(visit.page.locator("[data-advice=rows]").text_content())
        assert visit.page.locator("#advising :is(img, script, a)").count() == 0
        assert visit.evaluate(IS_PLANTED) is None
        assert visit.complaints == []
        assert visit.requests == [file.as_uri()]

    browser.visit(file, look)
