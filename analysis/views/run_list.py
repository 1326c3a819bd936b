"""The runs there are, as a list."""

from __future__ import annotations

from analysis.documents.document import Block, Column, Document, Paragraph, Row, Table, Tone, items
from analysis.findings.run_list import RunList
from analysis.stats.units import count
from analysis.views.provenance import MEANWHILE

HEADINGS = ("date", "machine", "Python", "commit", "effort", "benchmarks", "disturbed", "flagged")
NUMBERS = {"benchmarks", "disturbed", "flagged"}
LEFT_OUT = "compare, gate, trend and export leave them out"


def document(found: RunList) -> Document:
    """Runs from the oldest, and the files that are not runs."""
    columns = [Column(heading, heading in NUMBERS) for heading in HEADINGS]
    rows = [Row(run.number, [str(getattr(run, heading.lower())) for heading in HEADINGS]) for run in found.runs]
    machines = len({run.machine for run in found.runs})
    total = Paragraph(f"{count(len(found.runs), 'run')} on {count(machines, 'machine')}")
    blocks: list[Block] = [*([Table(columns, rows, names="number")] if rows else []), total]
    if disturbed := sum(run.disturbed for run in found.runs):
        blocks.append(Paragraph(f"disturbed: {count(disturbed, 'measurement')}, {MEANWHILE}; {LEFT_OUT}", Tone.CAUTION))
    skipped = items([f"skipped: {one.reason}" for one in found.skipped], Tone.CAUTION)
    return Document("Saved runs", [*blocks, *skipped])
