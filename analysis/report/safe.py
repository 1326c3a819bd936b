"""What comes from a saved run, and whose it is nobody knows, in a page: shown as text, and nothing else.

Three lines of defence: whatever a template prints is escaped, cut and rid of what turns text around; what scripts read
cannot end their element; and the page's policy names the scripts and the style that it has by their hashes, and allows
no other, no request, no frame, no form.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape
from msgspec.json import encode

from runfile.sanitize import printable

# More than any sentence here has.
LONGEST = 600
LONGEST_NAME = 80
CUT = "…"
# What could end a script's element or begin a comment in it, and what are ends of lines in JavaScript alone.
ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def text(value: object, longest: int = LONGEST) -> str:
    """Text on one line, of a sane length, without characters that turn around what follows."""
    found = str(value)
    # Cut before, too: of a megabyte the rest is not even looked at.
    plain = printable(found[: 4 * longest])
    return plain if len(plain) <= longest and len(found) <= 4 * longest else plain[: longest - 1].rstrip() + CUT


def output(value: object) -> object:
    """What a template prints: as it is if it was made to be printed, and cut otherwise."""
    return value if isinstance(value, Markup | int | float) or value is None else text(value)


def foreign(value: object, longest: int = LONGEST_NAME) -> Markup:
    """A name from a saved run, set apart so that its direction is its own."""
    return Markup("<bdi>{}</bdi>").format(text(value, longest))


def prose(value: object) -> Markup:
    """A sentence in which what is between backquotes is code."""
    parts = text(value).split("`")
    if len(parts) % 2 == 0:
        return escape(text(value))
    marked = [
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    ]
    return Markup("").join(marked)


def cut_values(found: Any, longest: int = LONGEST) -> Any:
    """The same structure with all its text cut."""
    if isinstance(found, str):
        return text(found, longest) if len(found) > longest else found
    if isinstance(found, dict):
        return {key: cut_values(value, longest) for key, value in found.items()}
    if isinstance(found, list | tuple):
        return [cut_values(value, longest) for value in found]
    return found


def script_json(found: Any) -> Markup:
    """JSON that cannot end the element of a script."""
    encoded = encode(found).decode()
    for character, escaped in ESCAPES.items():
        encoded = encoded.replace(character, escaped)
    return Markup(encoded)  # noqa: S704 - escaped, just above


def source_hash(code: str) -> str:
    """How a Content-Security-Policy names a script or a style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"


def policy(scripts: Sequence[str], styles: Sequence[str]) -> str:
    """The Content-Security-Policy of a page with these, and nothing else."""
    rules = {
        "default-src": ["'none'"],
        "script-src": [source_hash(code) for code in scripts],
        "style-src": [source_hash(code) for code in styles],
        "img-src": ["data:"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items())
