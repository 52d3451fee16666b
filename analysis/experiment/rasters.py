"""Findings as GeoTIFF: chance of being above the limit, and which factor matters where."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from analysis.experiment.probability import chance_above
from analysis.experiment.results import Results
from analysis.experiment.sensitivity_maps import NO_VALUE, leading_factor, rank_correlations
from analysis.export import geotiff_profile
from simulator._version import __version__
from simulator.region.model import Grid

Floats = NDArray[np.float64]

#: Parts of a map of chance, in the order of its bands.
PARTS: Final = ("probability", "low", "high")
_NO_BYTE: Final = 255
#: Fewest members of which a rank correlation is drawn.
_LEAST: Final = 5


def grid_of_maps(maps: xr.Dataset) -> Grid:
    """Grid of the maps of an experiment, from its coordinates and their reference system."""
    x, y = maps["x"].values.astype(np.float64), maps["y"].values.astype(np.float64)
    size = float(abs(x[1] - x[0]) if x.size > 1 else abs(y[1] - y[0]))
    crs = str(maps["spatial_ref"].attrs["spatial_ref"])
    return Grid(crs, float(x[0]) - 0.5 * size, float(y[0]) + 0.5 * size, size, (y.size, x.size))


def chances(results: Results, metal: str, year: int) -> list[dict[str, Floats]]:
    """Chance of being at or above the limit at the beginning of a year, for each option.

    Returns
    -------
    list of dict
        One an option; see :func:`analysis.experiment.probability.chance_above`.
    """
    return [chance_of(results, k, metal, year) for k in range(len(results.options))]


def chance_of(results: Results, option: int, metal: str, year: int) -> dict[str, Floats]:
    """Chance under one option, by its place among them."""
    kept = (results.members[option] >= 0) & results.independent
    maps = results.folder.maps["overload"].sel(year=year, metal=metal)
    values = maps.sel(member=results.members[option][kept]).values
    return chance_above(values, results.draws[kept])


def correlations(results: Results, metal: str, year: int) -> list[tuple[Floats, NDArray[np.int8]]]:
    """Rank correlations of the content with the factors, and the leading one, for each option."""
    maps = results.folder.maps["content"].sel(year=year, metal=metal)
    found = []
    for members in results.members:
        kept = (members >= 0) & results.independent
        rows, cols = maps.sizes["y"], maps.sizes["x"]
        if kept.sum() < _LEAST:
            nothing = np.full((len(results.factors), rows, cols), np.nan)
            found.append((nothing, np.full((rows, cols), NO_VALUE, dtype=np.int8)))
            continue
        of_factors = rank_correlations(
            maps.sel(member=members[kept]).values, results.positions[kept]
        )
        draws = np.unique(results.draws[kept]).size
        found.append((of_factors, leading_factor(of_factors, draws)))
    return found


def write_chances(
    path: Path, results: Results, metal: str, found: dict[int, list[dict[str, Floats]]]
) -> Path:
    """Write the chances of one metal: three bands (share, low, high) an option and year."""
    bands = [
        (f"{option} {year} {part}", of_option[part])
        for year, options in found.items()
        for option, of_option in zip(results.options, options, strict=True)
        for part in PARTS
    ]
    what = f"share of futures in which {metal} is at or above its limit, 95 % interval by Wilson"
    return _write(path, results, bands, metal, what, "float32", float("nan"))


def write_correlations(
    folder: Path, results: Results, metal: str, found: Sequence[tuple[Floats, NDArray[np.int8]]]
) -> list[Path]:
    """Write the correlations of one metal, a band an option and factor, and the leading factors."""
    bands = [
        (f"{option}: {factor}", of_factors[k])
        for option, (of_factors, _) in zip(results.options, found, strict=True)
        for k, factor in enumerate(results.factors)
    ]
    leading = [
        (option, np.where(codes == NO_VALUE, _NO_BYTE, codes))
        for option, (_, codes) in zip(results.options, found, strict=True)
    ]
    names = {f"code_{k}": name for k, name in enumerate(("none stands out", *results.factors))}
    what = f"rank correlation of the content of {metal} with each factor over futures"
    lead = f"factor that the content of {metal} follows most closely over futures"
    return [
        _write(
            folder / f"sensitivity_{metal}.tif", results, bands, metal, what, "float32",
            float("nan"),
        ),
        _write(
            folder / f"leading_factor_{metal}.tif", results, leading, metal, lead, "uint8",
            _NO_BYTE, **names,
        ),
    ]  # fmt: skip


def _write(
    path: Path, results: Results, bands: Sequence[tuple[str, NDArray[Any]]], metal: str, what: str,
    dtype: str, no_data: float, **tags: str,
) -> Path:  # fmt: skip
    import rasterio

    profile = geotiff_profile(grid_of_maps(results.folder.maps), len(bands), dtype, no_data)
    with rasterio.open(path, "w", **profile) as raster:
        raster.update_tags(
            title=results.folder.spec.title, source=f"metalscape {__version__}", metal=metal,
            long_name=what, **tags,
        )  # fmt: skip
        for number, (name, values) in enumerate(bands, start=1):
            raster.write(np.asarray(values).astype(dtype), number)
            raster.set_band_description(number, name)
    return path
