"""The report in a real browser: drawn, quiet, for everybody to use, and deaf to what a saved run would have it do."""

import asyncio
import json
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from analysis.report.publish import publish
from tests.analysis.report.browser import (
    DESK,
    HOSTILE,
    IS_PLANTED,
    NAMES,
    OPEN_ALL,
    PHONE,
    PLANTED,
    TEXTS,
    Chromium,
    Picture,
    Visit,
    check_axe,
    check_texts,
    chromium,
)  # fmt: skip
from tests.support.made_up import pictured, saved

LONG = "x" * 2**20


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs with something for every section: all pictures, a history, and another machine."""
    folder = tmp_path_factory.mktemp("runs")
    for number in range(1, 12):
        factor = 1 + number / 1000 + (0.3 if number > 5 else 0)
        saved.save(folder / f"fox/{number:04}_run.json", slowed(factor, "1a2b3c4d", f"2026-11-{number:02}"))
    saved.save(folder / "owl/0001_run.json", slowed(0.5, "5e6f7a8b", "2026-10-01"))
    return folder


def slowed(factor: float, machine: str, day: str) -> dict[str, Any]:
    """A run on a machine with a long name that takes so many times as long."""
    benchmarks = [saved.slower(one, factor) for one in pictured.everything()]
    made = saved.run(benchmarks, machine=saved.machine(machine, name=f"workstation-{machine}"))
    return {**made, "datetime": f"{day}T12:00:00+00:00"}


@pytest.fixture(scope="module")
def report(storage: Path) -> Path:
    return publish(storage, [], storage / "report.html").file


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of a run in which whatever is text is markup, script, too long, or turned around."""
    folder = tmp_path_factory.mktemp("hostile")
    text = HOSTILE + LONG
    patterns = {name: {"summary": text, "pitfall": text} for name in ("asyncio", text)}
    benchmarks = pictured.everything()
    for number, one in enumerate(benchmarks):
        one["name"] = one["fullname"] = f"{number}{HOSTILE}"
        one["extra_info"]["flags"] = [{"name": HOSTILE, "value": 1.0, "sentence": HOSTILE}]
    benchmarks[0]["extra_info"]["flags"] = [{"name": text, "value": 2.0, "sentence": text}]
    strange = [f"{number}{HOSTILE}" for number in range(4)]
    benchmarks += pictured.table(
        f"own: {HOSTILE}", dict.fromkeys(strange, (0.1, None)), question="own", workload=HOSTILE
    )
    benchmarks[-1]["fullname"] += LONG
    made = saved.run(
        benchmarks,
        machine=saved.machine(name=text, cpu=text, os=text, compiler=text),
        packages={text: text, "aiohttp": text},
        conditions=[{"name": text, "sentence": text, "value": text}],
        patterns=patterns,
        start_method=text,
    )
    made["commit_info"] = {"id": text, "branch": text, "dirty": True}
    file = saved.save(folder / "fox/0001_run.json", made)
    return publish(folder, [str(file)], folder / "report.html").file


def check_pictures(visit: Visit) -> None:
    """Every picture is drawn, and tells its numbers under the pointer."""
    figures = visit.page.locator("[data-figure]")
    names = [figures.nth(number).get_attribute("data-figure") for number in range(figures.count())]
    empty = [
        name
        for name in names
        if visit.page.locator(f"[data-figure='{name}'] svg .role-mark :is(path, rect, text, line)").count() == 0
    ]
    assert len(names) > 10
    assert {"history", "machines"} <= {str(name).partition("-")[0] for name in names}
    assert empty == []
    assert visit.page.locator(".failed").count() == 0
    check_texts(visit.evaluate(TEXTS))
    visit.page.locator("[data-figure^=timeline] svg .mark-rect path").last.hover()
    tooltip = visit.page.locator("#vg-tooltip-element.visible")
    tooltip.wait_for()
    assert "took" in tooltip.inner_text()


