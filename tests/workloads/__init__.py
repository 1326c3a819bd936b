"""Tests of `workloads`."""
