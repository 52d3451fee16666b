"""Colours of graded variables, in the order of their codes; readable without red and green.

Grades run from pale to dark (ColorBrewer YlOrBr, Harrower & Brewer 2003,
doi:10.1179/000870403235002042), names of equal rank have the colours of Okabe and Ito.
"""

from __future__ import annotations

from typing import Final

_GRADES: Final = ("#e9eef1", "#fee391", "#fe9929", "#cc4c02", "#662506")
_BLUE, _GREY, _ORANGE = "#0072b2", "#d9dde0", "#d55e00"

#: Colours by variable.
COLOURS: Final[dict[str, tuple[str, ...]]] = {
    "overload": (_GREY, _ORANGE),
    "capacity_grade": _GRADES,
    "warning": _GRADES,
    "worst_warning": _GRADES,
    "risk_class": _GRADES,
    "direction": (_BLUE, _GREY, _ORANGE),
    "leading_metal": (
        "#e69f00", "#000000", "#56b4e9", "#d55e00", "#cc79a7", "#f0e442", "#0072b2", "#009e73",
    ),
    "calibration_status": ("#56b4e9", "#e69f00", "#4d4d4d"),  # trusted, corrected, extrapolated
    "receptor": ("#f0e442", "#cc79a7", "#56b4e9", "#009e73"),
    "land_class": (
        "#56b4e9", "#f0e442", "#5b8c00", "#e69f00", "#009e73", "#c7d9a0", "#c9a66b", "#b3263a",
        "#7a5195", "#0072b2",
    ),
}  # fmt: skip

#: What overload became between two years: at no time, in the first only, new, in both.
OVERLOAD_CHANGE: Final = {
    "not overloaded": "#e9eef1",
    "no longer overloaded": "#56b4e9",
    "newly overloaded": "#d55e00",
    "overloaded in both": "#5b2a06",
}
