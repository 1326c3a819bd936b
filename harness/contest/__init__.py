"""Contests: what stands in one table is measured in turns, each contender in processes of its own.

    contest (a table)                       decided, or out of time
      repeat 1, 2, …                        a fresh process, a stand, for each contender still in the race
        round 1, 2, …, in balanced order    one contender active at a time: go → seconds → checked

`engine` holds a contest and `race` says when it is decided; neither knows what a contender does. `contender` asks a
stand, a process of `harness.stands`, for its rounds and notes down what they cost.
"""
