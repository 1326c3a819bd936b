"""`python -m analysis VERB`: the verbs, their options, and how each begins and ends."""
