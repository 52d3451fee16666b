"""Maps of differences from the reference: GeoTIFFs, and thinned maps for pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from analysis.compare.align import Comparison
from analysis.compare.states import State, States
from analysis.export import geotiff_profile, origin_of
from analysis.map_frame import mostly_water
from analysis.runs import control_layer
from simulator.progress import tell

if TYPE_CHECKING:
    from rasterio.io import DatasetWriter

#: What a band holds, and its unit.
QUANTITIES: Final = {"content": "mg kg-1", "overload": "1"}
#: Longer side of a map in a picture. [cell]
_SIDE: Final = 400


@dataclass(frozen=True)
class Maps:
    """Maps of the chosen metals for pictures; large grids are thinned.

    Attributes
    ----------
    metals : tuple of str
        Symbols.
    content : ndarray of float32 ``[metal, run, year, row, col]``
        Of the control layer; NaN without soil. [mg kg-1]
    overload : ndarray of float32 ``[metal, run, year, row, col]``
        1 at or above the limit, 0 below, NaN without one.
    water : ndarray of bool ``[run, year, row, col]``
        Where water covers more than half of the cell.
    """

    metals: tuple[str, ...]
    content: NDArray[np.float32]
    overload: NDArray[np.float32]
    water: NDArray[np.bool_]


def difference_maps(comparison: Comparison, metals: Sequence[str], out: Path) -> Maps:
    """Write ``difference_METAL.tif`` of each metal, and keep what pictures show.

    The bands go by run and year: content less that of the reference [mg kg-1], then the change of
    overload: 1 only in the run, -1 only in the reference, 0 alike, NaN where one has no limit. One
    year of two runs is held at a time.

    Parameters
    ----------
    comparison : Comparison
        The runs and years.
    metals : sequence of str
        Symbols.
    out : Path
        Folder.
    """
    place = [comparison.metals.index(metal) for metal in metals]
    rows, cols = comparison.grid.shape
    thin = -(-max(rows, cols) // _SIDE)
    shape = (len(comparison.runs), len(comparison.years), -(-rows // thin), -(-cols // thin))
    content, overload = (np.empty((len(metals), *shape), np.float32) for _ in range(2))
    water = np.empty(shape, np.bool_)
    with ExitStack() as stack:
        rasters = [stack.enter_context(_raster(comparison, m, out)) for m in metals]
        for run, at, state, reference in _pairs(comparison):
            over = _overload(state)
            content[:, run, at] = state.content[place, ::thin, ::thin]
            overload[:, run, at] = over[place, ::thin, ::thin]
            year = comparison.years[at]
            water[run, at] = mostly_water(comparison.runs[run], year)[::thin, ::thin]
            if run == 0:
                continue
            change = over - _overload(reference)
            for raster, i in zip(rasters, place, strict=True):
                values = (state.content[i] - reference.content[i], change[i])
                _write_bands(raster, comparison, run, at, values)
    return Maps(tuple(metals), content, overload, water)


def _pairs(comparison: Comparison) -> Iterator[tuple[int, int, State, State]]:
    """Place of run and year, the state and that of the reference."""
    states = [States(comparison, i) for i in range(len(comparison.runs))]
    for at, year in enumerate(comparison.years):
        tell("maps of differences", at, len(comparison.years))
        reference = states[0].at(year)
        yield 0, at, reference, reference
        for run in range(1, len(states)):
            yield run, at, states[run].at(year), reference


def _overload(state: State) -> NDArray[np.float32]:
    return np.where(state.known, state.overload, np.nan).astype(np.float32)


def _raster(comparison: Comparison, metal: str, out: Path) -> DatasetWriter:
    import rasterio

    bands = len(QUANTITIES) * len(comparison.others) * len(comparison.years)
    profile = geotiff_profile(comparison.grid, bands, "float32", float("nan"))
    raster = rasterio.open(out / f"difference_{metal}.tif", "w", **profile)
    first = comparison.runs[0]
    title = f"{first.manifest['region']['title']}: {', '.join(comparison.names)}"
    raster.update_tags(
        **{**origin_of(first), "title": title},
        metal=metal, layer=control_layer(first), reference=comparison.reference,
        standard=comparison.rules.standard, ecological_limit=comparison.rules.ecological,
    )  # fmt: skip
    return raster


def _write_bands(
    raster: DatasetWriter,
    comparison: Comparison,
    run: int,
    at: int,
    values: tuple[NDArray[np.floating], NDArray[np.floating]],
) -> None:
    """Write content and overload of one run and year in their places."""
    name, year = comparison.names[run], comparison.years[at]
    first = 1 + len(QUANTITIES) * ((run - 1) * len(comparison.years) + at)
    for band, (quantity, unit), one in zip(
        (first, first + 1), QUANTITIES.items(), values, strict=True
    ):
        raster.write(one.astype(np.float32), band)
        raster.set_band_description(band, f"{quantity} {year}: {name} minus {comparison.reference}")
        raster.set_band_unit(band, unit)
        raster.update_tags(band, year=str(year), run=name, quantity=quantity, units=unit)
