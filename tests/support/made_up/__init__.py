"""Saved runs that nobody measured, of which it is known what they say."""