def check_keyboard(visit: Visit) -> None:
    """The keyboard reaches whatever can be used, and uses it."""
    usable = "document.querySelectorAll('a[href], button, summary, [tabindex=\"0\"]')"
    visible = f"[...{usable}].filter((one) => one.checkVisibility())"
    visit.evaluate(f"{visible}.forEach((one, number) => {{ one.dataset.number = number; }})")
    expected = visit.evaluate(f"{visible}.length")
    reached = []
    for _ in range(expected):
        visit.page.keyboard.press("Tab")
        reached.append(visit.evaluate("Number(document.activeElement.dataset.number ?? -1)"))
    assert reached == list(range(expected))
    first = visit.page.locator("figure details").first
    assert not first.locator("table").is_visible()
    first.locator("summary").focus()
    visit.page.keyboard.press("Enter")
    assert first.locator("table").is_visible()
    skip = visit.page.locator("[data-number='0']")
    assert skip.inner_text() == "To the answer"
    skip.focus()
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**#answer")


# What a dark page and a light one have of their own.
COLOURS = """
() => {
    const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
    const names = rules.flatMap((rule) => [...(rule.style ?? [])]).filter((name) => name.startsWith("--"));
    return names.map((name) => {
        document.body.style.outlineColor = `var(${name})`;
        return getComputedStyle(document.body).outlineColor;
    });
}
"""


def check_turning(visit: Visit, scheme: str) -> None:
    """The page follows the system, which has that scheme, and a button turns it."""

    def paper() -> str:
        return str(visit.evaluate("getComputedStyle(document.body).backgroundColor"))

    def colours(system: str) -> list[str]:
        visit.page.emulate_media(color_scheme=system)  # type: ignore[arg-type]
        return list(visit.evaluate(COLOURS))

    before = paper()
    assert before == {"light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"}[scheme]
    other = {"light": "dark", "dark": "light"}[scheme]
    by_system = {one: colours(one) for one in (other, scheme)}
    button = visit.page.get_by_role("button", name="Dark page")
    pressed = button.get_attribute("aria-pressed")
    button.click()
    assert paper() != before
    assert button.get_attribute("aria-pressed") != pressed
    # As where the system is turned, which axe has looked at in the other case.
    assert colours(scheme) == by_system[other] != by_system[scheme]
    button.click()
    assert paper() == before


def check_paper(visit: Visit) -> None:
    """Paper gets light pictures and all tables, and no buttons."""
    visit.evaluate("document.querySelectorAll('figure details').forEach((one) => { one.open = false; })")
    visit.page.emulate_media(media="print", color_scheme="dark")
    visit.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert visit.page.locator("details:not([open])").count() == 0
    assert visit.evaluate("[...document.querySelectorAll('figure table')].every((one) => one.checkVisibility())")
    assert not visit.page.locator("#theme").is_visible()
    assert visit.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert visit.evaluate("getComputedStyle(document.querySelector('.picture')).color") == "rgb(0, 0, 0)"
    visit.evaluate("dispatchEvent(new Event('afterprint'))")
    assert visit.page.locator("figure details[open]").count() == 0
    assert visit.page.pdf().startswith(b"%PDF")


def test_a_page_is_drawn_and_quiet_and_for_everybody(browser: Chromium, report: Path) -> None:
    """In one visit, because it is drawing the page that takes long."""

    def look(visit: Visit) -> None:
        check_keyboard(visit)
        # One table of a picture is open by now, and the others are made alike.
        check_axe(visit)
        check_pictures(visit)
        check_turning(visit, "light")
        visit.evaluate(OPEN_ALL)
        assert visit.evaluate("document.documentElement.scrollWidth") == DESK["width"]
        check_paper(visit)
        assert visit.complaints == []
        assert visit.requests == [report.as_uri()]

    browser.visit(report, look, color_scheme="light", viewport=DESK)


def test_a_phone_has_nothing_to_scroll_sideways_and_no_text_that_is_cut_off(browser: Chromium, report: Path) -> None:
    def look(visit: Visit) -> None:
        check_texts(visit.evaluate(TEXTS))
        visit.evaluate(OPEN_ALL)
        assert visit.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

    browser.visit(report, look, viewport=PHONE)


def test_texts_of_pictures_of_a_single_run_are_whole_and_apart(browser: Chromium, tmp_path: Path) -> None:
    """On a machine whose speed jumps."""
    others = [row for row in pictured.everything() if row["group"] != saved.PRIMES]
    made = saved.run([*others, *pictured.jumping({"asyncio": 4})])
    saved.save(tmp_path / "1a2b3c4d/0001_run.json", made)
    file = publish(tmp_path, [], tmp_path / "report.html").file
    pictures: list[Picture] = browser.visit(
        file, lambda visit: visit.evaluate(TEXTS), viewport={"width": 390, "height": 900}
    )
    assert len(pictures) > 10
    check_texts(pictures)


