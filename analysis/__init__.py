"""What saved runs mean: reading, statistics, verdicts. Knows saved runs only, none of the rooms that made them."""
