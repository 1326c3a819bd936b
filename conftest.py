"""Wires pytest to the harness and to the summary of what was measured."""

pytest_plugins = [
    "harness.events",
    "harness.ab",
    "harness.plugin",
    "harness.options.selected_patterns",
    "harness.dask.cluster",
    "harness.custom.advising",
    "harness.custom.workload",
    "harness.persistence.session",
    "harness.persistence.resume",
    "analysis.plugin",
    "analysis.advising",
]
