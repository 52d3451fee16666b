"""Point sources of a coast: real power plants, and works placed in industrial parks by the seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import Transformer
from scipy import ndimage

from simulator.region.build.coast_recipe import CoastRecipe, IndustryPart, fault
from simulator.region.build.outline import Raster
from simulator.region.build.plants import plants_to_sources
from simulator.region.build.terrain import stream
from simulator.region.build.write import SOURCE_COLUMNS


class Sites:
    """Hands out sites inside industrial parks (off their border where they are large), each once.

    Parameters
    ----------
    parks : dict of str to ndarray of bool
        Cells of each park.
    raster : Raster
        Raster of the cells.
    seed : int
        Seed of the region.
    """

    def __init__(self, parks: dict[str, NDArray[np.bool_]], raster: Raster, seed: int) -> None:
        self._raster = raster
        self._cells = {
            name: stream(seed, f"sites {name}").permutation(_inside(cells)).tolist()
            for name, cells in parks.items()
        }

    def take(self, park: str) -> tuple[float, float]:
        """Easting and northing of the next free cell of a park. [m]"""
        if not self._cells[park]:
            raise fault(
                f"industry, {park}",
                "no cell is left for another works",
                "every works takes a cell of its park",
                "Raise the weight of the park or move works elsewhere.",
            )
        row, col = divmod(self._cells[park].pop(), self._raster.shape[1])
        return (
            self._raster.x_min + (col + 0.5) * self._raster.cell,
            self._raster.y_max - (row + 0.5) * self._raster.cell,
        )


def _inside(cells: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Flat index of the cells with four neighbours in the park; of all cells if there is none."""
    inner = ndimage.binary_erosion(cells)
    return np.flatnonzero(inner if inner.any() else cells)


def point_sources(recipe: CoastRecipe, raw: Path, sites: Sites) -> pd.DataFrame:
    """Rows of ``sources.csv``: the real plants first, then the illustrative works."""
    plants = pd.read_csv(raw / recipe.raw.plants)
    back = Transformer.from_crs(recipe.grid.crs, "EPSG:4326", always_xy=True)
    for move in recipe.plants.relocate:
        rows = plants["name"] == move.name
        if not rows.any():
            raise fault(
                "plants.relocate",
                f"no plant named {move.name!r} in {recipe.raw.plants}",
                "only a plant of the database can be relocated",
                "Mend the name.",
            )
        lon, lat = back.transform(*sites.take(move.park))
        plants.loc[rows, ["lon", "lat"]] = lon, lat
    real = plants_to_sources(
        plants,
        recipe.grid.grid(),
        distance=recipe.plants.distance,
        control=dict(recipe.plants.control),
        fuel=dict(recipe.plants.fuel),
        year=recipe.plants.year,
    )
    for move in recipe.plants.relocate:
        moved = real["name"] == move.name
        real.loc[moved, "status"] = "illustrative"
        real.loc[moved, "reference"] += f"; place: {move.park} by seed, {move.why}"
    works = [
        _works(part, number, recipe, sites)
        for part in recipe.industry
        for number in range(len(part.parks))
    ]
    invented = pd.DataFrame(works, columns=list(SOURCE_COLUMNS))
    return pd.concat([real.astype(object), invented.astype(object)], ignore_index=True)


def _works(part: IndustryPart, number: int, recipe: CoastRecipe, sites: Sites) -> dict:
    park = part.parks[number]
    district = next(p.district for p in recipe.landuse.parks if p.name == park)
    x, y = sites.take(park)
    return {
        "id": f"{part.name}-{number + 1}".replace(" ", "-"),
        "name": f"{part.name.capitalize()} {number + 1}, {district} (illustrative)",
        "sector": part.sector,
        "control": part.control,
        "activity": part.activities[number],
        "activity_unit": part.activity_unit,
        "x": x,
        "y": y,
        "height_m": part.height_m,
        "diameter_m": part.diameter_m,
        "temperature_K": part.temperature_k,
        "velocity_m_s": part.velocity_m_s,
        "start_year": None,
        "stop_year": None,
        "status": "illustrative",
        "reference": f"site: a cell of {park} by seed; {part.reference}",
        "fuel": "",
    }
