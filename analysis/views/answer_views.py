"""The answer for a terminal or a pipe, and as GitHub's Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console

from analysis.findings.answer import Answer, Choice
from analysis.views import answer_words as words
from analysis.views.markdown import inert, plain
from analysis.views.paragraphs import say
from analysis.views.words import made_from
from runfile.sanitize import printable

TITLE = "Which one to choose?"


def show(answer: Answer, console: Console) -> None:
    """Print what comes first of an answer, a line each, with what would decide what is open; all if nothing does."""
    if not answer.choices:
        say(console, words.NOTHING)
    for choice in answer.headlines or answer.choices:
        _say_line(choice, console)
        if open_one := words.to_decide(choice):
            say(console, f"    {open_one}")


def show_all(answer: Answer, console: Console) -> None:
    """Print the whole answer: what comes first, what changes it, and the other kinds of work."""
    say(console, made_from(answer))
    if not answer.choices:
        console.print()
        say(console, words.NOTHING)
    for group in (answer.headlines, answer.others):
        if group:
            console.print()
        for choice in group:
            _say_line(choice, console)
            for detail in _details(choice):
                say(console, f"    {detail}")


def _say_line(choice: Choice, console: Console) -> None:
    name = printable(words.name(choice))
    say(console, f"{name}: {words.line(choice)}", lead=(len(name) + 1, "bold"))


def _details(choice: Choice) -> Iterator[str]:
    """What there is to say of a choice besides its line."""
    if open_one := words.to_decide(choice):
        yield open_one
    yield from words.changes(choice)
    if same := words.unchanged(choice):
        yield same


def render(answer: Answer) -> str:
    """The whole answer as Markdown."""
    parts = [f"## {TITLE}", plain(made_from(answer))]
    if not answer.choices:
        parts.append(words.NOTHING)
    for group in (answer.headlines, answer.others):
        if group:
            parts.append("\n".join(line for choice in group for line in _items(choice)))
    return "\n\n".join(parts) + "\n"


def _items(choice: Choice) -> Iterator[str]:
    yield f"- **{inert(words.name(choice))}**: {inert(words.line(choice))}"
    code = f"`{words.command(choice)}`"
    for detail in _details(choice):
        before, command, _ = detail.partition(code)
        yield f"  - {inert(before)}{command}"
