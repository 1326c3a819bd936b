"""What tests read and change of the journal that a stopped run has left behind."""

import json
from pathlib import Path
from typing import Any

JOURNALS = "*/.unfinished-*"


def finished(storage: Path) -> int:
    """How many benchmarks the journal in a folder holds; of two, for the moment that one takes over from the other."""
    return max((file.read_bytes().count(b"\n") - 1 for file in storage.glob(f"{JOURNALS}.jsonl")), default=0)


def journal_in(storage: Path) -> Path:
    (file,) = storage.glob(JOURNALS)
    return file


def change(file: Path, **header: Any) -> None:
    """Change what a journal's first line tells."""
    head, _, rest = file.read_text().partition("\n")
    file.write_text(f"{json.dumps(json.loads(head) | header)}\n{rest}")


def change_conditions(file: Path, **conditions: Any) -> None:
    """Change how the run of a journal was made, as it tells."""
    head = json.loads(file.read_text().partition("\n")[0])
    change(file, conditions=head["conditions"] | conditions)


def lines_of(storage: Path) -> list[dict[str, Any]]:
    """The benchmarks that the journal in a folder holds."""
    return [json.loads(line) for line in journal_in(storage).read_text().splitlines()[1:]]
