"""The laws as a function in JavaScript, made of the very lines that Python evaluates."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from analysis.model.laws import FUNCTIONS, GIVEN, LAWS, Law

# What means the same in both languages. Two operators in a row would not: `//` is a comment in one of them.
SHARED = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?|[a-z][a-z_]*|[-+*/](?![-+*/])|[(), ])+")
NAME = re.compile(r"[a-z][a-z_]*")


def script(laws: Sequence[Law] = LAWS) -> str:
    """An expression for a function that takes an object with all of `GIVEN`, and returns all that the laws give.

    Raises ValueError for a law with anything that JavaScript may not read as Python does.
    """
    for number, law in enumerate(laws):
        _check(law, {*FUNCTIONS, *GIVEN, *(before.name for before in laws[:number])})
    return "\n".join(
        [
            "(() => {",
            f"const {{{', '.join(FUNCTIONS)}}} = Math;",
            f"return ({{{', '.join(GIVEN)}}}) => {{",
            *(f"const {law.name} = {law.formula};" for law in laws),
            f"return {{{', '.join(law.name for law in laws)}}};",
            "};",
            "})()",
        ]
    )


def _check(law: Law, known: Collection[str]) -> None:
    if not SHARED.fullmatch(law.formula):
        raise ValueError(f"{law.name} = {law.formula}: JavaScript may not read that as Python does")
    if strangers := set(NAME.findall(law.formula)) - set(known):
        raise ValueError(f"{law.name} = {law.formula}: {', '.join(sorted(strangers))} is no function, nor given before")
