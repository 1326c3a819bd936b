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
