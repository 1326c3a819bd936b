"""Wires pytest to the harness and to the summary of what was measured."""

pytest_plugins = [
    "harness.plugin",
    "harness.chosen",
    "harness.versus",
    "harness.dask",
    "harness.own",
    "harness.saving",
    "harness.resume",
    "analysis.plugin",
]
