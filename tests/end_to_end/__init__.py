"""Tests of the suite as its users run it."""
