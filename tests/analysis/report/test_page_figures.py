"""The pictures of a single run on a phone: no text is cut off or covers another. `test_page` has a whole page."""

from __future__ import annotations

from pathlib import Path

from analysis.report.publish import publish
from tests.analysis.report.browser import Chromium
from tests.support.made_up import pictured, saved

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


def check_texts(pictures: list[Picture]) -> None:
    """Fail where a text of a picture is cut off, or covers another."""
    for figure, picture, texts in pictures:
        assert [text for text, box in texts if not inside(box, picture)] == [], figure
        pairs = [(one, other) for number, one in enumerate(texts) for other in texts[:number]]
        assert [(one[0], other[0]) for one, other in pairs if cover(one[1], other[1])] == [], figure
