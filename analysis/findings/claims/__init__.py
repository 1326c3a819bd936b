"""The talk's claims, held against saved runs.

`judge_claims(runs)` gives `Claims`: for each a verdict, and the evidence that it rests on. `talk.py` has the claims,
`claim.py` what one is, `measured.py` and `figures.py` what can be measured for it, `judge.py` how a verdict is come by,
and `model.py` what comes of that.
"""

from analysis.findings.claims.judge import judge_claims
from analysis.findings.claims.model import ClaimResult, Claims, ClaimVerdict, Evidence, Range, Stance, Unit

__all__ = ["ClaimResult", "ClaimVerdict", "Claims", "Evidence", "Range", "Stance", "Unit", "judge_claims"]
