"""What the answer says: what to choose, by how much, how sure, and what changes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console

from analysis.answer import PRACTICAL, Answer, Choice, Outcome, Standing, Sureness
from analysis.harmless import printable
from analysis.paragraphs import say
from analysis.units import bounds, count, factor, percent

PRACTICALLY = percent(PRACTICAL - 1)
NOTHING = "these runs compare no patterns on any work: `make bench` does"


def show(answer: Answer, console: Console) -> None:
    """Print what comes first of an answer, a line each; all of it if nothing does."""
    if not answer.choices:
        say(console, NOTHING)
    for choice in answer.headlines or answer.choices:
        name = printable(choice.headline or choice.kind)
        say(console, f"{name}: {line(choice)}", lead=(len(name) + 1, "bold"))


def line(choice: Choice) -> str:
    """What to choose, by how much and how sure, in a line."""
    return f"{_listed(chosen(choice), 'or')}, {_gain(choice) or _others(choice)}; {how_sure(choice)}"


def chosen(choice: Choice) -> Sequence[str]:
    """What to choose: the baseline alone if nothing is faster."""
    baseline = _baseline(choice)
    return (baseline,) if baseline in choice.chosen else choice.chosen


def how_much(choice: Choice) -> str:
    """What is gained over the baseline, over each other, and over the next best."""
    return ", ".join(filter(None, [_gain(choice), _others(choice)])) or "nothing is known of how much"


def how_sure(choice: Choice) -> str:
    """How sure a choice is, and what was flagged."""
    runs = "one run" if choice.runs == 1 else count(choice.runs, "run")
    sure = {
        Sureness.GUESS: f"a first guess, from {runs}",
        Sureness.OPEN: f"not decided between them by {runs}",
        Sureness.SURE: f"sure, by {runs}",
    }[choice.sureness]
    return f"{sure} (flagged {_listed(choice.flags, 'and')})" if choice.flags else sure


def changes(choice: Choice) -> list[str]:
    """When something else is chosen, a sentence each."""
    return [_change(choice, outcome) for outcome in choice.changes]


def unchanged(choice: Choice) -> str:
    """On how much a choice rests where nothing changes it."""
    if choice.changes or len(choice.outcomes) < 2:
        return ""
    return f"the same for {_listed([outcome.called for outcome in choice.outcomes], 'and')}"


def _baseline(choice: Choice) -> str | None:
    """What the patterns are held against, if that may be chosen as well."""
    baseline = choice.outcomes[0].baseline
    return baseline if choice.outcomes[0].has(baseline) else None


def _gain(choice: Choice) -> str:
    """What is gained over the baseline, and by how much the chosen differ."""
    baseline = _baseline(choice)
    if baseline in choice.chosen:
        return "no pattern makes it any faster"
    parts = []
    gains = [gain for name in choice.chosen for gain in _speed_ups(choice, name)]
    if baseline and gains:
        parts.append(f"{_range(gains)} as fast as {baseline}")
    if len(choice.chosen) > 1:
        parts.append(_among_each_other(choice))
    return ", ".join(parts)


def _speed_ups(choice: Choice, contender: str) -> list[float]:
    own = [one for outcome in choice.outcomes for one in outcome.all if one.contender == contender]
    return [one.speed_up.estimate for one in own if one.speed_up]


def _range(values: Sequence[float]) -> str:
    low, high = factor(min(values)), factor(max(values))
    return low if low == high or max(values) / min(values) < PRACTICAL else f"{low} to {high}"


def _among_each_other(choice: Choice) -> str:
    chosen = [one for outcome in choice.outcomes for one in outcome.chosen if one.contender in choice.chosen]
    if open_ones := [one for one in chosen if one.is_open]:
        furthest = max(open_ones, key=lambda one: one.slowness)
        return f"not told apart ({_apart(furthest)})"
    return f"within {_within(chosen)} of each other"


def _apart(one: Standing) -> str:
    return f"{factor(one.slowness)}{f' {bounds(one.interval)}' if one.interval else ''}"


def _within(standings: Iterable[Standing]) -> str:
    """By how much the slowest is behind, in whole percent that promise nothing too much."""
    return percent(max(1, round((max(one.slowness for one in standings) - 1) * 100 + 0.49)) / 100)


def _others(choice: Choice) -> str:
    """What the rest of the patterns gain: nothing, or how far the next best is behind."""
    baseline = _baseline(choice)
    rest = [
        one.contender
        for one in choice.outcomes[0].all
        if one.contender not in choice.chosen and one.contender != baseline
    ]
    if not rest:
        return ""
    gains = [gain for name in rest for gain in _speed_ups(choice, name)]
    if baseline and gains and max(gains) <= PRACTICAL and baseline not in choice.chosen:
        return f"{_listed(rest, 'and')} gain{'s' if len(rest) == 1 else ''} nothing"
    behind = {name: [one.slowness(name) for one in choice.outcomes if one.has(name)] for name in rest}
    nearest = min(rest, key=lambda name: max(behind[name]))
    return f"{nearest} takes {_range(behind[nearest])} as long"


def _change(choice: Choice, outcome: Outcome) -> str:
    where = outcome.called
    more = [one for one in outcome.chosen if one.contender not in choice.chosen]
    if more and set(choice.chosen) <= set(outcome.names):
        names = _listed([one.contender for one in more], "and")
        if any(one.is_open for one in more):
            return f"{where}: {names} cannot be told from {'it' if len(choice.chosen) == 1 else 'them'}"
        return f"{where}: {names} too, within {_within(more)}"
    lead = _lead(outcome)
    return f"{where}: {_listed(outcome.names, 'or')}{lead}"


def _lead(outcome: Outcome) -> str:
    if not outcome.others:
        return ""
    following = min(outcome.others, key=lambda one: one.slowness)
    return f", {_apart(following)} as fast as {following.contender}"


def _listed(names: Sequence[str], word: str) -> str:
    *others, last = names
    return f"{', '.join(others)} {word} {last}" if others else last
