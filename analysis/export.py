"""A run for other programs: GeoTIFF for GIS, NetCDF-4 after CF, and a long CSV table."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from analysis.runs import content, control_layer, grid_of, metal_of, run_name, year_of, years_of
from simulator.constants import METALS
from simulator.record import RunFolder
from simulator.region.model import Grid


def metals_and_years(
    run: RunFolder, metal: str | None, year: int | None
) -> tuple[list[str], list[int]]:
    """Metals and years to export: the one asked for, or all of the run."""
    known = set(run.history["metal"].values.tolist())
    metals = [m for m in METALS if m in known]
    return (
        metals if metal is None else [metal_of(run, metal)],
        years_of(run).tolist() if year is None else [year_of(run, year)],
    )


def write_geotiff(run: RunFolder, out: Path, metal: str, years: Sequence[int]) -> Path:
    """Write the content of the control layer of one metal as a GeoTIFF, one band a year.

    Parameters
    ----------
    run : RunFolder
        The run.
    out : Path
        Folder; it is made if it is not there.
    metal : str
        Symbol of the metal.
    years : sequence of int
        Years of the history, in the order of the bands.

    Returns
    -------
    Path
        ``content_<metal>.tif``: float32 [mg kg-1], NaN without soil, bands named by year, tagged
        with unit and origin, compressed.
    """
    import rasterio

    profile = geotiff_profile(grid_of(run), len(years), "float32", float("nan"))
    path = out / f"content_{metal}.tif"
    with replacing(path) as beside, rasterio.open(beside, "w", **profile) as raster:
        raster.update_tags(**origin_of(run), metal=metal, layer=control_layer(run))
        for band, year in enumerate(years, start=1):
            raster.write(content(run, metal, year).astype(np.float32), band)
            raster.set_band_description(band, f"{metal} {year}")
            raster.set_band_unit(band, "mg kg-1")
            raster.update_tags(band, year=str(year), metal=metal, units="mg kg-1")
    return path


def geotiff_profile(grid: Grid, bands: int, dtype: str, nodata: float) -> dict[str, Any]:
    """How GeoTIFFs of a grid are written: compressed, in tiles, one band after the other.

    Parameters
    ----------
    grid : Grid
        Their cells.
    bands : int
        Number of bands.
    dtype : str
        Type of the values; ``"float32"`` is compressed by its differences along a row.
    nodata : float
        Value that means "no data".
    """
    import rasterio
    from affine import Affine

    size = grid.cell_size
    return {
        "driver": "GTiff",
        "height": grid.shape[0],
        "width": grid.shape[1],
        "count": bands,
        "dtype": dtype,
        "crs": rasterio.CRS.from_string(grid.crs),
        "transform": Affine(size, 0.0, grid.x_min, 0.0, -size, grid.y_max),
        "nodata": nodata,
        "compress": "deflate",
        "predictor": 3 if dtype == "float32" else 1,
        "interleave": "band",
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
        "bigtiff": "if_safer",
    }


def write_netcdf(run: RunFolder, out: Path, metals: Sequence[str], years: Sequence[int]) -> Path:
    """Write the history as NetCDF-4 after CF-1.11, with a time axis that GIS viewers step through.

    Parameters
    ----------
    run : RunFolder
        The run.
    out : Path
        Folder; it is made if it is not there.
    metals : sequence of str
        Symbols of the metals.
    years : sequence of int
        Years of the history, rising.

    Returns
    -------
    Path
        ``history.nc``, written a year at a time so that memory does not grow with years.
    """
    import h5netcdf

    path = out / "history.nc"
    with replacing(path) as beside:
        for i, year in enumerate(years):
            state = _state(run, metals, year, years[0])
            if i == 0:
                _create_netcdf(state, beside)
                continue
            with h5netcdf.File(beside, "a") as file:
                file.resize_dimension("time", i + 1)
                for name, variable in state.variables.items():
                    if "time" in variable.dims:
                        file.variables[str(name)][i] = variable.values[0]
    return path


def _state(run: RunFolder, metals: Sequence[str], year: int, first: int) -> xr.Dataset:
    """State at the beginning of one year, its time in days since the first year."""
    state = run.history.sel(metal=list(metals), year=[year]).load()
    origin = datetime.date(first, 1, 1)
    days = (datetime.date(year, 1, 1) - origin).days
    state = state.assign_coords(time=("year", np.array([days], dtype=np.int32)))
    state = state.swap_dims(year="time").reset_coords("spatial_ref")
    # The dimensions of a variable of CF come in the order T, Z, Y, X, others to the left of Z.
    state = state.transpose("time", "metal", "land_class", "layer", "y", "x", ...)
    state["time"].attrs = {
        "standard_name": "time",
        "long_name": "time at which the state holds",
        "axis": "T",
        "units": f"days since {origin.isoformat()} 00:00:00",
        "calendar": "standard",
    }
    state["year"].attrs = {"long_name": "year at whose beginning the state holds", "units": "1"}
    state.attrs = {**state.attrs, "Conventions": "CF-1.11", **origin_of(run)}
    for name, variable in state.variables.items():
        # How it is stored in the run does not hold here; coordinates have no missing values.
        variable.encoding = {"_FillValue": None} if name in state.coords else {}
        if name in state.data_vars and {"y", "x"} <= set(variable.dims):
            variable.attrs["grid_mapping"] = "spatial_ref"
    state["depth"].attrs["bounds"] = "depth_bounds"
    return state


def _create_netcdf(state: xr.Dataset, path: Path) -> None:
    encoding: dict[str, dict[str, Any]] = {}
    for name, variable in state.data_vars.items():
        if variable.ndim >= 3:
            chunks = (1, *variable.shape[1:-2], *(min(256, n) for n in variable.shape[-2:]))
            packed = {"zlib": True, "complevel": 4, "shuffle": True, "chunksizes": chunks}
            encoding[str(name)] = packed
    state.to_netcdf(
        path, engine="h5netcdf", encoding=encoding, unlimited_dims=["time"], format="NETCDF4"
    )


def write_csv(run: RunFolder, out: Path, metals: Sequence[str], years: Sequence[int]) -> Path:
    """Write the content of the control layer as a long table, cells without soil left out.

    Returns
    -------
    Path
        ``content.csv``: ``row,col,x_m,y_m,metal,year,content_mg_kg``.
    """
    import pyarrow as pa
    import pyarrow.csv

    grid = grid_of(run)
    path = out / "content.csv"
    schema = pa.schema(
        [
            ("row", pa.int32()),
            ("col", pa.int32()),
            ("x_m", pa.float64()),
            ("y_m", pa.float64()),
            ("metal", pa.string()),
            ("year", pa.int32()),
            ("content_mg_kg", pa.float32()),
        ]
    )
    options = pyarrow.csv.WriteOptions(quoting_style="none", quoting_header="none")
    with (
        replacing(path) as beside,
        pyarrow.csv.CSVWriter(str(beside), schema, write_options=options) as writer,
    ):
        for year in years:
            for metal in metals:
                values = content(run, metal, year)
                row, col = np.nonzero(np.isfinite(values))
                columns = [
                    row, col, grid.x[col], grid.y[row],
                    np.full(row.size, metal), np.full(row.size, year), values[row, col],
                ]  # fmt: skip
                arrays = [pa.array(c).cast(f.type) for c, f in zip(columns, schema, strict=True)]
                writer.write_table(pa.table(arrays, schema=schema))
    return path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Path to write to beside a file; it takes the file's place when all went well.

    Nothing is left, and an older file stays as it was, when writing fails.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        yield beside
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def origin_of(run: RunFolder) -> dict[str, str]:
    """What a file of the run must say of where it comes from."""
    manifest = run.manifest
    illustrative = ", ".join(manifest["illustrative"])
    return {
        "title": f"{manifest['region']['title']}: {run_name(run)}",
        "source": f"metalscape {manifest['metalscape']}",
        "comment": f"illustrative input layers: {illustrative or 'none'}",
    }
