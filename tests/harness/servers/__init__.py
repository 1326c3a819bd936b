"""Tests of `harness/servers`."""
