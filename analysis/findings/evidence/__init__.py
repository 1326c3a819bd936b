"""What an answer rests on: the tables of runs that compare patterns, and those that compare numbers of workers."""
