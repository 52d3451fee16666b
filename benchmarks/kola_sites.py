"""Sites of the survey of Kola with the plumes of the works, for :mod:`benchmarks.kola_transfer`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import rasterio
import shapely
from affine import Affine
from numpy.typing import NDArray
from scipy.interpolate import NearestNDInterpolator

from simulator import footprint_cache
from simulator.constants import METALS
from simulator.data import Parameters
from simulator.footprints import emitted_substances, source_field, stack_of
from simulator.physics.dispersion.hours import prepare
from simulator.physics.dispersion.receptor import DRY, WET
from simulator.physics.dispersion.sources import Ground
from simulator.region import Region, read_region
from simulator.region.meteorology import region_meteorology

#: Place of Monchegorsk among the works; those before it are the western ones.
EAST: Final = 2
#: Share of the sites with the lowest content from which on that is half a detection limit.
PLATEAU: Final = 0.2

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sites:
    """Sites of one layer.

    Attributes
    ----------
    name : ndarray ``[site]``
    distance, bearing : ndarray ``[site, work]``
        From the works. [km], [radian clockwise from north]
    plume : ndarray ``[site, work, release]``
        Particles that fall for each unit emitted by stack and low. [1e-12 m-2]
    place : ndarray ``[site, 2]``
        [km]
    ground : dict of str to ndarray ``[site, term]``
        What the background of a metal may depend on; the first is 1.
    content : DataFrame
        By metal, without those that the layer lacks. [mg kg-1]
    """

    name: NDArray
    distance: Floats
    bearing: Floats
    plume: Floats
    place: Floats
    ground: dict[str, Floats]
    content: pd.DataFrame

    def __len__(self) -> int:
        return len(self.name)

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Sites:
        return Sites(
            self.name[chosen],
            self.distance[chosen],
            self.bearing[chosen],
            self.plume[chosen],
            self.place[chosen],
            {m: g[chosen] for m, g in self.ground.items()},
            self.content[chosen],
        )

    @property
    def western(self) -> Floats:
        """Distance to the nearest of the western works. [km]"""
        return self.distance[:, :EAST].min(axis=1)

    @property
    def nearest(self) -> Floats:
        """Distance to the nearest of the works. [km]"""
        return self.distance.min(axis=1)


@dataclass(frozen=True)
class Country:
    """What all layers share.

    Attributes
    ----------
    works : ndarray ``[work, 2]``
        [m]
    rings : ndarray ``[ring]``
        [m]
    falls : ndarray ``[ring, release]``
        Deposition of particles for each unit emitted. [m-2]
    mineral : DataFrame
        ln of the contents of the C horizon [mg kg-1], by site and metal.
    mineral_places : ndarray ``[site, 2]``
        [m]
    coast : shapely geometry
    """

    works: Floats
    rings: Floats
    falls: Floats
    mineral: pd.DataFrame
    mineral_places: Floats
    coast: shapely.Geometry

    @classmethod
    def read(cls, folder: Path) -> Country:
        """Read the files, and the plumes of a stack and of a roof of the region ``kola``."""
        smelters = pd.read_csv(folder / "smelters.csv")
        outlines = json.loads((folder / "outlines.geojson").read_text(encoding="utf-8"))
        coast = next(f for f in outlines["features"] if f["properties"]["kind"] == "coast")
        mineral = pd.read_csv(folder / "chorizon.csv").set_index("site")
        rings, falls = plumes()
        return cls(
            smelters[["x_m", "y_m"]].to_numpy(np.float64),
            rings,
            falls,
            np.log(mineral[list(METALS)]),
            mineral[["x_m", "y_m"]].to_numpy(np.float64),
            shapely.geometry.shape(coast["geometry"]),
        )

    def sites(self, table: pd.DataFrame) -> Sites:
        """Sites of a table of the data."""
        place = table[["x_m", "y_m"]].to_numpy(np.float64)
        away = place[:, None, :] - self.works
        distance = np.hypot(*np.moveaxis(away, -1, 0))
        plume = np.exp(
            [np.interp(np.log(distance), np.log(self.rings), np.log(fall)) for fall in self.falls.T]
        )
        return Sites(
            table["site"].to_numpy(),
            distance / 1e3,
            np.arctan2(away[..., 0], away[..., 1]),
            np.moveaxis(plume, 0, -1) * 1e12,
            place / 1e3,
            {m: self._ground(table, m) for m in METALS},
            table[[m for m in METALS if m in table]],
        )

    def cells(self, region: Region) -> Sites:
        """Middles of all cells of a region, as sites on the C horizon of the nearest site."""
        x, y = np.meshgrid(region.grid.x, region.grid.y)
        known = self.mineral.index.to_numpy(np.float64)
        nearest = NearestNDInterpolator(self.mineral_places, known)(x.ravel(), y.ravel())
        return self.sites(
            pd.DataFrame(
                {
                    "site": nearest.astype(np.int64),
                    "x_m": x.ravel(),
                    "y_m": y.ravel(),
                    "elev_m": region.elevation.ravel(),
                }
            )
        )

    def _ground(self, table: pd.DataFrame, metal: str) -> Floats:
        """Content of the C horizon, height, northing, easting and nearness of the coast, scaled."""
        below = self.mineral[metal]
        found = below.reindex(table["site"]).fillna(below.median()).to_numpy()
        shore = shapely.distance(self.coast, shapely.points(table["x_m"], table["y_m"]))
        return np.column_stack(
            [
                np.ones(len(table)),
                (found - below.median()) / below.std(),
                (table["elev_m"].fillna(200.0).to_numpy() - 200.0) / 90.0,
                (table["y_m"].to_numpy() - 7.60e6) / 1.3e5,
                (table["x_m"].to_numpy() - 6.2e5) / 1.3e5,
                np.exp(-shore / 2.5e4),
            ]
        )


def plumes() -> tuple[Floats, Floats]:
    """Rings [m], and deposition of particles on them, all directions alike, ``[ring, release]``.

    Of the stack and the low release of Nikel in the region ``kola``.
    """
    region, parameters = read_region("kola"), Parameters()
    hours = prepare(region_meteorology(region, parameters))
    key = footprint_cache.hours_digest(hours)
    rows = region.sources.set_index("id", drop=False).loc[["nikel", "nikel-low"]]
    fields = [
        source_field(
            stack_of(row),
            emitted_substances(parameters, str(row["sector"]), str(row["control"]))[:1],
            hours,
            key,
            400e3,
            Ground(),
        )
        for _, row in rows.iterrows()
    ]
    falls = [f.values[:, :, 0, [DRY, WET]].sum(axis=-1).mean(axis=0) for f in fields]
    return fields[0].rings, np.column_stack(falls)


def observed(sites: Sites, metal: str) -> tuple[Floats, NDArray[np.bool_]]:
    """ln of contents [mg kg-1], the detection limit where below; and which are below.

    The source writes half the limit for what is below. Where a fifth of the sites have the lowest
    content of all, that is it.
    """
    content = sites.content[metal].to_numpy(np.float64)
    lowest = content == content.min()
    below = lowest & (lowest.mean() >= PLATEAU)
    return np.log(np.where(below, 2.0 * content, content)), below


def as_written(predicted: Floats, sites: Sites, metal: str) -> Floats:
    """Predicted ln contents, half the limit for what is below, as the source writes it."""
    y, below = observed(sites, metal)
    if not below.any():
        return predicted
    limit = float(y[below][0])
    return np.where(predicted < limit, limit - math.log(2.0), predicted)


def write_map(path: Path, region: Region, contents: Mapping[str, Floats]) -> None:
    """Write ln contents [mg kg-1] of all cells as contents, in the form of ``survey.tif``."""
    grid = region.grid
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=grid.shape[0],
        width=grid.shape[1],
        count=len(METALS),
        dtype="float32",
        crs=grid.crs,
        transform=Affine(grid.cell_size, 0.0, grid.x_min, 0.0, -grid.cell_size, grid.y_max),
        nodata=math.nan,
        compress="deflate",
        zlevel=9,
        predictor=3,
    ) as sink:
        for band, metal in enumerate(METALS, start=1):
            content = np.exp(contents[metal]).reshape(grid.shape)
            known = np.where(region.soil_mask, content, math.nan)
            sink.write(known.astype(np.float32), band)
            sink.set_band_description(band, metal)
            sink.set_band_unit(band, "mg/kg")
