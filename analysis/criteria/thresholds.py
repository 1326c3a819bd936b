"""Smallest change that counts: 5 % unless the project or the command line says otherwise.

In pytest.ini, percent for all benchmarks, and for those whose name matches a pattern with `*`:

    regression_threshold =
        5
        *download-large* 10

Or in a TOML file, pyproject.toml unless another one is named:

    [tool.three_patterns.thresholds]
    default = 5
    "*download-large*" = 10
"""

from __future__ import annotations

import configparser
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runfile.runs import RunError

DEFAULT_PERCENT = 5.0
LARGEST_PERCENT = 10_000.0
OPTION = "regression_threshold"
TABLE = ("tool", "three_patterns", "thresholds")
EXAMPLE = "give percent above 0, such as 5"


@dataclass(frozen=True)
class Thresholds:
    """A fraction for all benchmarks, such as 0.05, and others for those whose name matches a pattern."""

    default: float = DEFAULT_PERCENT / 100
    special: Mapping[str, float] = field(default_factory=dict)

    def of(self, benchmark: str) -> float:
        """The threshold of a benchmark; of several patterns that match, the last one's."""
        return [value for regex, value in self.rules if re.fullmatch(regex, benchmark, re.DOTALL)][-1]

    @property
    def rules(self) -> list[tuple[str, float]]:
        """Regular expressions for names, with the threshold of those that match; of several, the last one counts."""
        # Not fnmatch: names of benchmarks have brackets in them, and none of a pattern's is meant as a set.
        special = [(".*".join(map(re.escape, pattern.split("*"))), value) for pattern, value in self.special.items()]
        return [(".*", self.default), *special]


def thresholds(given: str | None, toml: Path | None, folder: Path) -> Thresholds:
    """What the command line gives as the default and as the TOML file, else what stands in the folder's own files.

    Raises RunError for what is not a threshold, naming it and its place.
    """
    found = _from_toml(toml) if toml else _from_toml(folder / "pyproject.toml") or _from_ini(folder / "pytest.ini")
    if toml and not found:
        raise RunError(f"{toml} has no table [{'.'.join(TABLE)}]: add it, or name another file with --thresholds")
    found = found or Thresholds()
    if given is None:
        return found
    return Thresholds(_fraction(given, "--threshold"), found.special)


def _fraction(value: object, place: str) -> float:
    try:
        percent = float(str(value).strip().removesuffix("%")) if not isinstance(value, bool) else math.nan
    except ValueError:
        percent = math.nan
    if 0 < percent <= LARGEST_PERCENT:
        return percent / 100
    raise RunError(f"{value!r} ({place}) is not a threshold: {EXAMPLE}")


def _from_toml(path: Path) -> Thresholds | None:
    try:
        table: Any = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        if path.name == "pyproject.toml":
            return None
        raise RunError(f"{path} cannot be read ({error.strerror}): name another file with --thresholds") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RunError(f"{path} cannot be read ({reason}): name a TOML file with --thresholds") from error
    for key in TABLE:
        table = table.get(key) if isinstance(table, dict) else None
    if table is None:
        return None
    if not isinstance(table, dict):
        raise RunError(f"{'.'.join(TABLE)} in {path} is not a table: {EXAMPLE} for default, and for patterns")
    return _thresholds((str(name), value, f"{path}, {name}") for name, value in table.items())


def _from_ini(path: Path) -> Thresholds | None:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        raise RunError(f"{path} cannot be read ({str(error).splitlines()[0]}): fix it") from error
    text = parser.get("pytest", OPTION, fallback=None)
    if text is None:
        return None
    entries = (line.rpartition(" ") for line in map(str.strip, text.splitlines()) if line)
    return _thresholds((pattern.strip() or "default", value, f"{path}, {OPTION}") for pattern, _, value in entries)


def _thresholds(entries: Iterable[tuple[str, object, str]]) -> Thresholds:
    special = {name: _fraction(value, place) for name, value, place in entries}
    return Thresholds(special.pop("default", DEFAULT_PERCENT / 100), special)
