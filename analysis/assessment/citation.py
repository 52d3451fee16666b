"""Which rule a limit comes from, in words: of :meth:`ControlLayer.limits` with default rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from analysis.assessment.values import row, table
from simulator.constants import FARM_CLASSES
from simulator.data.parameters import Parameter

#: Land of the table of a built class, and its name for people.
_BUILT: Final = {
    "urban": ("first class", "residential land (first class)"),
    "industrial": ("second class", "industrial land (second class)"),
}
_NATURAL: Final = ("forest", "grassland", "bare")
_ADDED: Final = "NEPM 2013"
_PROTECTED: Final = "protects 95 % of soil species"
_UP_TO: Final = "\N{LESS-THAN OR EQUAL TO}"
#: Upper bound of the last class of pH, which is no bound.
_HIGHEST: Final = 14.0


@dataclass(frozen=True)
class Citation:
    """Rule that a limit comes from.

    Attributes
    ----------
    standard : str
        Short: ``GB 15618-2018``.
    text : str
        With what it holds for: ``GB 15618-2018 screening value, paddy, pH ≤ 5.5``.
    source : str
        Where the value was taken from.
    """

    standard: str
    text: str
    source: str


def citation(metal: str, land: str, ph: float) -> Citation | None:
    """Rule of the screening value of a metal on land of a class; None where there is no limit.

    Parameters
    ----------
    metal : str
        Symbol.
    land : str
        Land class that counts.
    ph : float
        Of the control layer.
    """
    if land in _NATURAL:
        return _of_natural_land(metal, land, ph)
    found = screening_row(metal, land, ph)
    if found is None:
        return None
    (_, standard, kind, _, _), value = found
    what = _BUILT[land][1] if land in _BUILT else f"{kind}, {_ph_class(metal, kind, ph)}"
    standard = standard.replace("DB33T", "DB33/T")
    return Citation(standard, f"{standard} screening value, {what}", value.source)


def screening_row(metal: str, land: str, ph: float) -> tuple[tuple[str, ...], Parameter] | None:
    """Row of ``thresholds.csv`` that holds on farmland or built land: keys and value."""
    kinds: tuple[str, ...] = ()
    if land in _BUILT:
        kinds = (_BUILT[land][0],)
    elif land in FARM_CLASSES:
        kinds = (land, "other farmland", "all farmland")
    for kind in kinds:
        rows = _rows(metal, kind)
        if rows:
            bound = min(b for b in rows if ph <= b)
            return rows[bound]
    return None


def _rows(metal: str, kind: str) -> dict[float, tuple[tuple[str, ...], Parameter]]:
    """Screening values of a metal on land of a kind, by the upper bound of their class of pH."""
    return {
        float(key[4]): (key, value)
        for key, value in table("thresholds").rows.items()
        if key[0] == "screening" and key[2] == kind and key[3] == metal
    }


def _ph_class(metal: str, kind: str, ph: float) -> str:
    bounds = sorted(_rows(metal, kind))
    upper = min(b for b in bounds if ph <= b)
    lower = max((b for b in bounds if b < upper), default=None)
    if lower is None:
        return f"pH {_UP_TO} {upper:g}"
    return f"pH > {lower:g}" if upper >= _HIGHEST else f"{lower:g} < pH {_UP_TO} {upper:g}"


def _of_natural_land(metal: str, land: str, ph: float) -> Citation:
    if metal == "As":
        source = row("added_limits", "total", "limit", "As").source
        return Citation(_ADDED, f"{_ADDED} limit of total As, {land}", source)
    if (metal, "limit", "affected_1") in table("added_limits").rows:
        source = row("added_limits", metal, "limit", "affected_1").source
        text = f"natural background plus added limit of {_ADDED}, {land}, pH {ph:.1f}"
        return Citation(_ADDED, text, source)
    source = next(v.source for k, v in table("ecological_criteria").rows.items() if k[0] == metal)
    text = f"content that protects 95 % of soil species (HC5), {land}, pH {ph:.1f}"
    return Citation(_PROTECTED, text, source)
