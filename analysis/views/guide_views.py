"""The guide to the patterns, for a terminal or a pipe, and as GitHub's Markdown, which a document may hold."""

from __future__ import annotations

from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from analysis.findings.guide import Guide
from analysis.views.guide_words import PITFALL, PRICES, TITLE, chapter_of, explain, prices
from analysis.views.markdown import item, line, prose
from analysis.views.paragraphs import say
from analysis.views.words import DOUBTS, doubts, made_from
from runfile.atomic import new_file
from runfile.runs import RunError
from runfile.sanitize import printable

GAP = 2
BEGIN = "<!-- measured: what stands up to the end is written by `python -m analysis patterns` -->"
END = "<!-- measured: end -->"


def show(found: Guide, console: Console) -> None:
    """Print the guide, as wide as the console is."""
    say(console, made_from(found.summary))
    _show_prices(found, console)
    for chapter in found.chapters:
        console.print()
        say(console, chapter.name, style="bold")
        if chapter.facts:
            say(console, f"  {chapter.facts.summary}")
            say(console, f"  {PITFALL}: {chapter.facts.pitfall}")
        for said in chapter_of(chapter):
            say(console, f"  {said.sentence}")
            for detail in said.details:
                say(console, f"    {detail}")
    if sentences := _doubts(found):
        console.print()
        say(console, DOUBTS, style="bold")
        for subject, sentence in sentences:
            say(console, f"{subject}: {sentence}", lead=(len(subject) + 1, "bold yellow"))


def _show_prices(found: Guide, console: Console) -> None:
    columns = prices(found)
    if not columns:
        return
    console.print()
    say(console, PRICES, style="bold")
    rows = [
        ["", *(column.heading for column in columns)],
        *([printable(one.name), *(column.cell(one.costs) for column in columns)] for one in found.chapters),
    ]
    widths = [max(cell_len(row[place]) for row in rows) for place in range(len(columns) + 1)]
    gap = GAP if sum(widths) + GAP * len(columns) <= console.width else 1
    for number, (name, *cells) in enumerate(rows):
        figures = [" " * (width - cell_len(cell) + gap) + cell for cell, width in zip(cells, widths[1:], strict=True)]
        text = name + " " * (widths[0] - cell_len(name)) + "".join(figures)
        console.print(Text(text.rstrip(), style="" if number else "dim"), soft_wrap=True)
    say(console, explain(columns), style="dim")


def _doubts(found: Guide) -> list[tuple[str, str]]:
    """What speaks against the figures: its kind and what it is about, and the sentence."""
    said = [
        (
            f"{'warning' if one.is_warning else 'note'}: {one.subject}",
            one.sentence + (f" (worst: {one.place})" if one.place else ""),
        )
        for one in doubts(found.summary)
    ]
    return [*said, ("note: not taken", ", ".join(found.left_out))] if found.left_out else said


def render(found: Guide) -> str:
    """The guide as Markdown."""
    parts = [f"## {TITLE}", prose(made_from(found.summary))]
    if columns := prices(found):
        lines = [
            line(["", *(column.heading for column in columns)]),
            line(["---", *["--:"] * len(columns)]),
            *(
                line([prose(one.name), *(prose(column.cell(one.costs)) for column in columns)])
                for one in found.chapters
            ),
        ]
        parts += [f"### {PRICES}", "\n".join(lines), f"*{prose(explain(columns))}*"]
    for chapter in found.chapters:
        parts.append(f"### {prose(chapter.name)}")
        if chapter.facts:
            parts += [item(prose(chapter.facts.summary)), f"**{PITFALL.capitalize()}**: {prose(chapter.facts.pitfall)}"]
        for said in chapter_of(chapter):
            details = [f"- {item(prose(detail))}" for detail in said.details]
            parts.append("\n".join([prose(said.sentence), *(["", *details] if details else [])]))
    if sentences := _doubts(found):
        parts += [
            f"### {DOUBTS}",
            "\n".join(f"- **{prose(subject)}**: {prose(sentence)}" for subject, sentence in sentences),
        ]
    return "\n\n".join(parts) + "\n"


def write_into(document: Path, markdown: str) -> None:
    """Put Markdown between the marks of a document, in the place of what is there. Raises RunError."""
    try:
        text = document.read_text(encoding="utf-8")
        before, begin, rest = text.partition(BEGIN)
        _, end, after = rest.partition(END)
        if not (begin and end) or BEGIN in rest or END in after:
            raise RunError(
                f"{document} has no place for what was measured: give it one line {BEGIN} and after it one line {END}"
            )
        with new_file(document) as draft:
            draft.write_text(f"{before}{BEGIN}\n\n{markdown.strip()}\n\n{END}{after}", encoding="utf-8")
    except OSError as error:
        raise RunError(f"{document} cannot be rewritten ({error.strerror}): name another document") from error
    except UnicodeDecodeError as error:
        raise RunError(f"{document} is no text in UTF-8: name another document") from error
