"""Maps of an assessment as GeoTIFFs, graded ones with their colours and the names of the grades."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from analysis.assessment.palette import COLOURS
from analysis.assessment.variables import LANDS, Variable, catalogue
from analysis.export import geotiff_profile, origin_of
from simulator.record import RunFolder
from simulator.region.model import Grid

_NO_BYTE: Final = 255


def write_geotiffs(data: xr.Dataset, out: Path, grid: Grid, run: RunFolder) -> list[Path]:
    """Write each variable as GeoTIFFs, one a metal and land, one band a year.

    Quantities are float32 with NaN as no data, and so are infinities. Codes are bytes with 255 as
    no data; what they mean stands in the tags of the band and, with their colours, in the auxiliary
    file beside.

    Parameters
    ----------
    data : xarray.Dataset
        An assessment.
    out : Path
        Folder; it is made.
    grid : Grid
        Its cells.
    run : RunFolder
        Says what the files are of.
    """
    out.mkdir()
    written = []
    for name, variable in catalogue().items():
        values = data[name]
        for land in LANDS if "land" in variable.dims else [""]:
            on_land = values.sel(land=land) if land else values
            for metal in data["metal"].values if "metal" in variable.dims else [""]:
                one = on_land.sel(metal=metal) if metal else on_land
                parts = [name, "fixed" if land == "fixed" else "", str(metal)]
                path = out / ("_".join(p for p in parts if p) + ".tif")
                _write_geotiff(path, one, variable, grid, _tags(run, str(metal), str(land)))
                written.append(path)
    return written


def _write_geotiff(
    path: Path, values: xr.DataArray, variable: Variable, grid: Grid, tags: dict[str, str]
) -> None:
    import rasterio

    coded = bool(variable.meanings)
    maps = values.values  # one reading for all bands
    kind = ("uint8", _NO_BYTE) if coded else ("float32", float("nan"))
    profile = geotiff_profile(grid, values.sizes["year"], *kind)
    with rasterio.open(path, "w", **profile) as raster:
        raster.update_tags(**tags, long_name=variable.long_name)
        for band, year in enumerate(values["year"].values.tolist(), start=1):
            raster.write(_band(maps[band - 1], coded), band)
            raster.set_band_description(band, f"{path.stem.replace('_', ' ')} {year}")
            raster.set_band_unit(band, variable.units)
            raster.update_tags(
                band, year=str(year), **{f"code_{k}": v for k, v in variable.codes.items()}
            )
    if coded:
        _write_colours(path, variable, values.sizes["year"])


def _band(values: NDArray[np.floating], coded: bool) -> NDArray:
    finite = np.isfinite(values)
    if coded:
        return np.where(finite, values, _NO_BYTE).astype(np.uint8)
    return np.where(finite, values, np.nan).astype(np.float32)


def _write_colours(path: Path, variable: Variable, bands: int) -> None:
    """Write colours and names of the codes beside a GeoTIFF, in GDAL's auxiliary file.

    The format itself keeps colours in files of one band only.
    """
    from matplotlib.colors import to_rgb

    root = ElementTree.Element("PAMDataset")
    colours = dict(zip(variable.codes, COLOURS[variable.name], strict=True))
    for number in range(1, bands + 1):
        band = ElementTree.SubElement(root, "PAMRasterBand", band=str(number))
        ElementTree.SubElement(band, "ColorInterp").text = "Palette"
        categories = ElementTree.SubElement(band, "CategoryNames")
        table = ElementTree.SubElement(band, "ColorTable")
        for code in range(max(colours) + 1):
            ElementTree.SubElement(categories, "Category").text = variable.codes.get(code, "")
            rgb = [round(255 * part) for part in to_rgb(colours.get(code, "white"))]
            parts = [*rgb, 255 if code in colours else 0]
            ElementTree.SubElement(
                table, "Entry", {f"c{i}": str(v) for i, v in enumerate(parts, start=1)}
            )
    ElementTree.ElementTree(root).write(path.with_name(f"{path.name}.aux.xml"), encoding="utf-8")


def _tags(run: RunFolder, metal: str, land: str) -> dict[str, str]:
    return origin_of(run) | {k: v for k, v in (("metal", metal), ("land", land)) if v}
