"""Check that a folder holds one saved run, with every benchmark of the suite in it, measured and described."""

import json
import subprocess
import sys
from pathlib import Path

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
}


def collected() -> set[str]:
    """The ids of all benchmarks that there are."""
    command = [sys.executable, "-m", "pytest", "benchmarks", "--collect-only", "-q"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {line for line in output.splitlines() if "::" in line}


def complaints(run: dict) -> list[str]:
    """What is wrong with a saved run, a sentence each."""
    found = [f"{name} is missing" for name in sorted(collected() - {one["fullname"] for one in run["benchmarks"]})]
    for one in run["benchmarks"]:
        if missing := FACTS - one["extra_info"].keys():
            found.append(f"{one['fullname']} does not tell its {', '.join(sorted(missing))}")
        # Of a server in the test process there is nothing to be seen in another one.
        if not one["extra_info"].get("observation") and one["extra_info"].get("server") != "in-process":
            found.append(f"{one['fullname']} was not observed")
        if not one["stats"].get("data") or min(one["stats"]["data"]) <= 0:
            found.append(f"{one['fullname']} has no rounds")
    if run["machine_info"].get("three_patterns", {}).get("schema") != 3:
        found.append("the machine is not described")
    return found


def main() -> int:
    files = list(Path(sys.argv[1]).glob("*/*.json"))
    if len(files) != 1:
        print(f"{len(files)} runs were saved, not one")
        return 1
    run = json.loads(files[0].read_text(encoding="utf-8"))
    found = complaints(run)
    print("\n".join(found) or f"the saved run is whole: {len(run['benchmarks'])} benchmarks")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
