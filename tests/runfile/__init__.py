"""Tests of `runfile`."""
