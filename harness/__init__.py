"""How a pattern is measured on a workload, and what pytest sees of it."""
