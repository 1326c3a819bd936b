"""What a report says of how it was made: the machine, the versions, the runs, and how to repeat it."""

from __future__ import annotations

import shlex
from pathlib import Path

from analysis.criteria.labels import build
from analysis.findings.summary import Summary
from analysis.report.gather import ReportRuns
from analysis.stats.units import count, size
from runfile.digests import RunDigest
from runfile.runs import Run

DAY = 10  # letters of a date
EFFORTS = {"fast": ["--fast"], "rigorous": ["--rigorous"]}
MOST_RUNS_NAMED = 20


def byline(summary: Summary) -> str:
    """The runs, the machine and the Python, as briefly as can be."""
    machine = summary.machine
    return (
        f"{count(len(summary.runs), 'run')} on {machine.name or machine.fingerprint} "
        f"({machine.cpu}, {count(machine.usable_cores, 'usable core')}), {machine.implementation} {build(machine)}, "
        f"{days(summary)}"
    )


def days(summary: Summary) -> str:
    """When the runs were made."""
    found = sorted({run.datetime[:DAY] for run in summary.runs})
    return found[0] if len(found) == 1 else f"{found[0]} to {found[-1]}"


def machine(summary: Summary) -> list[tuple[str, str]]:
    """What the machine and the Python are, each fact with its name."""
    one = summary.machine
    gil = "off" if not one.gil else "on, in a free-threaded build" if one.free_threaded else "on"
    facts = [
        ("Machine", f"{one.name} ({one.fingerprint})" if one.name else one.fingerprint),
        ("CPU", f"{one.cpu}, {count(one.usable_cores, 'usable core')}"),
        ("Memory", size(one.memory_bytes)),
        ("System", f"{one.os} {one.architecture}"),
        ("Python", f"{one.implementation} {build(one)}, {one.compiler}"),
        ("GIL", gil),
        ("Processes by", summary.start_method),
    ]
    return facts + [("JIT", "on")] * one.jit


def runs(gathered: ReportRuns) -> list[tuple[str, ...]]:
    """A line for each run: its number or file, when, the commit, the effort and the seed of its order."""
    by_file = {str(record.path): record for record in gathered.records}
    lines: list[tuple[str, ...]] = []
    for source in gathered.material.summary.runs:
        record = by_file.get(source.file)
        name = (record.number if record else "") or Path(source.file).name
        commit = record.commit.short if record else "unknown"
        lines.append((name, source.datetime[:16].replace("T", " "), commit, source.effort, str(source.order_seed)))
    return lines


RUNS_HEADINGS = ("run", "date", "commit", "effort", "order seed")


def repeat(gathered: ReportRuns) -> list[str]:
    """The commands that make the newest run again, and then this report."""
    summary = gathered.material.summary
    newest, records = summary.runs[-1], {str(record.path): record for record in gathered.records}
    commands = _checkout(records.get(newest.file))
    versions = [f"{name}=={version}" for name, version in summary.packages.items()]
    commands.append(_command("pip", "install", "-r", "requirements.txt", *versions))
    commands.append(
        _command(
            *("pytest", "--benchmark-only", *EFFORTS.get(newest.effort, [])),
            *("--order-seed", str(newest.order_seed), f"--start-method={summary.start_method}"),
            *(["--machine", summary.machine.name] if summary.machine.name else []),
            *_own_work(gathered.material.runs[-1]),
        )
    )
    return [*commands, again(summary)]


def _own_work(run: Run) -> list[str]:
    """The options that name one's own work, and with how many workers it was measured."""
    if not (file := run.session.run.workload):
        return []
    workers = sorted({one.facts.workers for one in run.benchmarks})
    return [f"--workload={file}", f"--workers={','.join(map(str, workers))}"]


def again(summary: Summary) -> str:
    """The command that makes this report of these runs."""
    files = [run.file for run in summary.runs]
    return _command("python", "-m", "analysis", "report", *files[:MOST_RUNS_NAMED])


def _checkout(record: RunDigest | None) -> list[str]:
    if record is None or record.commit.id == "unknown":
        return []
    changed = "  # and what was changed there, which was not committed" if record.commit.dirty else ""
    return [_command("git", "checkout", record.commit.id) + changed]


def _command(*words: str) -> str:
    return shlex.join(words)
