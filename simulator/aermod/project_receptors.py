"""Where AERMOD is to compute, so that means over cells can be made of its results."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.aermod.case import Receptors
from simulator.physics.dispersion.polar import NEAREST, RAYS, STRIDE
from simulator.physics.dispersion.sources import Point
from simulator.physics.dispersion.table import RING_NODES_PER_DECADE
from simulator.region.model import Grid

#: Points along the side of a cell whose centre is nearer to the source than so many cells, with
#: the source's own cell first. Odd, so that the centre is one of them.
SUBDIVISION: Final[tuple[tuple[float, int], ...]] = ((0.75, 9), (2.0, 5), (5.0, 3))


def grid_receptors(grid: Grid, stack: Point) -> Receptors:
    """Centres of all cells, and points inside the cells near the source.

    Parameters
    ----------
    grid : Grid
        Cells.
    stack : Point
        The source.
    """
    dx, dy = np.meshgrid(grid.x, grid.y)
    distance = np.hypot(dx - stack.x, dy - stack.y) / grid.cell_size
    within = np.maximum(np.abs(dx - stack.x), np.abs(dy - stack.y)) <= 0.5 * grid.cell_size
    points = np.ones(distance.shape, dtype=np.int64)
    for reach, count in reversed(SUBDIVISION):
        points[distance < reach] = count
    points[within] = SUBDIVISION[0][1]
    x, y = [], []
    for count in np.unique(points):
        row, col = np.nonzero(points == count)
        offset = grid.cell_size * ((np.arange(count) + 0.5) / count - 0.5)
        east, north = np.meshgrid(offset, offset)
        x.append((grid.x[col][:, None] + east.ravel()).ravel())
        y.append((grid.y[row][:, None] + north.ravel()).ravel())
    return Receptors.on_flat_ground(np.concatenate(x), np.concatenate(y))


def ring_receptors(stack: Point, farthest: float) -> Receptors:
    """Rings and rays around the source as the program's own footprints have them.

    Parameters
    ----------
    stack : Point
        The source.
    farthest : float
        Distance to reach. [m]
    """
    per_decade = RING_NODES_PER_DECADE / STRIDE
    count = 2 + math.ceil(per_decade * math.log10(max(farthest / NEAREST, 1.0)))
    rings: NDArray[np.float64] = NEAREST * 10.0 ** (np.arange(count) / per_decade)
    azimuth = 2.0 * math.pi * np.arange(RAYS) / RAYS
    x = stack.x + rings[:, None] * np.sin(azimuth)
    y = stack.y + rings[:, None] * np.cos(azimuth)
    return Receptors.on_flat_ground(x.ravel(), y.ravel())
