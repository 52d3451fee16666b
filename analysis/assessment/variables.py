"""The variables of an assessment: names, units, axes, and what the codes of graded ones mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from analysis.assessment import grades, thresholds
from simulator.constants import LAND_CLASSES, METALS

#: Land use that limits and receptors follow: that of the year, or that of the first year.
LANDS: Final = ("current", "fixed")
#: Code of no value in files; in memory it is NaN.
NO_CODE: Final = -1

_CELL: Final = ("y", "x")
_METAL: Final = ("metal", *_CELL)
_LAND: Final = ("land", *_CELL)
_LAND_METAL: Final = ("land", "metal", *_CELL)

#: Classes of comprehensive risk, 1 to 5.
RISK_CLASSES: Final = ("low", "fairly low", "medium", "fairly high", "high")
#: Early-warning levels, 1 to 5.
WARNING_LEVELS: Final = (
    "none within 50 years", "within 30-50 years", "within 10-30 years", "within 10 years",
    "overloaded",
)  # fmt: skip
#: Directions of the content, 1 to 3.
DIRECTIONS: Final = ("falling", "steady", "rising")


@dataclass(frozen=True)
class Variable:
    """A variable of an assessment.

    Attributes
    ----------
    name : str
        Name in the dataset and of the GeoTIFF.
    long_name : str
        For people.
    units : str
        UDUNITS.
    dims : tuple of str
        Axes after the year.
    meanings : tuple of str
        What the codes mean, from ``first`` on; empty where the variable is a quantity.
    first : int
        First code.
    """

    name: str
    long_name: str
    units: str
    dims: tuple[str, ...]
    meanings: tuple[str, ...] = ()
    first: int = 1

    @property
    def codes(self) -> dict[int, str]:
        """Meaning of each code; empty where the variable is a quantity."""
        return dict(enumerate(self.meanings, start=self.first))

    def attributes(self) -> dict[str, Any]:
        """CF attributes."""
        attributes: dict[str, Any] = {"long_name": self.long_name, "units": self.units}
        if self.meanings:
            import numpy as np

            attributes["flag_values"] = np.array(list(self.codes), dtype=np.int8)
            attributes["flag_meanings"] = " ".join(m.replace(" ", "_") for m in self.meanings)
        return attributes


@cache
def catalogue() -> dict[str, Variable]:
    """Every variable of an assessment by its name, in the order of the file."""
    quantity = [
        ("content", "content of the control layer", "mg kg-1", _METAL),
        ("limit", "limit of the receptor", "mg kg-1", _LAND_METAL),
        ("static_capacity", "static total capacity", "kg ha-1", _LAND_METAL),
        ("remaining_capacity", "static remaining capacity", "kg ha-1", _LAND_METAL),
        ("relative_capacity", "remaining over total capacity (capacity index)", "1", _LAND_METAL),
        ("dynamic_capacity", "largest yearly input that keeps the limit over the horizon",
         "kg ha-1 yr-1", _LAND_METAL),
        ("net_input", "net input of the control layer", "g ha-1 yr-1", _METAL),
        ("single_factor", "content over limit", "1", _LAND_METAL),
        ("nemerow", "Nemerow index of the single factors", "1", _LAND),
        ("geo_accumulation", "index of geo-accumulation", "1", _METAL),
        ("risk_factor", "ecological risk factor after Hakanson", "1", _METAL),
        ("risk_index", "ecological risk index after Hakanson", "1", _CELL),
        ("affected_fraction", "potentially affected fraction of species", "1", _CELL),
        ("cancer_risk", "cancer risk", "1", _LAND_METAL),
        ("hazard_quotient", "hazard quotient", "1", _LAND_METAL),
        ("total_cancer_risk", "cancer risk of all metals", "1", _LAND),
        ("added_cancer_risk", "cancer risk of all metals above that of the background", "1", _LAND),
        ("hazard_index", "sum of the hazard quotients", "1", _LAND),
        ("trend", "change of the content", "mg kg-1 yr-1", _METAL),
        ("exceedance_year", "first recorded year at or above the limit, from the year on", "1",
         _LAND_METAL),
        ("years_to_limit", "years until the limit is reached", "yr", _LAND_METAL),
    ]  # fmt: skip
    coded: list[tuple[str, str, tuple[str, ...], tuple[str, ...], int]] = [
        ("land_class", "land class that counts", _LAND, LAND_CLASSES, 0),
        ("receptor", "receptor", _LAND, thresholds.RECEPTORS, 0),
        ("overload", "whether the content is at or above the limit", _LAND_METAL,
         ("within capacity", "overloaded"), 0),
        ("capacity_grade", "grade of the capacity index", _LAND_METAL,
         grades.names("capacity index"), 1),
        ("direction", "direction of the content", _METAL, DIRECTIONS, 1),
        ("warning", "early-warning level", _LAND_METAL, WARNING_LEVELS, 1),
        ("worst_warning", "early-warning level of the worst metal", _LAND, WARNING_LEVELS, 1),
        ("leading_metal", "metal with the highest content over limit", _LAND, METALS, 0),
        ("risk_class", "class of comprehensive risk", _LAND, RISK_CLASSES, 1),
    ]  # fmt: skip
    variables = [Variable(*row) for row in quantity]
    variables += [Variable(n, long, "1", dims, words, k) for n, long, dims, words, k in coded]
    return {v.name: v for v in variables}
