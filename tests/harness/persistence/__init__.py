"""Tests of `harness/persistence`."""
