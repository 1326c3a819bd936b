"""A real browser for the tests of the report: Chromium, headless, as the system has it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

T = TypeVar("T")

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
DRAWN = "html[data-drawn=all]"
PATIENCE_MILLISECONDS = 60_000  # of a busy machine


@dataclass
class Visit:
    """A page that is open, what it has complained of, and the addresses that it has asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def evaluate(self, script: str) -> Any:
        return self.page.evaluate(script)


class Chromium:
    """One browser for all tests, in a thread of its own: Playwright has an event loop, and pytest-asyncio another."""

    def __init__(self, executable: str) -> None:
        from playwright.sync_api import sync_playwright  # here, so that tests without a browser do not wait for it

        self._thread = ThreadPoolExecutor(max_workers=1)
        self._playwright = self._thread.submit(lambda: sync_playwright().start()).result()
        self._browser: Browser = self._thread.submit(
            self._playwright.chromium.launch, executable_path=executable, args=list(ARGUMENTS)
        ).result()

    def visit(self, file: Path, look: Callable[[Visit], T], *, drawn: bool = True, **context: Any) -> T:
        """Open a file in a fresh context, wait until its pictures are drawn, and have a look at it."""
        return self._thread.submit(self._visit, file, look, drawn, context).result()

    def close(self) -> None:
        for end in (self._browser.close, self._playwright.stop):
            self._thread.submit(end).result()
        self._thread.shutdown()

    def _visit(self, file: Path, look: Callable[[Visit], T], drawn: bool, context: dict[str, Any]) -> T:
        with self._browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **context}) as fresh:
            page = fresh.new_page()
            page.set_default_timeout(PATIENCE_MILLISECONDS)
            visit = Visit(page)
            page.on("console", lambda message: visit.complaints.append(f"{message.type}: {message.text}"))
            page.on("pageerror", lambda error: visit.complaints.append(str(error)))
            page.on("dialog", lambda dialog: visit.complaints.append(f"dialog: {dialog.message}"))
            page.on("request", lambda request: visit.requests.append(request.url))
            page.goto(file.as_uri())
            if drawn:
                page.wait_for_selector(DRAWN, state="attached")
            return look(visit)


@contextmanager
def chromium() -> Iterator[Chromium]:
    """The browser; skips the test where there is none, but in CI."""
    executable = next(filter(None, map(shutil.which, NAMES)), None)
    if executable is None:
        reason = f"the report is tested in a browser, and there is none of {', '.join(NAMES)}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    browser = Chromium(executable)
    try:
        yield browser
    finally:
        browser.close()


DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
OPEN_ALL = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
# Each would set this attribute if it were run.
PLANTED = "document.documentElement.dataset.planted = 'yes'"
IS_PLANTED = "document.documentElement.dataset.planted"
HOSTILE = (
    f"</script><script>{PLANTED}</script>"
    f'<img src=x onerror="{PLANTED}"><a href="javascript:{PLANTED}">go</a>{{{{ 7 * 7 }}}}'
    "<!--<script>&amp;\u202egnitrow sdrawkcab\u2066\u2028"
)
# Of each picture, the texts that can be seen, with their places on the page.
TEXTS = """
[...document.querySelectorAll(".picture svg")].map((picture) => {
    const box = (element) => {
        const at = element.getBoundingClientRect();
        return [at.left, at.top, at.right, at.bottom];
    };
    const seen = [...picture.querySelectorAll("text")].filter((text) => text.textContent.trim()
        && text.getAttribute("opacity") !== "0" && text.getBoundingClientRect().width);
    return [picture.closest("figure").id, box(picture), seen.map((text) => [text.textContent, box(text)])];
})
"""
Box = tuple[float, float, float, float]
Picture = tuple[str, Box, list[tuple[str, Box]]]
# Boxes are a little higher than what is written in them.
SLACK = 3


def cover(one: Box, other: Box) -> bool:
    return all(one[side] + SLACK < other[side + 2] and other[side] + SLACK < one[side + 2] for side in (0, 1))


def inside(box: Box, picture: Box) -> bool:
    return all(picture[side] - 1 <= box[side] and box[side + 2] <= picture[side + 2] + 1 for side in (0, 1))


def check_texts(pictures: list[Picture]) -> None:
    """Fail where a text of a picture is cut off, or covers another."""
    for figure, picture, texts in pictures:
        assert [text for text, box in texts if not inside(box, picture)] == [], figure
        pairs = [(one, other) for number, one in enumerate(texts) for other in texts[:number]]
        assert [(one[0], other[0]) for one, other in pairs if cover(one[1], other[1])] == [], figure


def check_axe(visit: Visit, place: str = "html", **options: Any) -> None:
    """Fail where axe finds a violation in a part of the page."""
    found = Axe().run(visit.page, context=place, options={"resultTypes": ["violations"], **options})
    assert found.violations_count == 0, found.generate_report()
