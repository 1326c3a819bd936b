"""Saved runs: their format, their names and places, reading, choosing and writing them. Both sides share it."""
