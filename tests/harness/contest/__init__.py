"""Tests of `harness/contest`."""
