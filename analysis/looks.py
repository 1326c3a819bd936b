"""When a comparison may be looked at while it is still being made, without more false alarms for looking often.

Of the error that is allowed in all, α, each look may spend a share: α·(n/N)³ in all by n of N pairs, so that little is
spent on early looks and most is left for the last one. A look is judged at the level of what it newly spends, and by
Boole's inequality the looks together then err with α at most, whatever their dependence.

The spending of α over looks is Lan and DeMets's (Biometrika 70, 1983), the family α·tᵖ Kim and DeMets's (Biometrika 74,
1987). That dependence is not made use of costs a little power, and saves an assumption.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from analysis.comparison import LEVEL
from analysis.statistics import ENOUGH_RUNS

POWER = 3
# Looks at half of the pairs and at all of them. An early look costs power at the end, and of fewer than five pairs
# nothing is decided.
SHARES = (1 / 2, 1.0)
FEWEST_TO_LOOK_EARLY = 2 * ENOUGH_RUNS


@dataclass(frozen=True)
class Look:
    """A look after so many pairs, judged at that level."""

    pairs: int
    level: float


def looks(pairs: int) -> list[Look]:
    """The looks at a comparison of so many pairs, the last of them at the end."""
    shares = SHARES if pairs >= FEWEST_TO_LOOK_EARLY else (1.0,)
    numbers = [math.ceil(share * pairs) for share in shares]
    spent = [0.0, *((number / pairs) ** POWER for number in numbers)]
    return [
        Look(number, 1 - (1 - LEVEL) * (now - before))
        for number, before, now in zip(numbers, spent, spent[1:], strict=False)
    ]
