"""The water of every land class on every soil of a region, and what the yearly balance takes of it.

Each column runs through the daily weather of the record, after its first year has wetted it once.
Cells take the fluxes of their classes. Years beyond the record begin it anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

import simulator.physics.percolation
from simulator import cache, progress
from simulator.constants import LAND_CLASSES, WATER_CLASS
from simulator.data import Parameters
from simulator.errors import RunError
from simulator.physics.percolation.batch import run_columns
from simulator.physics.percolation.column import (
    Bottom,
    Column,
    Numerics,
    Top,
    Weather,
    node_faces,
)
from simulator.physics.percolation.transport import tortuous_water
from simulator.physics.slices import Slices
from simulator.soil_water.demand import Days, Demand, days_of, demand_of
from simulator.soil_water.soils import PROPERTIES, Soils, profile_of, roots_of, soils_of

if TYPE_CHECKING:
    from simulator.physics.percolation.outcome import Outcome
    from simulator.region.model import Region

Floats = NDArray[np.float64]

_CM: Final = 100.0
_DAY: Final = 86400.0
_YEAR: Final = 365.25
#: Head of all columns before the year that wets them. [cm]
INITIAL_HEAD: Final = -100.0
#: Steps and tolerances: within 0.25 % of the reference in every cumulative flux (docs/percolation).
NUMERICS: Final = Numerics(dt_init=0.01, dt_max=0.5, tol_theta=1e-3, tol_h=1.0)
_KIND: Final = "soil_water"
#: Columns of one batch.
_BATCH: Final = 32
_SOURCES: Final = (
    Path(str(simulator.physics.percolation.__file__)).parent,
    *(Path(__file__).with_name(name) for name in ("demand.py", "soils.py", "solve.py")),
)


@dataclass(frozen=True)
class ClassWater:
    """Water by year of the record, land class and soil; arrays ``[year, ..., land_class, soil]``.

    Attributes
    ----------
    ahead, behind : ndarray ``[year, slice + 1, land_class, soil]``
        How concentrations above and below a face drive the flux through it. [m yr-1]
    wetness : ndarray ``[year, slice, land_class, soil]``
        Mean water content. [-]
    percolation : ndarray ``[year, layer, land_class, soil]``
        Water that leaves a layer downwards. [m yr-1]
    uptake : ndarray ``[year, layer, land_class, soil]``
        Water that roots take from a layer. [m yr-1]
    rain, irrigation, interception, evaporation, runoff : ndarray ``[year, land_class, soil]``
        Evaporation from soil and flooded water; runoff of storms and of saturated soil. [m yr-1]
    storage : ndarray ``[year, land_class, soil]``
        Gain of the water in the column and on it. [m yr-1]
    potential : ndarray ``[year, land_class, soil]``
        Evapotranspiration of the crop without shortage of water. [m yr-1]
    flooded : ndarray ``[year, land_class, soil]``
        Share of the water beyond the crop's demand that comes while the ground is flooded. [-]
    """

    ahead: Floats
    behind: Floats
    wetness: Floats
    percolation: Floats
    uptake: Floats
    rain: Floats
    irrigation: Floats
    interception: Floats
    evaporation: Floats
    runoff: Floats
    storage: Floats
    potential: Floats
    flooded: Floats

    @property
    def years(self) -> int:
        """Years of the record."""
        return self.rain.shape[0]

    @property
    def evapotranspiration(self) -> Floats:
        """Water that evaporates from leaves, soil and through plants. [m yr-1]."""
        return self.interception + self.evaporation + self.uptake.sum(axis=1)

    @property
    def residual(self) -> Floats:
        """What the balance of the columns leaves open. [m yr-1]."""
        out = self.evapotranspiration + self.runoff + self.percolation[:, -1] + self.storage
        return self.rain + self.irrigation - out


def column_of(
    properties: Floats,
    layer_thickness: Floats,
    land_class: str,
    demand: Demand,
    days: Days,
    p: Parameters,
) -> Column:
    """Column of a soil under a land class over the record, after a first year that wets it.

    Parameters
    ----------
    properties : ndarray ``[property, layer]``
        Of :class:`simulator.soil_water.soils.Soils`.
    layer_thickness : ndarray ``[layer]``
        [m]
    land_class : str
    demand : Demand
        Of the land class and the hydrologic group of the soil.
    days : Days
    p : Parameters

    Returns
    -------
    Column
        From minus the length of the first year to the end of the record.
    """
    profile = profile_of(properties, layer_thickness, land_class, p)
    first = int(days.year_ends[0])
    order = np.concatenate((np.arange(first), np.arange(days.year_ends[-1])))
    weather = Weather(
        end=np.arange(1.0, order.size + 1.0) - first,
        rain=_CM * demand.infiltrating[order],
        evaporation=_CM * demand.evaporation[order],
        transpiration=_CM * demand.transpiration[order],
        bund=_CM * demand.bund[order],
    )
    return Column(
        profile,
        Top("atmospheric", surface_layer=bool(demand.bund.max() > 0.0)),
        Bottom("free_drainage"),
        np.full(profile.depth.size, INITIAL_HEAD),
        start=-float(first),
        stop=float(days.year_ends[-1]),
        weather=weather,
        roots=roots_of(profile, land_class, p),
        numerics=NUMERICS,
    )


def class_water(region: Region, p: Parameters, slices: Slices) -> tuple[ClassWater, Soils]:
    """Solve the water of a region's classes, or take it from the disk.

    Parameters
    ----------
    region : Region
    p : Parameters
    slices : Slices
        Of the region's layers.

    Raises
    ------
    RunError
        If the water of a column cannot be solved; names the land class and the soil.
    """
    soils, days = soils_of(region), days_of(region.daily, region.daily_site)
    classes = [c for c in LAND_CLASSES if c != WATER_CLASS]
    groups = soils.hydrologic_group
    columns, demands = [], []
    for name in classes:
        by_group = demand_of(name, days, p)
        for k in range(len(soils)):
            demands.append(by_group[int(groups[k])])
            columns.append(
                column_of(soils.properties[k], soils.layer_thickness, name, demands[-1], days, p)
            )
    diffusion = p.value("general", process="percolation", parameter="diffusion") * _DAY * _YEAR
    key = _digest(columns, demands, days, slices, diffusion)
    stored = cache.load(_KIND, key)
    names = [f.name for f in fields(ClassWater)]
    if stored is None or set(stored) != set(names):
        ends = np.concatenate(([0.0], days.year_ends)).astype(np.float64)
        found = []
        for first in range(0, len(columns), _BATCH):
            batch = columns[first : first + _BATCH]
            progress.tell("soil water", first, len(columns))
            outcome = run_columns(batch, output=ends, periods=ends)
            lost = np.flatnonzero(np.isnan(outcome.storage[:, -1])) + first
            if lost.size:
                name, soil = classes[lost[0] // len(soils)], lost[0] % len(soils)
                raise RunError(
                    f"the water of {name} does not converge on the soil with "
                    f"{_said(soils, int(soil))}; check these properties, the plough pan of the "
                    "land class and the daily weather"
                )
            found += [
                _of_column(outcome, i, c, demands[first + i], days, slices, diffusion)
                for i, c in enumerate(batch)
            ]
        progress.tell("soil water", len(columns), len(columns))
        stored = {n: _by_class([f[n] for f in found], classes, len(soils)) for n in names}
        cache.save(_KIND, key, **stored)
    return ClassWater(**stored), soils


def _said(soils: Soils, soil: int) -> str:
    """Properties of a soil by layer, for people."""
    values = zip(PROPERTIES, soils.properties[soil], strict=True)
    return ", ".join(f"{name} {', '.join(f'{v:g}' for v in layers)}" for name, layers in values)


def _by_class(values: Sequence[Floats], classes: Sequence[str], soils: int) -> Floats:
    """``[year, ..., land_class, soil]`` from one array a column; water has none."""
    shape = values[0].shape
    out = np.zeros((*shape, len(LAND_CLASSES), soils))
    for i, value in enumerate(values):
        out[..., LAND_CLASSES.index(classes[i // soils]), i % soils] = value
    return out


def _of_column(
    outcome: Outcome,
    i: int,
    column: Column,
    demand: Demand,
    days: Days,
    slices: Slices,
    diffusion: float,
) -> dict[str, Floats]:
    """Yearly water of one column, as :class:`ClassWater` names it."""
    profile = column.profile
    faces = node_faces(profile.depth) / _CM
    edges = slices.edges
    layer_edges = edges[slices.first]
    per_year = _YEAR / _CM
    length = profile.length / _CM

    def through(values: Floats, depth: Floats) -> Floats:
        return np.array([np.interp(depth, faces, v) for v in values])

    def within(values: Floats, depth: Floats) -> Floats:
        """Sum over the soil between depths of values that nodes hold for their length."""
        total = np.concatenate((np.zeros((len(values), 1)), np.cumsum(values, axis=1)), axis=1)
        return np.diff(through(total, depth), axis=1)

    # the first period wets the column
    flux, speed = outcome.flux[i, 1:] * per_year, outcome.flux_abs[i, 1:] * per_year
    wetness = within(outcome.wetness[i, 1:] * length, edges) / slices.thickness
    ahead, behind = exchange_of(
        through(flux, edges),
        through(speed, edges),
        wetness,
        _theta_s(column, slices),
        profile.materials[0].dispersivity / _CM,
        diffusion,
        slices.thickness,
    )
    ends = days.year_ends
    per_day = _YEAR / np.diff(np.append(0, ends))

    def yearly(values: Floats) -> Floats:
        return np.diff(np.append(0.0, np.cumsum(values)[ends - 1])) * per_day

    def gained(*amounts: Floats) -> Floats:
        return np.diff(sum(a[i] for a in amounts)) / _CM * per_day

    uptake = within(outcome.uptake[i, 1:] * per_year, layer_edges)
    asked = demand.interception + demand.transpiration + demand.evaporation
    infiltration = gained(outcome.infiltration)
    excess = gained(outcome.runoff)
    filling = gained(outcome.pond)
    beyond = demand.infiltrating - demand.transpiration - demand.evaporation
    surplus = np.maximum(yearly(beyond), np.finfo(float).tiny)
    under_flood = yearly(np.where(demand.bund > 0.0, beyond, 0.0))
    return {
        "ahead": ahead,
        "behind": behind,
        "wetness": wetness,
        "percolation": through(flux, layer_edges[1:]),
        "uptake": uptake,
        "rain": yearly(demand.rain),
        "irrigation": yearly(demand.irrigation),
        "interception": yearly(demand.interception),
        "evaporation": yearly(demand.infiltrating) - infiltration - excess - filling,
        "runoff": yearly(demand.storm_runoff) + excess,
        "storage": gained(outcome.storage, outcome.pond),
        "potential": yearly(asked),
        "flooded": np.clip(under_flood / surplus, 0.0, 1.0),
    }


def _theta_s(column: Column, slices: Slices) -> Floats:
    """Saturated water content of each slice, that of the material in its middle."""
    edges = _CM * slices.edges
    middle = np.searchsorted(column.profile.depth, 0.5 * (edges[1:] + edges[:-1]))
    values = [column.profile.materials[k].theta_s for k in column.profile.material[middle]]
    return np.array(values)


def exchange_of(
    flux: Floats,
    speed: Floats,
    wetness: Floats,
    theta_s: Floats,
    dispersivity: float,
    diffusion: float,
    thickness: Floats,
) -> tuple[Floats, Floats]:
    """How concentrations drive the flux through the faces of slices: ``a c - b c_below``.

    Advection takes the concentration of the face by linear interpolation between the middles of
    the slices as long as dispersion keeps the exchange positive, and that of the slice upstream
    where it does not.

    Parameters
    ----------
    flux, speed : ndarray ``[year, slice + 1]``
        Mean flux of water and mean of its absolute daily value. [m yr-1]
    wetness : ndarray ``[year, slice]``
        [-]
    theta_s : ndarray ``[slice]``
        [-]
    dispersivity : float
        [m]
    diffusion : float
        In free water. [m2 yr-1]
    thickness : ndarray ``[slice]``
        [m]

    Returns
    -------
    ahead, behind : ndarray ``[year, slice + 1]``
        Nothing passes the surface; through the bottom water takes the concentration above it.
    """
    tortuosity = np.array([[tortuous_water(t, s) for t, s in zip(w, theta_s, strict=True)]
                           for w in wetness])  # fmt: skip
    q = flux[:, 1:-1]
    distance = 0.5 * (thickness[1:] + thickness[:-1])
    diffused = 0.5 * diffusion * (tortuosity[:, 1:] + tortuosity[:, :-1])
    spread = (dispersivity * np.abs(speed[:, 1:-1]) + diffused) / distance
    below = 0.5 * thickness[:-1] / distance  # weight of the slice below in the face
    ahead, behind = np.zeros_like(flux), np.zeros_like(flux)
    behind[:, 1:-1] = np.maximum(np.maximum(spread - below * q, 0.0), -q)
    ahead[:, 1:-1] = behind[:, 1:-1] + q
    ahead[:, -1] = np.maximum(flux[:, -1], 0.0)
    return ahead, behind


def _digest(
    columns: Sequence[Column],
    demands: Sequence[Demand],
    days: Days,
    slices: Slices,
    diffusion: float,
) -> str:
    """Digest of all that the water of the classes depends on."""
    digest = hashlib.sha256(cache.formulas(*_SOURCES))
    digest.update(repr((diffusion, slices.edges.tolist(), slices.layer.tolist())).encode())
    digest.update(repr(days.year_ends.tolist()).encode())
    number: dict[int, int] = {}
    for column, demand in zip(columns, demands, strict=True):
        profile = column.profile
        digest.update(repr((column.start, column.stop, profile.materials, column.top)).encode())
        digest.update(profile.depth.tobytes() + profile.material.tobytes())
        if column.roots is not None:
            digest.update(repr(column.roots.feddes).encode() + column.roots.density.tobytes())
        if id(demand) not in number:
            number[id(demand)] = len(number)
            for field in fields(demand):
                digest.update(getattr(demand, field.name).tobytes())
        digest.update(f"demand {number[id(demand)]}".encode())
    return digest.hexdigest()
