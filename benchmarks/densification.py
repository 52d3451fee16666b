"""Print how built land of Wuhan filled up and spread in the yearly maps of its region.

Run with ``python -m benchmarks.densification``, and ``--raw DATA`` (folder with
``wuhan_builtup_annual_90m``) for the patches of new land on pixels of 90 m. Printed are the
logistic law of the built-up share of parcels with the 95 % of a bootstrap over squares of 10 km;
how well a law of 2000-2005 foretells 2010, beside no growth and trends; the share of new quarters
against their age; sizes of new patches and the shares of infill, edge expansion and leapfrog by
year.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import rasterio
import shapely
from numpy.typing import NDArray

from benchmarks.tables import print_table
from simulator.constants import WATER_CLASS
from simulator.landuse.densification import fit_densification, share_by_age
from simulator.landuse.mosaic import Mosaic
from simulator.landuse.patches import NewPatches, fit_patch_sizes
from simulator.region import Region, read_region
from simulator.region.overlay import overlay

#: Side of the squares that are drawn. [m]
BLOCK = 10_000.0
#: Sealed share of built-up land in the recipe of the region, and the ceiling of its baseline. [-]
IMPERVIOUS, CEILING = 0.62, 0.80
BUILT_FROM = (0.2, 0.3, 0.4, 0.5)
BUILT_CODE = 3
HECTARE = 1.0e4
KM2 = 1.0e6


@dataclass(frozen=True)
class Parcels:
    """Built-up share of the parcels of land, ``[year, parcel]``, and what they are."""

    years: NDArray[np.int64]
    share: NDArray[np.float64]
    area: NDArray[np.float64]
    block: NDArray[np.int64]
    urban: NDArray[np.bool_]  #: in the year of the region

    @classmethod
    def of(cls, region: Region) -> Parcels:
        """Overlay the history of a region with its parcels."""
        history = region.land_history
        assert history is not None
        land = region.parcels[region.parcels["land_class"] != WATER_CLASS]
        shapes = land["geometry"].to_numpy()
        fine = replace(region.grid, cell_size=history.cell_size, shape=history.built.shape[1:])
        cover = overlay(fine, shapes)
        known = np.isfinite(history.built[0]).ravel()
        built = np.nan_to_num(history.built, nan=0.0).reshape(len(history.years), -1)
        cells = cover.T @ known.astype(np.float64)
        share = np.stack([cover.T @ year.astype(np.float64) for year in built])
        centre = shapely.get_coordinates(shapely.centroid(shapes))
        square = np.floor(centre / BLOCK).astype(np.int64)
        return cls(
            years=history.years,
            share=np.divide(share, cells, out=np.zeros_like(share), where=cells > 0.0),
            area=cells * history.cell_size**2,
            block=np.unique(square, axis=0, return_inverse=True)[1].ravel(),
            urban=(land["land_class"] == "urban").to_numpy(),
        )


def law(parcels: Parcels) -> pd.DataFrame:
    """Rate and ceiling by the share from which a parcel counts, ceiling free and given."""
    rows = {}
    for built_from in BUILT_FROM:
        for name, ceiling in (
            ("free", None),
            ("1", 1.0),
            (f"{CEILING:g} sealed", CEILING / IMPERVIOUS),
        ):
            found = fit_densification(
                parcels.years, parcels.share, parcels.area, parcels.block,
                built_from=built_from, ceiling=ceiling,
            )  # fmt: skip
            rows[f"from {built_from:g}, ceiling {name}"] = {
                "parcels": found.units,
                "rate": found.rate,
                "low": found.rate_interval[0],
                "high": found.rate_interval[1],
                "ceiling": found.ceiling,
                "K low": found.ceiling_interval[0],
                "K high": found.ceiling_interval[1],
            }
    return pd.DataFrame(rows).T


def foretold(parcels: Parcels, built_from: float, present: int = 5) -> pd.DataFrame:
    """Errors of the share of the last year, foretold from the years up to `present`."""
    past = slice(None, present + 1)
    end = int(parcels.years[-1] - parcels.years[present])
    span = int(parcels.years[present] - parcels.years[0])
    now, then = parcels.share[present], parcels.share[-1]
    built = now >= built_from
    own = (now - parcels.share[0]) / span * end

    def fitted(ceiling: float | None) -> NDArray[np.float64]:
        return fit_densification(
            parcels.years[past], parcels.share[past], parcels.area, parcels.block,
            built_from=built_from, ceiling=ceiling, draws=2,
        ).after(now, end)  # fmt: skip

    mean_growth = np.average(own[built], weights=parcels.area[built])
    guesses = {
        "logistic": fitted(None),
        "logistic, ceiling 1": fitted(1.0),
        f"logistic, ceiling {CEILING:g} sealed": np.minimum(fitted(CEILING / IMPERVIOUS), 1.0),
        "no growth": now,
        "trend of each parcel": np.clip(now + own, 0.0, 1.0),
        "mean trend": np.clip(now + mean_growth, 0.0, 1.0),
    }

    def mean(error: NDArray[np.float64]) -> float:
        return float(np.average(error[built], weights=parcels.area[built]))

    rows = {}
    worst = mean((now - then) ** 2)
    for name, guess in guesses.items():
        square = mean((guess - then) ** 2)
        rows[name] = {
            "parcels": np.count_nonzero(built),
            "RMSE": np.sqrt(square),
            "MAE": mean(np.abs(guess - then)),
            "bias": mean(guess - then),
            "skill": 1.0 - square / worst,
        }
    return pd.DataFrame(rows).T


def ages(parcels: Parcels) -> pd.DataFrame:
    """Share of new quarters by age: of those that are urban in the end, and of all that began."""
    columns = {}
    for name, chosen in (("urban", parcels.urban), ("all", np.full(parcels.urban.shape, True))):
        table = share_by_age(parcels.years, parcels.share[:, chosen], parcels.area[chosen])
        table = table.set_index("age")
        columns |= {f"{name} share": table["share"], f"{name} parcels": table["units"]}
    return pd.DataFrame(columns).loc[-2:].reset_index()


def patches(raw: Path) -> pd.DataFrame:
    """New patches between the maps of 90 m: from year to year, in five and in ten years."""
    folder = raw / "wuhan_builtup_annual_90m"
    with rasterio.open(folder / "cover_2000_2010.tif") as source:
        built = source.read() == BUILT_CODE
        years = [int(text) for text in source.descriptions]
        pixel = abs(source.transform.a * source.transform.e)
    with rasterio.open(folder / "district.tif") as source:
        valid = source.read(1) > 0
    mosaic = Mosaic.of_cells(valid, pixel)
    last = len(years) - 1
    rows = {}
    for a, b in [*((k, k + 1) for k in range(last)), (0, 5), (5, last), (0, last)]:
        new = NewPatches.between(mosaic, built[a][valid], built[b][valid])
        mean_size, log_sd = fit_patch_sizes(new)
        rows[f"{years[a]}-{years[b]}"] = {
            "new km2": new.area.sum() / KM2,
            "patches": len(new.area),
            "mean ha": new.area.mean() / HECTARE,
            "by area ha": (new.area**2).sum() / new.area.sum() / HECTARE,
            "largest ha": new.area.max() / HECTARE,
            "fit mean ha": mean_size / HECTARE,
            "fit log sd": log_sd,
            **dict(zip(("infill", "edge", "leapfrog"), new.shares, strict=True)),
        }
    return pd.DataFrame(rows).T


def main(argv: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--raw", type=Path, help="folder of the raw data of the region")
    args = parser.parse_args(argv)
    parcels = Parcels.of(read_region("wuhan"))
    print_table("Logistic law of the built-up share of parcels [yr-1, -]", law(parcels))
    for built_from in (0.3, 0.5):
        title = f"2010 foretold from 2000-2005, parcels from a share of {built_from:g} on"
        print_table(title, foretold(parcels, built_from))
    print_table("Built-up share of new quarters by age [yr]", ages(parcels))
    if args.raw is not None:
        print_table("New patches on pixels of 90 m", patches(args.raw))


if __name__ == "__main__":
    main()
