"""What a report says of how to repeat it: the commands, the runs, and what was not taken."""

from __future__ import annotations

import shlex
from pathlib import Path

from analysis.documents.document import Block, Column, Commands, Heading, Paragraph, Row, Table, items
from analysis.findings.summary import Source, Summary
from analysis.report.gather import ReportRuns
from runfile.digests import RunDigest
from runfile.runs import Run

EFFORTS = {"fast": ["--fast"], "rigorous": ["--rigorous"]}
MOST_RUNS_NAMED = 20
COLUMNS = (Column("date", False), Column("commit", False), Column("effort", False), Column("order seed"))


def repeating(gathered: ReportRuns) -> list[Block]:
    """How to make all of it again, and of which runs it is."""
    machine = gathered.material.summary.machine
    records = {str(record.path): record for record in gathered.records}
    rows = [_row(source, records.get(source.file)) for source in gathered.material.summary.runs]
    left_out = items(gathered.left_out)
    return [
        Paragraph(f"the machine is {machine.fingerprint}, and its Python is built with {machine.compiler}"),
        Paragraph("the same again, in the order of the newest run:"),
        Commands(_commands(gathered, records)),
        Heading("The runs"),
        Table(COLUMNS, rows, names="run"),
        *([Heading("Not taken"), *left_out] if left_out else []),
    ]


def _row(source: Source, record: RunDigest | None) -> Row:
    """A run: its number or file, when, the commit, the effort and the seed of its order."""
    commit = record.commit.short if record else "unknown"
    cells = [source.datetime[:16].replace("T", " "), commit, source.effort, str(source.order_seed)]
    return Row((record.number if record else "") or Path(source.file).name, cells)


def _commands(gathered: ReportRuns, records: dict[str, RunDigest]) -> list[str]:
    """What makes the newest run again, and then this report."""
    summary = gathered.material.summary
    newest = summary.runs[-1]
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
    return [*commands, _again(summary)]


def _own_work(run: Run) -> list[str]:
    """The options that name one's own work, and with how many workers it was measured."""
    if not (file := run.session.run.workload):
        return []
    workers = sorted({one.facts.workers for one in run.benchmarks})
    return [f"--workload={file}", f"--workers={','.join(map(str, workers))}"]


def _again(summary: Summary) -> str:
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
