"""Processes that do the work of one contender: where they come from, what they are asked, what they take."""
