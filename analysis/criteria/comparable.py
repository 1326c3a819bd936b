"""Which runs can be taken together: those of one machine, that did the same work, each once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.stats.units import count
from runfile.benchmarks import BenchmarkInfo
from runfile.digests import RunDigest
from runfile.runs import Run, RunError, load
from runfile.selection import when

# More make no interval much narrower, and the oldest were made with older code.
MOST_RUNS = 20
MOST_NAMED = 4


@dataclass(frozen=True)
class ComparableRuns:
    """Runs of one machine from the oldest, and for what reasons how many others are left out."""

    runs: list[Run]
    left_out: list[str]


def check_alike(runs: Sequence[Run]) -> None:
    """Refuse runs that cannot be taken together.

    Raises RunError when they are of unlike machines, when two of them are the same run, or when benchmarks of one
    name did not do the same work, as where the file of one's own has changed in between.
    """
    first = runs[0]
    seen: dict[tuple[tuple[float, ...], ...], Run] = {}
    works: dict[tuple[str, str], tuple[Run, BenchmarkInfo]] = {}
    for run in runs:
        here, there = run.session.machine.fingerprint, first.session.machine.fingerprint
        if here != there:
            raise RunError(
                f"{first.source} was made on machine {there} and {run.source} on machine {here}: "
                "seconds of unlike machines are not taken together, so summarise them one at a time"
            )
        same = seen.setdefault(tuple(one.seconds for one in run.benchmarks), run)
        if same is not run:
            raise RunError(f"{same.source} and {run.source} are the same run, which counts once: name only one of them")
        for one in run.benchmarks:
            other, facts = works.setdefault((one.table, one.facts.contender), (run, one.facts))
            for what in ("workload", "workers", "tasks", "lifecycle", "baseline"):
                if (mine := getattr(one.facts, what)) != (theirs := getattr(facts, what)):
                    raise RunError(
                        f"{one.table!r}, {one.facts.contender}, is not the same work in two runs "
                        f"({what}: {theirs} in {other.source}, {mine} in {run.source}): summarise them one at a time"
                    )
            if other.session.run.workload_digest != (now := run.session.run).workload_digest:
                raise RunError(
                    f"{one.table!r} is not the same work in two runs ({now.workload} was changed between "
                    f"{other.source} and {run.source}): summarise them one at a time"
                )


def differences_of(runs: Sequence[Run]) -> list[str]:
    """What was not the same in all runs, though they are of one machine."""
    packages = dict.fromkeys(name for run in runs for name in run.session.packages)
    conditions: dict[str, list[str]] = {
        "start method": [run.session.start_method for run in runs],
        "effort": [run.session.run.effort for run in runs],
        "settings": [" and ".join(run.session.settings) or "none" for run in runs],
        **{name: [run.session.packages.get(name, "absent") for run in runs] for name in packages},
    }
    return [
        f"the runs differ in {name} ({', '.join(dict.fromkeys(values))}), and so their figures may; "
        "summarise those that are alike"
        for name, values in conditions.items()
        if len(set(values)) > 1
    ]


def like_the_newest(records: Sequence[RunDigest]) -> ComparableRuns:
    """Of all records, the newest run and those of its machine that are like it. Raises RunError if none can be used."""
    usable, unusable = _from_the_newest(records)
    machine = usable[0].session.machine.fingerprint
    return _alike([one for one in usable if one.session.machine.fingerprint == machine], unusable)


def newest_alike(records: Sequence[RunDigest]) -> ComparableRuns:
    """Of one machine's records, the newest run and those that are like it. Raises RunError if none can be used."""
    return _alike(*_from_the_newest(records))


def _alike(newest_first: Sequence[RunDigest], unusable: list[str]) -> ComparableRuns:
    """The runs like the first: same packages, same start method, same settings, same work.

    Their effort may differ, which changes how often the same work is timed. What cannot be used is left out.
    """
    newest = newest_first[0]
    runs: list[Run] = []
    seen: set[tuple[str, tuple[tuple[str, float], ...]]] = set()
    unlike: list[str] = []
    unlike_runs = copies = other_work = older = 0
    for record in newest_first:
        content = (record.datetime, tuple(sorted(record.seconds.items())))
        if content in seen:
            copies += 1
        elif differing := _differing(record, newest):
            unlike_runs += 1
            unlike += differing
        elif len(runs) == MOST_RUNS:
            older += 1
        # As far as that shows without reading the run whole: to read all runs of older code would take long.
        elif any(newest.works.get(name, work) != work for name, work in record.works.items()):
            other_work += 1
        else:
            try:
                run = load(record.path)
            except RunError as error:
                unusable.append(str(error))
            else:
                if _is_alike(runs, run):
                    runs.append(run)
                else:
                    other_work += 1
        seen.add(content)
    named = list(dict.fromkeys(unlike))
    more = ", …" if len(named) > MOST_NAMED else ""
    reasons = [
        (unlike_runs, f"{count(unlike_runs, 'run')} unlike the newest ({', '.join(named[:MOST_NAMED])}{more})"),
        (other_work, f"{count(other_work, 'run')} of other work under the same name"),
        (older, f"{count(older, 'run')} older than the newest {MOST_RUNS}"),
        (copies, f"{copies} saved twice"),
    ]
    return ComparableRuns(runs[::-1], [*unusable, *(reason for number, reason in reasons if number)])


def _from_the_newest(records: Sequence[RunDigest]) -> tuple[list[RunDigest], list[str]]:
    """Records from the newest that can be used, and why those that are newer cannot. Raises RunError if none can."""
    newest_first = sorted(records, key=when, reverse=True)
    unusable: list[str] = []
    for number, record in enumerate(newest_first):
        try:
            check_alike([load(record.path)])
        except RunError as error:
            unusable.append(str(error))
        else:
            return newest_first[number:], unusable
    raise RunError(unusable[0])


def _differing(record: RunDigest, newest: RunDigest) -> list[str]:
    """What a run was made with and the newest was not."""
    here, there = record.session, newest.session
    found = [f"start method {here.start_method}"] if here.start_method != there.start_method else []
    if here.dask != there.dask:
        found.append(f"Dask with {here.dask or 'no cluster named'}")
    found += [setting for setting in here.settings if setting not in there.settings]
    found += [f"no {setting}" for setting in there.settings if setting not in here.settings]
    for name in dict.fromkeys([*here.packages, *there.packages]):
        version = here.packages.get(name)
        if version != there.packages.get(name):
            found.append(f"{name} {version}" if version else f"no {name}")
    return found


def _is_alike(runs: Sequence[Run], run: Run) -> bool:
    try:
        check_alike([*runs, run])
    except RunError:
        return False
    return True
