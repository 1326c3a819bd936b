"""--patterns: which patterns a run measures."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import patterns
from harness.options.selected_patterns import chosen
from tests.support.suite import listed, refusal


def measured(*arguments: str) -> set[str]:
    """The patterns whose benchmarks of math-primes would be measured."""
    found = "\n".join(listed("-k", "cpu_bound and math-primes", *arguments))
    return set(re.findall(r"test_cpu_bound\[(\S+)-math-primes\]", found))


def declare(monkeypatch: pytest.MonkeyPatch, name: str, **parts: Any) -> None:
    """Have a pattern declare other things than it does."""
    monkeypatch.setitem(patterns._patterns(), name, replace(patterns.get(name), **parts))


def test_the_default_ones_without_the_option_or_those_that_are_named_or_all() -> None:
    default = {name for name in patterns.names() if patterns.get(name).by_default}
    assert measured() == default
    assert set(chosen(("default",))) == default
    assert measured("--patterns", "threading, sequential,threading") == {"threading", "sequential"}
    assert chosen(("all",)) == set(patterns.names())


def test_more_beside_the_default_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, "threading", by_default=False)
    assert "threading" not in chosen(("default",))
    assert "threading" in chosen(("default", "threading"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("fibers", "--patterns: there is no pattern 'fibers': choose from asyncio, "),
        (",", "',' names no pattern: give some such as threading,asyncio"),
    ],
)
def test_a_name_that_is_none_is_refused(tmp_path: Path, words: str, sentence: str) -> None:
    assert sentence in refusal(tmp_path, f"--patterns={words}")


def test_a_pattern_that_cannot_run_here_is_refused_when_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    declare(monkeypatch, "threading", own_unavailable=lambda: "the moon is not full")
    assert "threading" in chosen(("default",)), "and otherwise skipped, with the reason"
    with pytest.raises(pytest.UsageError, match="threading cannot run here: the moon is not full"):
        chosen(("threading",))
