"""Tests of `harness/surroundings`."""
