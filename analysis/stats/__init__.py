"""Statistics, which know nothing of runs: intervals, changes, change points, thresholds."""
