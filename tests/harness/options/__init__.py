"""Tests of `harness/options`."""
