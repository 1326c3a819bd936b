"""Advice in a page: sliders that describe work, the laws as a script, and a map of which pattern wins where."""
