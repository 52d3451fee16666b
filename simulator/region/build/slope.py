r"""Slope of an elevation map, and the part of it that is noise.

Noise of the heights adds to the two components of the gradient, not to its magnitude: the squares
add, :math:`\langle |g + e|^2 \rangle = |g|^2 + n^2` with the mean square :math:`n^2` of the noise
gradient. So the noise is taken from the *mean square* slope of a cell. Taken from each pixel
(:math:`\max(s^2 - n^2, 0)`) it would leave a third of the noise on flat ground, since the pixels
below :math:`n` are cut at nothing while those above it are kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from simulator.region.build import rasters
from simulator.region.model import Grid


@dataclass(frozen=True)
class SlopeNoise:
    """Slope that an elevation map shows where there is none."""

    median: float  #: [degree]
    pixels: int  #: pixels that it was measured on; 0 if it was not

    @property
    def gradient(self) -> float:
        r"""Root mean square gradient of the noise. [-]

        Two independent normal components of one variance have a magnitude after Rayleigh, whose
        mean square is :math:`m^2 / \ln 2` by its median m. The median, as dykes, boats and
        islands on the water are real heights that a mean square would follow.
        """
        return float(np.tan(np.radians(self.median)) / np.sqrt(np.log(2.0)))


def smoothed(elevation: NDArray[np.floating], side: int) -> NDArray[np.float64]:
    """Moving mean of the known heights, NaN where missing. [m]

    Parameters
    ----------
    elevation : ndarray
        Elevation; NaN where missing. [m]
    side : int
        Side of the square that the mean is over, odd. [pixels]
    """
    known = np.isfinite(elevation)
    filled = np.where(known, elevation, 0.0).astype(np.float64)
    weight = ndimage.uniform_filter(known.astype(np.float64), side, mode="constant")
    smooth = ndimage.uniform_filter(filled, side, mode="constant")
    return np.where(known, smooth / np.maximum(weight, 1e-12), np.nan)


def slope_degrees(
    elevation: NDArray[np.floating], pixel: float, smoothing: int
) -> NDArray[np.float64]:
    """Slope from the central differences of a smoothed elevation.

    Parameters
    ----------
    elevation : ndarray
        Elevation; NaN where missing. [m]
    pixel : float
        Pixel size. [m]
    smoothing : int
        Side of the moving mean, in pixels (odd; 1 = none). Whole-metre steps and noise of a
        resampled elevation model look like slopes of about 1 m over two pixels.

    Returns
    -------
    ndarray
        Slope, NaN where missing. [degree]
    """
    to_south, to_east = np.gradient(smoothed(elevation, smoothing), pixel)
    return np.degrees(np.arctan(np.hypot(to_south, to_east)))


def levelled(elevation: NDArray[np.floating], side: int) -> NDArray[np.bool_]:
    """Pixels of squares of one and the same height: water that the makers of the map levelled.

    Parameters
    ----------
    elevation : ndarray
        Elevation before any smoothing; NaN where missing. [m]
    side : int
        Side of the squares, odd. [pixels]
    """
    # Missing pixels are never equal to a height.
    height = np.where(np.isfinite(elevation), elevation, -np.inf)
    lowest = ndimage.minimum_filter(height, side)
    centres = np.isfinite(lowest) & (lowest == ndimage.maximum_filter(height, side))
    return np.asarray(ndimage.maximum_filter(centres, side))


def open_water_slope(
    slope: NDArray[np.floating], water: NDArray[np.bool_], pixel: float, margin: float
) -> SlopeNoise:
    """Slope that the map shows on open water away from the shores.

    Parameters
    ----------
    slope : ndarray
        NaN where missing. [degree]
    water : ndarray of bool
        Pixels of open water that is not levelled.
    pixel : float
        Pixel size. [m]
    margin : float
        Distance from all else: shores, levelled water, the edges of the map. [m]

    Returns
    -------
    SlopeNoise
        With NaN and 0 pixels where there is no such water.
    """
    to_else = ndimage.distance_transform_edt(np.pad(water, 1))[1:-1, 1:-1] * pixel
    inside = to_else > margin
    found = slope[inside & np.isfinite(slope)]
    return SlopeNoise(float(np.median(found)) if found.size else np.nan, found.size)


def mean_slope(
    slope: NDArray[np.floating],
    noise: NDArray[np.floating],
    cells: NDArray[np.int64],
    grid: Grid,
) -> NDArray[np.float64]:
    r"""Mean slope of each cell without the noise.

    .. math::

        \bar s = \overline{s_o} \sqrt{\max(1 - \overline{n^2} / \overline{\tan^2 s_o}, 0)}

    with the slope shown :math:`s_o`. The mean is lowered as the root mean square is. That is exact
    where the gradients of a cell scatter normally about zero (both are then Rayleigh), goes to
    nothing on flat ground and leaves steep ground alone; an even plane comes out low by at most
    :math:`1 - \sqrt{\pi} / 2`, 11 %, if the noise is much the larger.

    Parameters
    ----------
    slope : ndarray
        Slope of the pixels, NaN where missing. [degree]
    noise : ndarray
        Root mean square gradient of the noise of each pixel, n; nothing where the map is levelled.
        [-]
    cells : ndarray of int
        Cell of each pixel, see :func:`simulator.region.build.rasters.cells_of`.
    grid : Grid
        Grid of the cells.

    Returns
    -------
    ndarray, shape ``grid.shape``
        NaN where no pixel is known. [degree]
    """
    shown = rasters.mean(slope, cells, grid)
    square = rasters.mean(np.tan(np.radians(slope)) ** 2, cells, grid)
    noise_square = rasters.mean(np.where(np.isfinite(slope), noise**2, np.nan), cells, grid)
    # Where nothing slopes there is nothing to take off.
    share = np.divide(noise_square, square, out=np.zeros_like(square), where=square > 0.0)
    return shown * np.sqrt(np.maximum(1.0 - share, 0.0))
