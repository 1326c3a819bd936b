"""The library that draws a page's pictures: Vega, Vega-Lite and vega-embed in one script, out of vl-convert.

It takes vl-convert a second or more to put it together, and it is the same for all reports: so it is kept in the
virtual environment, as compiled modules are, and goes with it.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex

from runfile.atomic import write_atomic

ENTRY = "window.vegaEmbed = vegaEmbed;"


@cache
def library() -> str:
    """The script, which defines `window.vegaEmbed`."""
    file = kept_at()
    with suppress(OSError, UnicodeError):
        return file.read_text(encoding="utf-8")
    import vl_convert

    script: str = vl_convert.javascript_bundle(ENTRY)
    if sys.prefix != sys.base_prefix:  # what is there belongs to the environment alone
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(file, script.encode(), file.with_name(f".writing-{token_hex(8)}"))
    return script


def kept_at() -> Path:
    """Where the environment keeps the script of the version of vl-convert that is installed."""
    return Path(sys.prefix, "share", "three-patterns", f"vega-of-vl-convert-{version('vl-convert-python')}.js")
