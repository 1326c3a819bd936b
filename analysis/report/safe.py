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

from markupsafe import Markup
from msgspec.json import encode

from analysis.documents.html import text

# Letters of what a picture is handed.
LONGEST_VALUE = 600

# What could end a script's element or begin a comment in it, and what are ends of lines in JavaScript alone.
ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def output(value: object) -> object:
    """What a template prints: as it is if it was made to be printed, and cut otherwise."""
    return value if isinstance(value, Markup | int | float) or value is None else text(value)


def cut_values(found: Any, longest: int = LONGEST_VALUE) -> Any:
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
