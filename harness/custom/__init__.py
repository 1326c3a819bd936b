"""One's own workload: finding, validating and measuring it."""
