"""Whether documents can have pictures here: what draws them is not built for every Python."""

from __future__ import annotations

from importlib.util import find_spec

from runfile.runs import RunError

# The modules, and what they are called where they are installed from.
DRAWN_WITH = {"altair": "altair", "vl_convert": "vl-convert-python", "jinja2": "Jinja2"}
ELSEWHERE = "make it of the saved runs with `python -m analysis report` under another Python"


def check_drawing(what: str = "a report", instead: str = ELSEWHERE) -> None:
    """Refuse a Python without what draws pictures, some of which is not built for every Python. Raises RunError."""
    if missing := [package for module, package in DRAWN_WITH.items() if find_spec(module) is None]:
        verb = "is" if len(missing) == 1 else "are"
        raise RunError(
            f"{what} is drawn with {' and '.join(missing)}, which {verb} not installed: `pip install -r "
            f"requirements.txt`, or {instead}"
        )
