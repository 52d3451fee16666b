"""Footprints: what the sources of a region leave on its grid for each unit that they emit.

Deposition is linear in emission. A source and a mode of emission (particles, divalent and elemental
mercury) have one footprint; a year's deposition is footprints times emissions.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator import footprint_cache, progress
from simulator.constants import MODES
from simulator.data import Parameters
from simulator.errors import InputError, Problem
from simulator.physics.dispersion.hours import Hours, prepare
from simulator.physics.dispersion.meteorology import Meteorology
from simulator.physics.dispersion.polar import PolarField, polar_field
from simulator.physics.dispersion.receptor import CONCENTRATION, DRY, WET
from simulator.physics.dispersion.sources import Gas, Ground, Particles, Point, Substance, Volume
from simulator.region.ground import region_ground
from simulator.region.meteorology import region_meteorology
from simulator.region.model import Grid, Region

#: Fields reach twice this far, or four times, and so on, so that sources can share them. [m]
_REACH = 25e3
_TASK = "footprints of the sources"


@dataclass(frozen=True)
class Footprint:
    """What one source leaves on the cells, mode by mode.

    Attributes
    ----------
    dry, wet : ndarray
        Deposition, ``[mode, row, col]``: kg m-2 for each kg emitted. [m-2]
    air : ndarray
        Mean concentration near the ground, ``[mode, row, col]``: kg m-3 for each kg s-1. [s m-3]
    """

    dry: NDArray[np.float64]
    wet: NDArray[np.float64]
    air: NDArray[np.float64]


def stack_of(row: pd.Series) -> Point:
    """Stack of a row of ``sources.csv``."""
    return Point(
        float(row["x"]),
        float(row["y"]),
        float(row["height_m"]),
        float(row["diameter_m"]),
        float(row["temperature_K"]),
        float(row["velocity_m_s"]),
    )


def emitted_substances(parameters: Parameters, sector: str, control: str) -> list[Substance]:
    """What a sector emits, in the order of :data:`MODES`."""
    p = parameters
    bins = p.keys("particle_sizes", "bin", sector=sector, control=control)
    sizes = p.array("size_bins", "bin", bins, parameter="diameter")
    shares = p.array("particle_sizes", "bin", bins, sector=sector, control=control)
    density = p.value("particle_density", sector=sector, control=control)
    shares = shares / np.sum(shares)
    particles = Particles(tuple(sizes.tolist()), tuple(shares.tolist()), (density,) * len(shares))
    return [particles, mercury_gas(p, "hg2"), mercury_gas(p, "hg0")]


def mercury_gas(parameters: Parameters, species: str) -> Gas:
    """Gaseous mercury, ``"hg2"`` or ``"hg0"``, as it deposits and dissolves."""

    def value(name: str) -> float:
        return parameters.value("general", process="mercury", parameter=f"{species}_{name}")

    return Gas(
        value("diffusivity_air"),
        value("diffusivity_water"),
        value("cuticular_resistance"),
        value("henry"),
        value("reactivity"),
    )


def source_schedule(region: Region, row: pd.Series) -> NDArray[np.float64] | None:
    """Emission of a row of ``sources.csv`` by month and hour; None for a steady source."""
    name = row.get("schedule", "")
    return region.schedules[name] if name else None


def hour_weights(
    schedule: NDArray[np.float64] | None, met: Meteorology
) -> NDArray[np.float64] | None:
    """Emission of each hour in units of the mean.

    Parameters
    ----------
    schedule : ndarray, optional
        Emission by month and hour of the day in any unit, ``[12, 24]``.
    met : Meteorology
        Its months and hours.

    Returns
    -------
    ndarray or None
        ``[hour]``, mean 1 over all hours; None for a steady source.
    """
    if schedule is None:
        return None
    weight = schedule[met.month - 1, met.hour - 1]
    return np.asarray(weight / weight.mean(), dtype=np.float64)


def field_reach(farthest: float) -> float:
    """Distance that a field reaches which has to cover another: rounded up, to be shared. [m]"""
    return _REACH * 2.0 ** max(0, math.ceil(math.log2(farthest / _REACH)))


def source_field(
    source: Point | Volume,
    substances: Sequence[Substance],
    hours: Hours,
    hours_key: bytes,
    farthest: float,
    ground: Ground,
    weight: NDArray[np.float64] | None = None,
    before: float = 0.0,
    total: float = 1.0,
) -> PolarField:
    """Polar field of a source, from the cache where it is known.

    Parameters
    ----------
    source, substances, hours, ground, weight
        As for :func:`~simulator.physics.dispersion.polar.polar_field`.
    hours_key : bytes
        Of :func:`~simulator.footprint_cache.hours_digest`.
    farthest : float
        Distance to reach; rounded up, so that sources of one kind share their field. [m]
    before, total : float
        Fields done before this one, and their number, to tell the progress.
    """
    reach = field_reach(farthest)
    key = footprint_cache.field_key(source, substances, hours_key, reach, ground, weight)
    field = footprint_cache.load(key)
    if field is None:
        done = 0

        def tell(count: int) -> None:
            nonlocal done
            done += count
            progress.tell(_TASK, before + done / len(hours), total)

        field = polar_field(
            source, substances, hours, reach, ground=ground, weight=weight, progress=tell
        )
        footprint_cache.save(key, field)
    progress.tell(_TASK, before + 1.0, total)
    return field


def region_footprints(
    region: Region,
    parameters: Parameters,
    open_share: NDArray[np.float64],
    sealed_share: NDArray[np.float64],
    sources: pd.DataFrame | None = None,
) -> Iterator[Footprint]:
    """Footprints of the sources of a region, in the order of its table.

    Imported footprints take the place of computed ones, source by source and mode by mode; cells
    that they do not know receive nothing in that mode.

    Parameters
    ----------
    region : Region
    parameters : Parameters
    open_share : ndarray
        Unsealed share of the cells by land class, ``[land_class, row, col]``. [-]
    sealed_share : ndarray
        ``[row, col]``. [-]
    sources : DataFrame, optional
        Sources with the columns of ``sources.csv``; by default those of the region.
    """
    rows = region.sources if sources is None else sources
    grid = region.grid
    prepared: tuple[Hours, bytes] | None = None
    for n, (_, row) in enumerate(rows.iterrows()):
        footprint = _imported(region, str(row["id"]))
        missing = [k for k, mode in enumerate(MODES) if (row["id"], mode) not in region.footprints]
        if missing:
            if prepared is None:
                hours = prepare(region_meteorology(region, parameters))
                prepared = hours, footprint_cache.hours_digest(hours)
            weight = hour_weights(source_schedule(region, row), prepared[0].met)
            check_emission(str(row["id"]), weight, prepared[0])
            stack = stack_of(row)
            substances = emitted_substances(parameters, str(row["sector"]), str(row["control"]))
            field = source_field(
                stack,
                [substances[k] for k in missing],
                *prepared,
                farthest_corner(grid, stack),
                region_ground(region, (stack.x, stack.y), open_share, sealed_share),
                weight,
                before=n,
                total=len(rows),
            )
            cells = field.on_cells(grid.x - stack.x, grid.y - stack.y, grid.cell_size)
            footprint.dry[missing] = cells[:, DRY]
            footprint.wet[missing] = cells[:, WET]
            footprint.air[missing] = cells[:, CONCENTRATION]
        yield footprint


def check_emission(source: str, weight: NDArray[np.float64] | None, hours: Hours) -> None:
    """Refuse a source that emits in calm and missing hours only: nobody knows where it goes."""
    valid = hours.valid if weight is None else hours.valid & (weight > 0.0)
    if not valid.any():
        raise InputError(
            Problem(
                f"source {source!r}",
                "all hours in which it emits are calm or missing in the weather",
                "plumes need some hours with wind",
                "Check its schedule, calm_below_ms and the wind of the region's weather.",
            )
        )


def farthest_corner(grid: Grid, stack: Point) -> float:
    """Distance that the rings around a stack have to reach to cover a grid. [m]"""
    dx, dy = np.abs(grid.x - stack.x).max(), np.abs(grid.y - stack.y).max()
    return math.hypot(dx + grid.cell_size, dy + grid.cell_size)


def _imported(region: Region, source: str) -> Footprint:
    """The imported modes of a source; nothing in the others."""
    dry, wet, air = np.zeros((3, len(MODES), *region.grid.shape))
    for k, mode in enumerate(MODES):
        if (source, mode) in region.footprints:
            one = region.footprints[source, mode]
            dry[k], wet[k], air[k] = np.nan_to_num([one.dry, one.wet, one.air], nan=0.0)
    return Footprint(dry, wet, air)
