"""What advice in a page rests on: what the machine costs, where the runs tell that, and of what it is sensible."""

from __future__ import annotations

from analysis.model.costs import Calibration
from analysis.report.advice.controls import example
from analysis.report.advice.curve import predicted
from analysis.report.drawing.material import Material


def basis(material: Material) -> Calibration | None:
    """What the machine costs, if by it the work that is described at first takes some time, and fits the memory."""
    if (calibration := material.calibration) is None:
        return None
    times = [point.seconds for line in predicted(calibration, example(calibration.machine)) for point in line.points]
    return calibration if times and min(times) > 0 else None
