"""The report's pictures where they are seen: on a phone and on a wide screen, no text is cut off or covers another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analysis.report.publish import publish
from tests import pictured, saved
from tests.browser import Chromium, Visit

PHONE, DESK = 390, 1280
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


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of runs with something for every section, a history with a step, and two machines with long names."""
    folder = tmp_path_factory.mktemp("runs")
    for machine, slower in (("1a2b3c4d", 1.3), ("5e6f7a8b", 0.5)):
        for number in range(12):
            rows = pictured.everything()
            for row in rows:
                times = (1 + number / 1000) * (slower if number > 5 else 1)
                row |= saved.slower(row, times)
            made = saved.run(rows, machine=saved.machine(machine, name=f"workstation-{machine}"))
            made["datetime"] = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)).isoformat()
            saved.save(folder / f"{machine}/{number:04}_run.json", made)
    return publish(folder, [], folder / "report.html").file


def cover(one: Box, other: Box) -> bool:
    return all(one[side] + SLACK < other[side + 2] and other[side] + SLACK < one[side + 2] for side in (0, 1))


def inside(box: Box, picture: Box) -> bool:
    return all(picture[side] - 1 <= box[side] and box[side + 2] <= picture[side + 2] + 1 for side in (0, 1))


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of one run alone, on a machine whose speed jumps."""
    folder = tmp_path_factory.mktemp("single")
    others = [row for row in pictured.everything() if row["group"] != saved.PRIMES]
    made = saved.run([*others, *pictured.jumping({"asyncio": 4})])
    saved.save(folder / "1a2b3c4d/0001_run.json", made)
    return publish(folder, [], folder / "report.html").file


@pytest.mark.parametrize(("name", "width"), [("report", PHONE), ("report", DESK), ("single", PHONE)])
def test_texts_of_a_picture_are_whole_and_apart(
    browser: Chromium, request: pytest.FixtureRequest, name: str, width: int
) -> None:
    report: Path = request.getfixturevalue(name)

    def look(visit: Visit) -> list[Picture]:
        return visit.evaluate(TEXTS)  # type: ignore[no-any-return]

    pictures = browser.visit(report, look, viewport={"width": width, "height": 900})
    assert len(pictures) > 10
    check_texts(pictures)


def check_texts(pictures: list[Picture]) -> None:
    """Fail where a text of a picture is cut off, or covers another."""
    for figure, picture, texts in pictures:
        assert [text for text, box in texts if not inside(box, picture)] == [], figure
        pairs = [(one, other) for number, one in enumerate(texts) for other in texts[:number]]
        assert [(one[0], other[0]) for one, other in pairs if cover(one[1], other[1])] == [], figure
