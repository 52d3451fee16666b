"""Land that is not built on: what a red line protects, and how it turns from class to class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from simulator.agents.building_rules import NATURE_CLASSES
from simulator.agents.parcel_map import ParcelMap, ratio
from simulator.constants import BUILT_CLASSES, FARM_CLASSES, LAND_CLASSES, WATER_CLASS
from simulator.landuse.transitions import ConversionRules, allocate

if TYPE_CHECKING:
    from simulator.agents.parcel_set import ParcelSet

_OPEN: Final = tuple(c for c in LAND_CLASSES if c not in (*BUILT_CLASSES, WATER_CLASS))

#: Weight of a class where nothing around is of it: land turns there only when nothing else is
#: left. It keeps the logarithm finite.
_NOTHING_NEAR: Final = 1e-6


def _codes(names: tuple[str, ...]) -> list[int]:
    return [LAND_CLASSES.index(name) for name in names]


def red_line(
    parcel_map: ParcelMap, land_class: NDArray[np.integer], share: float
) -> NDArray[np.bool_]:
    """Parcels behind a red line: the flattest farmland and the steepest forest and grassland.

    Flat fields are the best ones and are protected as basic farmland; steep woods keep soil and
    water where they are.

    Parameters
    ----------
    parcel_map : ParcelMap
        Parcels.
    land_class : ndarray of int ``[parcel]``
        Their classes.
    share : float
        Share of the area of farmland, and of nature, to protect. [-]

    Returns
    -------
    ndarray of bool ``[parcel]``
    """
    behind = np.zeros(len(parcel_map), dtype=np.bool_)
    slope = np.nan_to_num(parcel_map.slope)
    for codes, rank in ((_codes(FARM_CLASSES), slope), (_codes(NATURE_CLASSES), -slope)):
        here = np.flatnonzero(np.isin(land_class, codes))
        order = here[np.argsort(rank[here], kind="stable")]
        behind[order[within_share(parcel_map.area[order], share)]] = True
    return behind


def within_share(area: NDArray[np.float64], share: float) -> NDArray[np.bool_]:
    """Which things, in their order, are together no more than a share of the area of all.

    Examples
    --------
    >>> within_share(np.array([1.0, 2.0, 1.0]), 0.75).tolist()
    [True, True, False]
    """
    upto = np.cumsum(area)
    return upto <= share * upto[-1:]


def turn_open_land(
    parcels: ParcelSet, demand: Mapping[str, float], draws: NDArray[np.float64]
) -> Iterator[tuple[int, int]]:
    """Changes of open land that bring classes to the area that they are to have.

    A parcel turns the more readily to a class the more of the land around it is of that class;
    classes without a demand give and take what is left. Built land and water stay. Demands that
    are together more than the open land there is are cut in proportion.

    Parameters
    ----------
    parcels : ParcelSet
        Parcels.
    demand : mapping of str to float
        Area at the end of the year by class of open land. [m2]
    draws : ndarray ``[land_class, parcel]``
        Uniform numbers in [0, 1).

    Yields
    ------
    tuple of int and int
        Row of a parcel, and its new class.
    """
    if not demand:
        return
    codes = _codes(_OPEN)
    here = np.flatnonzero(np.isin(parcels.land_class, codes))
    area = parcels.map.area
    near = np.stack([parcels.map.adjacency @ (area * (parcels.land_class == c)) for c in codes])
    share = np.stack([ratio(row, parcels.map.neighbourhood_area)[here] for row in near])
    present = np.searchsorted(codes, parcels.land_class[here])
    share[present, np.arange(here.size)] = 1.0  # staying is not the choice of the neighbours
    wanted = np.array([demand.get(name, np.nan) for name in _OPEN])
    asked = np.isfinite(wanted)
    there = float(area[here].sum())
    if asked.all() or wanted[asked].sum() > there:
        wanted *= there / wanted[asked].sum()
    rules = ConversionRules(
        # Classes without a demand change with those that have one, not with one another.
        allowed=asked[:, None] | asked[None, :] | np.eye(len(codes), dtype=np.bool_),
        cost=np.zeros((len(codes), len(codes))),
        inertia=np.full(len(codes), parcels.rules.open_inertia),
    )
    log_potential = np.log(np.maximum(share, _NOTHING_NEAR))
    new = allocate(area[here], present, log_potential, wanted, rules, 1.0, draws[codes][:, here])
    for index in np.flatnonzero(new != present).tolist():
        yield int(here[index]), codes[int(new[index])]
