"""What one stack leaves on the cells of a run, worked out as the run did.

Deposition is linear in emission: a footprint for each mode of emission, times what the stack
emitted in that mode, on the ground that there was.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from analysis.inventory import SPECIES, make_inventory
from analysis.runs import region_of, years_of
from simulator.constants import LAND_CLASSES, MODES, WATER_CLASS
from simulator.data import Parameters
from simulator.footprints import region_footprints
from simulator.record import RunFolder
from simulator.region import Region
from simulator.region.overlay import region_land

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Basis:
    """A run, known by all that its footprints follow from."""

    digest: str
    parameters: tuple[tuple[str, float], ...]
    run: RunFolder = field(compare=False, repr=False)

    @classmethod
    def of(cls, run: RunFolder) -> _Basis:
        parameters = tuple(sorted(run.scenario.parameters.items()))
        return cls(str(run.manifest["region"]["digest"]), parameters, run)


def unit_footprint(
    run: RunFolder, source: str, listed: str, place: tuple[float, float]
) -> NDArray[np.float32]:
    """Deposition of a stack, dry and wet, for each unit that it emits.

    From the disk where the run was made here; else the plume is computed, which tells its progress
    through :mod:`simulator.progress`.

    Parameters
    ----------
    run : RunFolder
    source, listed : str
        Id in the run, and the one under which the region lists it: they differ where it moved.
    place : (float, float)
        Easting and northing. [m]

    Returns
    -------
    ndarray ``[mode, row, col]``
        kg m-2 of ground for each kg, by mode of emission. [m-2]

    Raises
    ------
    InputError
        Without the region of the run.
    """
    return _unit_footprint(_Basis.of(run), source, listed, place)


def mercury_shares(run: RunFolder, source: str, year: int) -> Floats:
    """Shares of particles, divalent and elemental mercury in what a stack emits in a year.

    Returns
    -------
    ndarray ``[mode]``
        0 where it emits none. [-]
    """
    inventory = make_inventory(region_of(run), run.scenario, [year])
    sources, mercury = inventory.sources, inventory.mercury
    kg = sources[(sources["id"] == source) & (sources["metal"] == "Hg")]["kg"].sum()
    by_species = mercury[mercury["id"] == source].set_index("species")["kg"]
    parts = by_species.reindex([SPECIES[mode] for mode in MODES]).to_numpy(np.float64)
    # not against their sum: the shares of the tables are rounded
    return parts / kg if kg > 0.0 else np.zeros(len(MODES))


def ground_in(run: RunFolder, year: int) -> Floats:
    """Share of each cell that takes what falls in a year: all land, open and sealed, no water.

    The land of a year is that of its end, before anything falls; where not every year was recorded,
    that of the next recorded one.

    Returns
    -------
    ndarray ``[row, col]``
        NaN without soil. [-]
    """
    later = [int(y) for y in years_of(run) if y > year]
    at = run.history[["open_share", "sealed_share", "content"]].sel(year=later[0])
    land = [name for name in LAND_CLASSES if name != WATER_CLASS]
    bare = at["open_share"].sel(land_class=land).values.astype(np.float64).sum(axis=0)
    soil = np.isfinite(at["content"].isel(metal=0, layer=0).values)
    return np.where(soil, bare + at["sealed_share"].values, np.nan)


@lru_cache(maxsize=2)
def _region(basis: _Basis) -> tuple[Region, Parameters, Floats, Floats]:
    """Region, parameters, and the land at the start: open by class, and sealed."""
    run = basis.run
    region = region_of(run)
    return region, Parameters(run.scenario.parameters), *region_land(region)


@lru_cache(maxsize=16)
def _unit_footprint(
    basis: _Basis, source: str, listed: str, place: tuple[float, float]
) -> NDArray[np.float32]:
    region, parameters, open_share, sealed_share = _region(basis)
    rows = region.sources[region.sources["id"] == listed]
    rows = rows.assign(id=source, x=place[0], y=place[1])
    (one,) = region_footprints(region, parameters, open_share, sealed_share, rows)
    found: NDArray[np.float32] = (one.dry + one.wet).astype(np.float32)
    found.flags.writeable = False
    return found
