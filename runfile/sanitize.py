"""Text from a saved run that is shown: without what a terminal would obey."""

from __future__ import annotations

import re

# C0 without tab and the ends of lines, DEL and C1: escaped as JSON does, or as they are.
CONTROL_SIGNS = (b"\\u00", b"\xc2", b"\x7f")
CONTROLS = re.compile(
    rb"\\u00(?:0[0-8bcef]|1[0-9a-f]|7f|[89][0-9a-f])|\xc2[\x80-\x9f]|\x7f",
    re.IGNORECASE,
)


def control_character(data: bytes) -> str | None:
    """The first one in JSON, and where it is, in words; None if there is none."""
    # Most files have none of these, and looking for them is much faster.
    if not any(sign in data for sign in CONTROL_SIGNS):
        return None
    found = CONTROLS.search(data)
    return f"the control character {found[0].decode()!a} at byte {found.start():,}" if found else None


def printable(text: str) -> str:
    """Text on one line, without the characters that move a cursor or turn what follows around."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
