"""The summary for machines: JSON with a schema number."""

from __future__ import annotations

from msgspec import Struct
from msgspec.json import encode, format  # noqa: A004

from analysis.summary import Summary

SCHEMA = 1


class _Document(Struct, frozen=True):
    schema: int
    summary: Summary


def render(summary: Summary) -> str:
    """The summary as JSON. Durations are in seconds and sizes in bytes, unrounded."""
    return format(encode(_Document(SCHEMA, summary)), indent=2).decode() + "\n"
