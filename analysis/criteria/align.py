"""Which tables of several machines ask the same, although their titles tell different numbers of workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runfile.benchmarks import Benchmark, BenchmarkInfo

# Question, workload and lifecycle: what a title of the suite's own tells besides the number of workers.
Family = tuple[str, str, str]


@dataclass(frozen=True)
class AlignedQuestion:
    """A table of one machine; without a family if its title is not of the suite's usual kind."""

    title: str
    workers: int
    family: Family | None


@dataclass(frozen=True)
class Match:
    """A table of several machines: what it is called on each, None where there is none."""

    name: str  # as short as it can be without being another's
    title: str
    titles: tuple[str | None, ...]


def asked(title: str, benchmarks: Sequence[Benchmark]) -> AlignedQuestion:
    """What a table of one machine asks."""
    facts = benchmarks[0].facts
    usual = all(title in _titles(one.facts) for one in benchmarks)
    return AlignedQuestion(title, facts.workers, (facts.question, facts.workload, facts.lifecycle) if usual else None)


def match(tables: Sequence[Sequence[AlignedQuestion]], cores: Sequence[int]) -> list[Match]:
    """Bring together the tables of machines with so many usable cores, in the order of the first machine.

    A title tells how many workers there were, and not why so many. If what two machines do not share is, on each, the
    number of its own cores, then a worker for each core is what was asked. Otherwise the number was: scaling asks with
    1, 2 and 4 workers here and with 1, 8 and 16 there, and only the first is the same.
    """
    shared = _shared_numbers(tables)
    per_core = {family for family in shared if _is_per_core(family, tables, cores, shared[family])}
    found: dict[str, list[str | None]] = {}
    families: dict[str, Family] = {}
    for machine, own in enumerate(tables):
        for one in own:
            names = [one.title]
            if one.family in per_core:
                question, workload, lifecycle = one.family
                names = [one.title] if one.workers in shared[one.family] else []
                if one.workers == cores[machine]:
                    names.append(f"{question}: {workload}, a worker for each core, {lifecycle}")
            for name in names:
                found.setdefault(name, [None] * len(tables))[machine] = one.title
                if one.family:
                    families[name] = one.family
    # Without the lifecycle, where that is not another's too.
    short = {title: ": ".join(families[title][:2]) if title in families else title for title in found}
    taken = list(short.values())
    return [
        Match(short[title] if taken.count(short[title]) == 1 else title, title, tuple(titles))
        for title, titles in found.items()
    ]


def _titles(facts: BenchmarkInfo) -> set[str]:
    workers = {f"{facts.workers} workers", "1 worker" if facts.workers == 1 else ""} - {""}
    return {f"{facts.question}: {facts.workload}, {number}, {facts.lifecycle}" for number in workers}


def _shared_numbers(tables: Sequence[Sequence[AlignedQuestion]]) -> dict[Family, set[int]]:
    """For each family, the numbers of workers that all machines have which have any."""
    families = dict.fromkeys(one.family for own in tables for one in own if one.family)
    numbers = {family: [{one.workers for one in own if one.family == family} for own in tables] for family in families}
    return {family: set.intersection(*filter(None, sets)) for family, sets in numbers.items()}


def _is_per_core(
    family: Family, tables: Sequence[Sequence[AlignedQuestion]], cores: Sequence[int], shared: set[int]
) -> bool:
    rest = [{one.workers for one in own if one.family == family} - shared for own in tables]
    return any(rest) and all(numbers <= {own} for numbers, own in zip(rest, cores, strict=True))
