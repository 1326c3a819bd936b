"""What was found, for programs: JSON with a schema number. Durations are in seconds, sizes in bytes, unrounded."""

from __future__ import annotations

from msgspec import Struct
from msgspec.json import encode, format  # noqa: A004

SCHEMA = 1


def render(**found: Struct) -> str:
    """What was found, each under its name."""
    return format(encode({"schema": SCHEMA, **found}), indent=2).decode() + "\n"
