"""Check that a folder holds one saved run, with every benchmark of the suite in it, measured and described.

Beside it lies outcomes.xml, of pytest's --junitxml, which tells those that were skipped with a reason.
"""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

FACTS = {
    "schema",
    "question",
    "pattern",
    "workload",
    "workers",
    "tasks",
    "lifecycle",
    "contender",
    "baseline",
    "ideal_seconds",
    "yardstick_seconds",
    "flags",
    "contest",
}


def collected() -> set[str]:
    """The ids of all benchmarks that there are."""
    command = [sys.executable, "-m", "pytest", "benchmarks", "--collect-only", "-q"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {line for line in output.splitlines() if "::" in line}


def skipped(outcomes: Path) -> dict[str, str]:
    """The ids of the benchmarks that could not run here, each with its reason."""
    cases = ElementTree.parse(outcomes).iter("testcase")  # noqa: S314 - of our own pytest
    return {
        f"{case.attrib['classname'].replace('.', '/')}.py::{case.attrib['name']}": reason.attrib["message"]
        for case in cases
        if (reason := case.find("skipped")) is not None
    }


def complaints(run: dict, unmeasured: dict[str, str]) -> list[str]:
    """What is wrong with a saved run, a sentence each."""
    measured = {one["fullname"] for one in run["benchmarks"]}
    found = [f"{name} is missing" for name in sorted(collected() - measured - unmeasured.keys())]
    for one in run["benchmarks"]:
        if missing := FACTS - one["extra_info"].keys():
            found.append(f"{one['fullname']} does not tell its {', '.join(sorted(missing))}")
        if not one["extra_info"].get("observation"):
            found.append(f"{one['fullname']} was not observed")
        if not one["stats"].get("data") or min(one["stats"]["data"]) <= 0:
            found.append(f"{one['fullname']} has no rounds")
    if run["machine_info"].get("three_patterns", {}).get("schema") != 4:
        found.append("the machine is not described")
    return found


def main() -> int:
    files = list(Path(sys.argv[1]).glob("*/*.json"))
    if len(files) != 1:
        print(f"{len(files)} runs were saved, not one")
        return 1
    run = json.loads(files[0].read_text(encoding="utf-8"))
    unmeasured = skipped(Path(sys.argv[1]) / "outcomes.xml")
    found = complaints(run, unmeasured)
    for reason in sorted(set(unmeasured.values())):
        print(f"skipped: {reason}")
    print("\n".join(found) or f"the saved run is whole: {len(run['benchmarks'])} benchmarks")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
