"""Does a single run give the right answer?

    for run in 1 2 3 4 5; do make bench; done
    python -m tools.first_answer .benchmarks/FOLDER

Takes each run on its own, as a reader with one run would, and compares its headline answers with those of all runs
together: how many name exactly the same patterns, how many are decided, and how many name as best a pattern that is
more than ten percent behind by all runs.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from analysis.findings.answer import Choice, Confidence, answer
from analysis.findings.summary import summarise
from analysis.views import answer as view
from runfile.runs import Run, RunError
from tools.command import command, runs_named

FEWEST_RUNS = 2
FAR_BEHIND = 1.10


@dataclass
class AnswerTally:
    """What single runs answer to one question, beside what all runs together do."""

    together: Choice
    answers: int = 0
    exact: int = 0
    decided: int = 0
    wrong: int = 0
    others: Counter[str] = field(default_factory=Counter)

    def add(self, choice: Choice) -> None:
        named, right = set(view.chosen(choice)), set(view.chosen(self.together))
        self.answers += 1
        self.decided += choice.confidence is Confidence.CONCLUSIVE
        self.exact += named == right
        self.wrong += is_far_behind(view.chosen(choice)[0], self.together)
        if named != right:
            self.others[" or ".join(sorted(named))] += 1

    def __str__(self) -> str:
        right = " or ".join(view.chosen(self.together))
        others = "".join(f"; {name} {times} times" for name, times in self.others.most_common())
        return (
            f"{view.name(self.together)}: {right} by all runs ({self.together.confidence}), "
            f"and by {self.exact} of {self.answers}, {self.decided} decided{others}"
        )


def is_far_behind(contender: str, together: Choice) -> bool:
    """Whether a contender takes ten percent longer than the fastest, or more, or is not there at all."""
    own = [one for one in together.candidates if one.contender == contender]
    return not own or own[0].slowness.estimate > FAR_BEHIND


def headlines(runs: Sequence[Run]) -> dict[str, Choice]:
    """The headline answers of runs, by what they are for."""
    return {view.name(choice): choice for choice in answer(summarise(runs), runs).headlines}


def tallies(runs: Sequence[Run]) -> list[AnswerTally]:
    """What each run says on its own, for each answer of all together. Raises RunError when they are not alike."""
    found = {name: AnswerTally(choice) for name, choice in headlines(runs).items()}
    for run in runs:
        for name, choice in headlines([run]).items():
            found[name].add(choice)
    return list(found.values())


def lines(found: Sequence[AnswerTally]) -> Iterator[str]:
    """A line for each answer, and one for all."""
    yield from (f"  {one}" for one in found)
    answers, exact, decided, wrong = (
        sum(getattr(one, name) for one in found) for name in ("answers", "exact", "decided", "wrong")
    )
    yield f"{exact} of {answers} name exactly what all runs together name; {decided} are decided"
    yield f"{wrong} name as best a pattern that is more than {FAR_BEHIND - 1:.0%} behind"


@command
def main(arguments: Sequence[str]) -> None:
    """Print what the single runs are worth that the command line names."""
    runs = runs_named(arguments)
    if len(runs) < FEWEST_RUNS:
        raise RunError(f"{len(runs)} run cannot be compared with others: name a folder or files with many")
    found = tallies(runs)
    if not found:
        raise RunError("these runs have no headline answer: make some with `make bench`")
    print(f"{len(runs)} runs, each on its own")
    print("\n".join(lines(found)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
