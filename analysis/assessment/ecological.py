"""Limits and risk for soil organisms: criteria by pH, added limits by soil, affected species.

Two families of limits, which must not be mixed:

- ``criteria``: total content that protects 95 % of species (HC5) of Chinese species sensitivity
  distributions, by pH, all eight metals;
- ``added``: natural background plus what may be added, by pH, exchange capacity, clay and organic
  carbon (NEPM 2013, aged contamination, areas of ecological significance): Cr, Cu, Ni, Zn, and a
  total limit for As.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.assessment.values import row, table
from simulator.constants import METALS
from simulator.physics.sorption import OM_PER_OC

Array = NDArray[np.float64]

_DRIVERS: Final = ("ph", "cec", "carbon", "clay")
_POINTS: Final = ("affected_1", "affected_20", "affected_40")


def criteria(ph: Array, metals: Sequence[str] = METALS) -> Array:
    """Total content that protects 95 % of species, by pH.

    Log-linear in pH between the points of ``ecological_criteria.csv`` and constant beyond them.

    Parameters
    ----------
    ph : ndarray ``[...]``
        pH in water; NaN where there is no soil.
    metals : sequence of str
        Symbols.

    Returns
    -------
    ndarray ``[metal, ...]``
        [mg kg-1]
    """
    ph = np.asarray(ph, dtype=np.float64)
    limit = np.empty((len(metals), *ph.shape))
    for m, metal in enumerate(metals):
        at, log_limit = _criteria_points(metal)
        limit[m] = 10.0 ** np.interp(ph, at, log_limit)
    limit[:, np.isnan(ph)] = np.nan
    return limit


def exchange_capacity(ph: Array, organic_matter: Array, clay: Array) -> Array:
    """Cation exchange capacity from clay, organic matter and pH. [cmol kg-1].

    ``CEC = clay (30 + 4.4 pH) + OC (51 pH - 59)``, with fractions (Helling, Chesters & Corey 1964,
    Soil Sci. Soc. Am. J. 28:517). Soils of kaolinite and oxides have less.

    Parameters
    ----------
    ph : ndarray
        [-]
    organic_matter, clay : ndarray
        [kg kg-1]
    """

    def per_mass(part: str) -> Array:
        at_zero, slope = (row("added_limits", "CEC", part, p).value for p in ("ph_0", "per_ph"))
        return at_zero + slope * ph

    organic = np.maximum(per_mass("carbon"), 0.0) * organic_matter / OM_PER_OC
    return per_mass("clay") * clay + organic


def added_limit(
    ph: Array,
    organic_matter: Array,
    clay: Array,
    cec: Array | None = None,
    metals: Sequence[str] = METALS,
) -> Array:
    """Content that may be added to the background in areas of ecological significance.

    Parameters
    ----------
    ph : ndarray ``[...]``
        [-]
    organic_matter, clay : ndarray ``[...]``
        [kg kg-1]
    cec : ndarray ``[...]``, optional
        Cation exchange capacity; by default :func:`exchange_capacity`. [cmol kg-1]
    metals : sequence of str
        Symbols.

    Returns
    -------
    ndarray ``[metal, ...]``
        Cr, Cu, Ni, Zn; NaN for the others. [mg kg-1]
    """
    base = np.array([_added_at_reference(m, "affected_1") for m in metals])
    return _over(base, soil_factor(ph, organic_matter, clay, cec, metals))


def added_limits(
    background: Array,
    ph: Array,
    organic_matter: Array,
    clay: Array,
    cec: Array | None = None,
    metals: Sequence[str] = METALS,
) -> Array:
    """Total content allowed by the added limits: background + :func:`added_limit`; As is total.

    Returns
    -------
    ndarray ``[metal, ...]``
        NaN for Cd, Hg and Pb. [mg kg-1]
    """
    limit = background + added_limit(ph, organic_matter, clay, cec, metals)
    if "As" in metals:
        total = row("added_limits", "total", "limit", "As").value
        limit[metals.index("As")] = np.where(np.isnan(ph), np.nan, total)
    return limit


def soil_factor(
    ph: Array,
    organic_matter: Array,
    clay: Array,
    cec: Array | None = None,
    metals: Sequence[str] = METALS,
) -> Array:
    """Tolerance of a soil over that of the reference soil.

    The reference has pH 6, CEC 10 cmol/kg, 10 % clay, 1 % organic carbon. The least of the
    relations of the species: ``10^(a (pH - 6)) (CEC/10)^b OC%^c (clay/10 %)^d`` (NEPM 2013,
    schedule B5c).

    Returns
    -------
    ndarray ``[metal, ...]``
        [-]
    """
    if cec is None:
        cec = exchange_capacity(ph, organic_matter, clay)
    reference = {p: row("added_limits", "reference", "soil", p) for p in _DRIVERS}
    above = {
        "ph": 10.0 ** (ph - reference["ph"].value),
        "cec": cec / reference["cec"].value,
        "carbon": organic_matter / OM_PER_OC / reference["carbon"].si,
        "clay": clay / reference["clay"].si,
    }
    factor = np.full((len(metals), *np.shape(ph)), np.nan)
    for m, metal in enumerate(metals):
        terms = [
            np.prod([above[driver] ** power for driver, power in term.items()], axis=0)
            for term in _terms(metal)
        ]
        if terms:
            factor[m] = np.minimum.reduce(terms)
    return factor


def added_risk_quotient(
    content: Array,
    background: Array,
    ph: Array,
    organic_matter: Array,
    clay: Array,
    cec: Array | None = None,
) -> Array:
    """What was added to the background over what may be, ``[metal, ...]``. [-].

    Not negative: a content below the background adds nothing. NaN but for Cr, Cu, Ni, Zn.
    """
    added = np.maximum(content - background, 0.0)
    return added / added_limit(ph, organic_matter, clay, cec)


def affected_fraction(
    content: Array,
    background: Array,
    ph: Array,
    organic_matter: Array,
    clay: Array,
    cec: Array | None = None,
) -> Array:
    """Potentially affected fraction of species, by a log-logistic sensitivity distribution.

    ``PAF = 1/(1 + exp(-(log10 a - alpha)/beta))``, a being the content above the background over
    :func:`soil_factor`. ``alpha`` and ``beta`` are the least-squares line through the contents at
    which NEPM 2013 leaves 1, 20 and 40 % of species unprotected.

    Parameters
    ----------
    content, background : ndarray ``[metal, ...]``
        [mg kg-1]
    ph : ndarray ``[...]``
        [-]
    organic_matter, clay : ndarray ``[...]``
        [kg kg-1]
    cec : ndarray ``[...]``, optional
        [cmol kg-1]

    Returns
    -------
    ndarray ``[metal, ...]``
        Cr, Cu, Ni, Zn; NaN for the others. [-]
    """
    alpha, beta = np.array([sensitivity(metal) for metal in METALS]).T
    added = np.maximum(content - background, 0.0) / soil_factor(ph, organic_matter, clay, cec)
    with np.errstate(divide="ignore"):
        log_added = np.log10(added)
    shape = (len(METALS), *[1] * np.ndim(ph))
    with np.errstate(over="ignore"):
        odds = np.exp(-(log_added - alpha.reshape(shape)) / beta.reshape(shape))
    return 1.0 / (1.0 + odds)


def combined_affected_fraction(fraction: Array) -> Array:
    """Fraction of species affected by any metal, if metals act independently. [-].

    ``msPAF = 1 - prod(1 - PAF)`` over the first axis (de Zwart & Posthuma 2005,
    doi 10.1897/04-639R.1); metals without a value count as harmless, so it is a lower bound.
    """
    harmless = np.prod(1.0 - np.nan_to_num(fraction, nan=0.0), axis=0)
    return np.where(np.isnan(fraction).all(axis=0), np.nan, 1.0 - harmless)


@cache
def sensitivity(metal: str) -> tuple[float, float]:
    """Log10 of the added HC50 [mg kg-1] and slope [-] of a metal in the reference soil."""
    if not _terms(metal):
        return np.nan, np.nan
    share = np.array([row("added_limits", "reference", "share", p).value for p in _POINTS])
    content = np.array([_added_at_reference(metal, p) for p in _POINTS])
    beta, alpha = np.polyfit(np.log(share / (1.0 - share)), np.log10(content), 1)
    return float(alpha), float(beta)


def _added_at_reference(metal: str, point: str) -> float:
    found = table("added_limits").rows.get((metal, "limit", point))
    return found.value if found else np.nan


@cache
def _terms(metal: str) -> tuple[dict[str, float], ...]:
    """Powers of the drivers in each relation of a metal."""
    terms: dict[str, dict[str, float]] = {}
    for (subject, term, driver), found in table("added_limits").rows.items():
        if subject == metal and term.startswith("term"):
            terms.setdefault(term, {})[driver] = found.value
    return tuple(terms.values())


@cache
def _criteria_points(metal: str) -> tuple[Array, Array]:
    points = sorted(
        (float(ph), np.log10(found.value))
        for (m, ph), found in table("ecological_criteria").rows.items()
        if m == metal
    )
    at, log_limit = np.array(points).T
    return at, log_limit


def _over(by_metal: Array, values: Array) -> Array:
    """A value a metal times values ``[metal, ...]``."""
    return by_metal.reshape(-1, *[1] * (values.ndim - 1)) * values
