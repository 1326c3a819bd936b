"""What a report says of how to repeat it: the commands, the runs, and what was not taken."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from analysis.documents.document import Block, Column, Commands, Heading, Paragraph, Row, Table, items
from analysis.findings.summary import SummarisedRun
from analysis.report.gather import ReportRuns
from analysis.views.provenance import made_from
from runfile.digests import RunDigest
from runfile.runs import Run

EFFORTS = {"fast": ["--fast"], "rigorous": ["--rigorous"]}
MOST_RUNS_NAMED = 20
COLUMNS = (Column("date", False), Column("commit", False), Column("effort", False), Column("order seed"))


def repeating(gathered: ReportRuns) -> list[Block]:
    """How to make all of it again, and of which runs it is."""
    summary, machine = gathered.material.summary, gathered.material.summary.machine
    records = {str(record.path): record for record in gathered.records}
    rows = [_row(source, records.get(source.file)) for source in summary.runs]
    left_out = items(gathered.left_out)
    return [
        Paragraph(f"{made_from(summary)}; {machine.fingerprint}, Python built with {machine.compiler}"),
        Paragraph("the same again, in the order of the newest run:"),
        Commands([*_commands(gathered, records.get(summary.runs[-1].file))]),
        Heading("The runs"),
        Table(COLUMNS, rows, names="run"),
        *([Heading("Not taken"), *left_out] if left_out else []),
    ]


def _row(source: SummarisedRun, record: RunDigest | None) -> Row:
    """A run: its number or file, when, the commit, the effort and the seed of its order."""
    commit = record.commit.short if record else "unknown"
    cells = [source.datetime[:16].replace("T", " "), commit, source.effort, str(source.order_seed)]
    return Row((record.number if record else "") or Path(source.file).name, cells)


def _commands(gathered: ReportRuns, newest: RunDigest | None) -> Iterator[str]:
    """What makes the newest run again, and then this report."""
    summary = gathered.material.summary
    source, machine = summary.runs[-1], summary.machine.name
    if newest and newest.commit.id != "unknown":
        changed = "  # and what was changed there, which was not committed" if newest.commit.dirty else ""
        yield shlex.join(["git", "checkout", newest.commit.id]) + changed
    versions = [f"{name}=={version}" for name, version in summary.packages.items()]
    yield shlex.join(["pip", "install", "-r", "requirements.txt", *versions])
    how = [*EFFORTS.get(source.effort, []), "--order-seed", str(source.order_seed)]
    where = [f"--start-method={summary.start_method}", *(["--machine", machine] if machine else [])]
    yield shlex.join(["pytest", "--benchmark-only", *how, *where, *_own_work(gathered.material.runs[-1])])
    files = [run.file for run in summary.runs]
    yield shlex.join(["python", "-m", "analysis", "report", *files[:MOST_RUNS_NAMED]])


def _own_work(run: Run) -> list[str]:
    """The options that name one's own work, and with how many workers it was measured."""
    if not (file := run.session.run.workload):
        return []
    workers = sorted({one.facts.workers for one in run.benchmarks})
    return [f"--workload={file}", f"--workers={','.join(map(str, workers))}"]
