"""How long the slopes of a region are and how well they are connected with its waters.

Both follow from where water runs on the finest elevation, and are averaged over the land of a cell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.constants import LAND_CLASSES
from simulator.data import Parameters
from simulator.physics import flow_routing
from simulator.physics.erosion import slope_length_exponent
from simulator.region.build.rasters import nearest_fill


@dataclass(frozen=True)
class Terrain:
    """Maps on fine pixels, each ``[row, col]``."""

    elevation: NDArray[np.float64]  #: NaN where missing and at sea. [m]
    gradient: NDArray[np.float64]  #: without noise. [-], NaN where missing
    cover: NDArray[np.float64]  #: C of RUSLE; NaN where missing. [-]
    water: NDArray[np.bool_]  #: rivers, lakes, ponds
    pixel: float  #: [m]


def cover_factors() -> NDArray[np.float64]:
    """C of RUSLE of every land class, in the order of LAND_CLASSES. [-]"""
    return Parameters().array("land_classes", "land_class", LAND_CLASSES, parameter="c_factor")


def flow_maps(
    terrain: Terrain,
    slope: NDArray[np.floating],
    cell_of: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    mean: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> dict[str, NDArray[np.float32]]:
    """Slope length and index of connectivity of every cell.

    Parameters
    ----------
    terrain : Terrain
        The fine maps.
    slope : ndarray, shape of the grid
        Slope of the cells as the region has it. [degree]
    cell_of : callable
        Brings a map of the grid to the pixels.
    mean : callable
        Mean of the known pixels of each cell, NaN where there are none.

    Returns
    -------
    dict of str to ndarray
        ``slope_length`` [m] and ``connectivity`` [-]; cells without a known pixel have the values
        of the nearest that has some.
    """

    def value(name: str) -> float:
        return Parameters().value("general", process="erosion", parameter=name)

    longest = value("longest_slope")
    drainage = flow_routing.drain(terrain.elevation, terrain.pixel)
    area = flow_routing.accumulate(drainage, terrain.pixel**2)
    stream = terrain.water | (area >= value("stream_area"))
    exponent = slope_length_exponent(np.radians(np.nan_to_num(slope)))
    factor = flow_routing.hillslope_factor(area, terrain.pixel, cell_of(exponent), longest)
    length = flow_routing.even_slope_length(
        mean(np.where(stream, np.nan, factor)), exponent, longest
    )
    cover = nearest_fill(terrain.cover, np.isfinite(terrain.cover))
    index = mean(
        flow_routing.connectivity(drainage, area, cover, np.nan_to_num(terrain.gradient), stream)
    )
    return {
        name: nearest_fill(values, np.isfinite(values)).astype(np.float32)
        for name, values in (("slope_length", length), ("connectivity", index))
    }
