"""The work that is measured: one module per kind of work, and the local HTTP server that some of it needs.

A module that binds `WORKLOADS`, a sequence of `contract.Workload`s, is found by `registry` without further edits.
"""
