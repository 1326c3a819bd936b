"""The runs there are, as a list."""

from __future__ import annotations

from analysis.documents.document import Column, Document, Paragraph, Row, Table, Tone, items
from analysis.findings.run_list import RunList
from analysis.stats.units import count

HEADINGS = ("date", "machine", "Python", "commit", "effort", "benchmarks", "flagged")
NUMBERS = {"benchmarks", "flagged"}


def document(found: RunList) -> Document:
    """Runs from the oldest, and the files that are not runs."""
    columns = [Column(heading, heading in NUMBERS) for heading in HEADINGS]
    rows = [Row(run.number, [str(getattr(run, heading.lower())) for heading in HEADINGS]) for run in found.runs]
    machines = len({run.machine for run in found.runs})
    total = Paragraph(f"{count(len(found.runs), 'run')} on {count(machines, 'machine')}")
    skipped = items([f"skipped: {one.reason}" for one in found.skipped], Tone.CAUTION)
    return Document("Saved runs", [*([Table(columns, rows, names="number")] if rows else []), total, *skipped])
