"""What changed between runs, as documents: two environments in turns, two groups of runs, a long history."""
