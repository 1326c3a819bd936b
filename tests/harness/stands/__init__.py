"""Tests of `harness/stands`."""