def test_without_scripts_there_are_captions_and_tables(browser: Chromium, report: Path) -> None:
    def look(visit: Visit) -> None:
        page = visit.page
        assert "The pictures below are drawn by a script" in page.locator("noscript").inner_text()
        assert not page.locator("#theme").is_visible()
        assert all(caption.inner_text().strip() for caption in page.locator("figcaption").all())
        table = page.locator("figure details").first
        table.locator("summary").click()
        assert table.locator("table").is_visible()

    browser.visit(report, look, drawn=False, java_script_enabled=False)


def test_nothing_that_a_run_holds_is_run_or_makes_a_dark_phone_scroll_sideways(
    browser: Chromium, hostile: Path
) -> None:
    def look(visit: Visit) -> None:
        links = visit.evaluate("[...document.querySelectorAll('a[href]')].map((one) => one.getAttribute('href'))")
        assert [link for link in links if not link.startswith("#")] == []
        assert visit.evaluate(IS_PLANTED) is None
        assert visit.complaints == []
        assert visit.requests == [hostile.as_uri()]
        text = visit.page.locator("body").inner_text()
        assert "<script>" in text
        assert "{{ 7 * 7 }}" in text
        assert not set("\u202e\u2066\u2028") & set(text)
        assert visit.page.locator("img").count() == 0
        assert visit.page.locator(".failed").count() == 0
        check_axe(visit)
        check_turning(visit, "dark")
        visit.evaluate(OPEN_ALL)
        assert visit.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

    browser.visit(hostile, look, color_scheme="dark", viewport=PHONE)
    assert hostile.stat().st_size < 3 * 2**20


def test_the_policy_stops_a_script_that_would_get_into_the_page(
    browser: Chromium, report: Path, tmp_path: Path
) -> None:
    whole = report.read_text(encoding="utf-8")
    planted = f'<script>{PLANTED}</script><img src=x onerror="{PLANTED}"><img src="https://example.org/seen.png">'
    file = tmp_path / "planted.html"
    file.write_text(whole.replace("<main>", f"<main>{planted}"), encoding="utf-8")

    def look(visit: Visit) -> None:
        assert visit.evaluate(IS_PLANTED) is None
        assert len(visit.complaints) >= 3
        assert all("Content Security Policy" in complaint for complaint in visit.complaints)

    browser.visit(file, look, drawn=False)


@pytest.mark.asyncio
async def test_a_planted_script_runs_without_the_policy_and_no_event_loop_is_in_the_way(
    browser: Chromium, tmp_path: Path
) -> None:
    """Playwright has a loop of its own, which leaves that of other tests alone."""
    file = tmp_path / "bare.html"
    file.write_text(f"<script>{PLANTED}</script>", encoding="utf-8")
    planted = await asyncio.to_thread(browser.visit, file, lambda visit: visit.evaluate(IS_PLANTED), drawn=False)
    assert planted == "yes"


@pytest.mark.parametrize(("in_ci", "outcome"), [(False, pytest.skip.Exception), (True, pytest.fail.Exception)])
def test_without_a_browser_these_are_skipped_but_never_in_ci(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_ci: bool, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", "true") if in_ci else monkeypatch.delenv("CI", raising=False)
    with pytest.raises(outcome, match=f"there is none of {', '.join(NAMES)}"), chromium():
        pass


def test_what_scripts_read_cannot_end_their_element(hostile: Path) -> None:
    whole = hostile.read_text(encoding="utf-8")
    _, _, rest = whole.partition('<script type="application/json" id="specifications">')
    data, _, _ = rest.partition("</script>")
    assert json.loads(data)
    assert "<" not in data


class _Ids(HTMLParser):
    """The ids of a page, as often as they stand there."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: Counter[str | None] = Counter()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.update(value for name, value in attrs if name == "id")


@pytest.mark.parametrize("page", ["report", "hostile"])
def test_no_page_has_an_id_twice(page: str, request: pytest.FixtureRequest) -> None:
    ids = _Ids(request.getfixturevalue(page).read_text(encoding="utf-8")).found
    assert {"answer", "history", "specifications"} <= ids.keys()
    assert [one for one, times in ids.items() if times > 1] == []
