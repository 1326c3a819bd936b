"""Tests of `harness/custom`."""
