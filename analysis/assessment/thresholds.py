"""Limits of soil content: who or what the soil has to protect, and up to which content."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.assessment import ecological as eco
from analysis.assessment.values import table
from simulator.constants import BUILT_CLASSES, FARM_CLASSES, LAND_CLASSES, METALS, WATER_CLASS
from simulator.errors import InputError, Problem

Array = NDArray[np.float64]
Index = NDArray[np.int8]

#: What a cell has to protect, in the order of every ``receptor`` index.
RECEPTORS: Final = ("agricultural", "residential", "industrial", "ecological")
AGRICULTURAL, RESIDENTIAL, INDUSTRIAL, ECOLOGICAL_RECEPTOR = range(4)

#: Which limit: where risk may begin, where it is taken as certain, or the natural content.
STANDARDS: Final = ("screening", "intervention", "background")

#: Which limit the ecological receptor has; see :mod:`analysis.assessment.ecological`.
ECOLOGICAL: Final = ("added", "criteria")

#: What :func:`farmland_limit` gives by default, for tables and figures.
STANDARD: Final = "GB 15618-2018 risk screening value of agricultural land, by pH"

_LAND_OF_RECEPTOR: Final = {RESIDENTIAL: "first class", INDUSTRIAL: "second class"}
_RECEPTOR_OF_CLASS: Final = {
    **dict.fromkeys(FARM_CLASSES, AGRICULTURAL),
    "forest": ECOLOGICAL_RECEPTOR,
    "grassland": ECOLOGICAL_RECEPTOR,
    "bare": ECOLOGICAL_RECEPTOR,
    "urban": RESIDENTIAL,
    "industrial": INDUSTRIAL,
    WATER_CLASS: -1,
}


def dominant_land(open_share: Array, sealed_share: Array | float = 0.0) -> Index:
    """Land class that covers most of a cell, water not counted.

    Sealed ground belongs to the built classes in proportion to their open ground; where no built
    ground is open it counts as urban, the more sensitive.

    Parameters
    ----------
    open_share : ndarray ``[land_class, ...]``
        Unsealed share of the cell by land class. [-]
    sealed_share : ndarray ``[...]``, optional
        Sealed share; without it the largest open class counts. [-]

    Returns
    -------
    ndarray of int8 ``[...]``
        Index into ``LAND_CLASSES``, the first of equals; -1 where there is no land.
    """
    share = np.nan_to_num(np.array(open_share, dtype=np.float64))
    share[LAND_CLASSES.index(WATER_CLASS)] = 0.0
    built = [LAND_CLASSES.index(c) for c in BUILT_CLASSES]
    open_built = share[built].sum(axis=0)
    divisor = np.where(open_built > 0.0, open_built, 1.0)
    for i, alone in zip(built, (1.0, 0.0), strict=True):
        part = np.where(open_built > 0.0, share[i] / divisor, alone)
        share[i] += np.nan_to_num(sealed_share) * part
    largest = share.argmax(axis=0).astype(np.int8)
    return np.where(share.max(axis=0) > 0.0, largest, np.int8(-1)).astype(np.int8)


def land_of_soil(open_share: Array, sealed_share: Array, content: Array) -> Index:
    """Land class that counts: the dominant one, -1 where there is no soil.

    Parameters
    ----------
    open_share, sealed_share
        As for :func:`dominant_land`.
    content : ndarray ``[metal, ...]``
        NaN without soil.

    Returns
    -------
    ndarray of int8 ``[...]``
    """
    land = dominant_land(open_share, sealed_share)
    return np.where(np.isfinite(content[0]), land, np.int8(-1))


def receptor_of_land(land: Index) -> Index:
    """Receptor of a land class, both as indices; -1 stays -1, as does water.

    Paddy, dryland, vegetable and orchard are agricultural, urban is residential, industrial is
    industrial, forest, grassland and bare land are ecological.
    """
    receptor = np.array([_RECEPTOR_OF_CLASS[c] for c in LAND_CLASSES] + [-1], dtype=np.int8)
    found: Index = receptor[land]
    return found


def receptor_of(open_share: Array, sealed_share: Array) -> Index:
    """Receptor of each cell by its dominant land, index into :data:`RECEPTORS`; -1 for none."""
    return receptor_of_land(dominant_land(open_share, sealed_share))


def limits(
    receptor: Index,
    ph: Array,
    land: Index,
    organic_matter: Array,
    clay: Array,
    *,
    cec: Array | None = None,
    background: Array | None = None,
    standard: str = "screening",
    ecological: str = "criteria",
    metals: Sequence[str] = METALS,
) -> Array:
    """Limit of the content of each cell by its receptor.

    Parameters
    ----------
    receptor : ndarray of int8 ``[...]``
        Index into :data:`RECEPTORS`; -1 for none.
    ph : ndarray ``[...]``
        pH of the control layer; NaN where there is no soil. [-]
    land : ndarray of int8 ``[...]``
        Index into ``LAND_CLASSES``; tells paddies and orchards from other farmland.
    organic_matter, clay : ndarray ``[...]``
        Of the control layer, for added limits. [kg kg-1]
    cec : ndarray ``[...]``, optional
        Cation exchange capacity; estimated without it. [cmol kg-1]
    background : ndarray ``[metal, ...]``, optional
        Natural content; needed by ``background`` and ``added``. [mg kg-1]
    standard : {"screening", "intervention", "background"}
        Kind of limit. Ecological receptors have no intervention value.
    ecological : {"criteria", "added"}
        Kind of screening value of ecological receptors. Metals without an added limit have their
        criterion under ``added`` too.
    metals : sequence of str
        Symbols, of the axis ``metal`` of the background too.

    Returns
    -------
    ndarray ``[metal, ...]``
        NaN where a standard has no value, where there is no receptor or no soil. [mg kg-1]

    Raises
    ------
    InputError
        If ``standard`` or ``ecological`` is unknown, or needs a background and has none.
    """
    _check(standard, ecological, background)
    limit = np.full((len(metals), *ph.shape), np.nan)
    known = (receptor >= 0) & np.isfinite(ph)
    if standard == "background" and background is not None:
        return np.where(known, background, np.nan)
    for m, metal in enumerate(metals):
        farmland = farmland_limit(metal, ph, land, standard)
        limit[m] = np.where(receptor == AGRICULTURAL, farmland, np.nan)
        for code, land_class in _LAND_OF_RECEPTOR.items():
            limit[m, receptor == code] = _value(standard, land_class, metal, 0)
    natural = receptor == ECOLOGICAL_RECEPTOR
    if standard == "screening" and natural.any():
        limit[:, natural] = _ecological(
            ecological, natural, ph, organic_matter, clay, cec, background, metals
        )
    return np.where(known, limit, np.nan)


def farmland_limit(metal: str, ph: Array, land: Index, standard: str = "screening") -> Array:
    """Value of GB 15618-2018 for a metal by pH and crop, on whatever land.

    Parameters
    ----------
    metal : str
        Symbol of the metal.
    ph : ndarray ``[...]``
        pH of the control layer; a class holds its upper bound. NaN where there is no soil. [-]
    land : ndarray of int8 ``[...]``
        Index into ``LAND_CLASSES``: paddies and orchards have their own screening values.
    standard : {"screening", "intervention"}
        Which value. Intervention values do not depend on the crop; Cu, Ni and Zn have none.

    Returns
    -------
    ndarray ``[...]``
        [mg kg-1]
    """
    ph = np.asarray(ph, dtype=np.float64)
    ph_class = np.searchsorted(_ph_bounds()[:-1], ph, side="left")
    crop = np.full(len(LAND_CLASSES) + 1, 2)
    crop[[LAND_CLASSES.index("paddy"), LAND_CLASSES.index("orchard")]] = 0, 1
    lands = ("paddy", "orchard", "other farmland")
    values = np.array(
        [[_value(standard, name, metal, k) for k in range(len(_ph_bounds()))] for name in lands]
    )
    return np.where(np.isnan(ph), np.nan, values[crop[land], ph_class])


def farmland_category(content: Array, screening: Array, intervention: Array) -> Index:
    """Category of farmland under GB 15618-2018.

    Returns
    -------
    ndarray of int8
        1 priority protection (content up to the screening value), 2 safe use, 3 strict control
        (above the intervention value); 0 where there is no screening value or no content.
    """
    known = np.isfinite(content) & np.isfinite(screening)
    category = 1 + (content > screening).astype(np.int8) + (content > intervention).astype(np.int8)
    return np.where(known, category, 0).astype(np.int8)


def _ecological(
    ecological: str,
    where: NDArray[np.bool_],
    ph: Array,
    organic_matter: Array,
    clay: Array,
    cec: Array | None,
    background: Array | None,
    metals: Sequence[str],
) -> Array:
    """Ecological limits of the chosen cells, ``[metal, cell]``."""
    if ecological == "criteria":
        return eco.criteria(ph[where], metals)
    assert background is not None  # _check saw to it
    of_soil = (ph[where], organic_matter[where], clay[where], None if cec is None else cec[where])
    added = eco.added_limits(background[:, where], *of_soil, metals)
    return np.where(np.isnan(added), eco.criteria(ph[where], metals), added)


def _check(standard: str, ecological: str, background: Array | None) -> None:
    problems = [
        Problem(
            where=f"assessment: {name}",
            what=f"{given!r}",
            rule=f"one of {', '.join(known)}",
            fix="Choose one of these.",
        )
        for name, given, known in (
            ("standard", standard, STANDARDS),
            ("ecological", ecological, ECOLOGICAL),
        )
        if given not in known
    ]
    if background is None and (standard == "background" or ecological == "added"):
        problems.append(
            Problem(
                where="assessment: background",
                what="no natural contents",
                rule="the standard 'background' and added ecological limits start from them",
                fix="Give the background of the region.",
            )
        )
    if problems:
        raise InputError(problems)


def _value(standard: str, land: str, metal: str, ph_class: int) -> float:
    """Value of the table, taking that of the wider land where there is none; else NaN."""
    wider = () if land in _LAND_OF_RECEPTOR.values() else ("other farmland", "all farmland")
    for name in (land, *wider):
        values = _by_land(standard).get((name, metal))
        if values is not None:
            return values[min(ph_class, len(values) - 1)]
    return np.nan


@cache
def _by_land(standard: str) -> dict[tuple[str, str], tuple[float, ...]]:
    """Values by land and metal, in the order of their pH classes."""
    values: dict[tuple[str, str], dict[float, float]] = {}
    for (kind, _, land, metal, bound), found in table("thresholds").rows.items():
        if kind == standard:
            values.setdefault((land, metal), {})[float(bound)] = found.value
    return {key: tuple(v for _, v in sorted(by_ph.items())) for key, by_ph in values.items()}


@cache
def _ph_bounds() -> Array:
    rows = table("thresholds").rows
    return np.array(sorted({float(key[4]) for key in rows if key[2] == "other farmland"}))
