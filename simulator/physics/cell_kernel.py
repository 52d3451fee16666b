"""What a square cell that emits evenly leaves around it, and what a map of such cells leaves.

The plume of a small source is the same wherever it stands. Its mean over a receiving cell,
averaged over the places of the source within the emitting cell, depends on the offset of the two
cells alone: the kernel. A map of emission then leaves the convolution of the map with the kernel.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft2, next_fast_len, rfft2

from simulator.physics.dispersion.polar import PolarField
from simulator.physics.dispersion.receptor import DRY, WET

#: Cells nearer than this many receive the mean over many places of the source within its cell;
#: beyond, the source may stand in the middle.
NEAR: Final[int] = 5
#: Places across a cell (Gauss-Legendre).
_PLACES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


def cell_kernel(field: PolarField, size: float, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Deposition for a unit emitted evenly over one cell, by offset from that cell.

    Parameters
    ----------
    field : PolarField
        Of a source much smaller than a cell, reaching beyond the diagonal of the grid.
    size : float
        Side of a cell. [m]
    shape : tuple of int
        Rows and columns of the grid.

    Returns
    -------
    ndarray
        ``[way, substance, row offset, column offset]``, ways dry and wet; the emitting cell in the
        middle, rows southward as those of a grid: ``(2 rows - 1) x (2 columns - 1)`` offsets. [m-2]
    """
    rows, cols = shape
    east, north = _offsets(cols, size), -_offsets(rows, size)
    kernel = _ways(field.on_cells(east, north, size))
    near = _middle(rows), _middle(cols)
    places = 0.5 * size * _PLACES
    total = np.zeros_like(kernel[:, :, near[0], near[1]], dtype=np.float64)
    for y, weight_y in zip(places, 0.5 * _WEIGHTS, strict=True):
        for x, weight_x in zip(places, 0.5 * _WEIGHTS, strict=True):
            cells = field.on_cells(east[near[1]] - x, north[near[0]] - y, size)
            total += weight_x * weight_y * _ways(cells)
    kernel[:, :, near[0], near[1]] = total
    return kernel


def spread(share: NDArray[np.float64], kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Deposition of a source that is spread over the cells, for each unit that it emits.

    Cells outside the grid receive what leaves it; nothing comes back.

    Parameters
    ----------
    share : ndarray
        Share of the emission by cell, ``[row, col]``. [-]
    kernel : ndarray
        Of :func:`cell_kernel`. [m-2]

    Returns
    -------
    ndarray
        ``[way, substance, row, col]``. [m-2]
    """
    rows, cols = share.shape
    # Circular, as wide as the kernel: what wraps around falls on offsets that are cut off below.
    size = [next_fast_len(n, real=True) for n in kernel.shape[2:]]
    here = (slice(rows - 1, 2 * rows - 1), slice(cols - 1, 2 * cols - 1))
    transformed = rfft2(share, size)
    result = np.empty((*kernel.shape[:2], rows, cols), dtype=np.float32)
    for index in np.ndindex(kernel.shape[:2]):
        product = transformed * rfft2(kernel[index].astype(np.float64), size)
        # rounding of the transform may leave a little less than nothing
        result[index] = np.maximum(irfft2(product, size)[here], 0.0)
    return result


def _offsets(count: int, size: float) -> NDArray[np.float64]:
    return size * np.arange(1.0 - count, count)


def _middle(count: int) -> slice:
    """Offsets of cells that are near, of ``2 count - 1``."""
    near = min(NEAR, count - 1)
    return slice(count - 1 - near, count + near)


def _ways(cells: NDArray[np.float64]) -> NDArray[np.float32]:
    """Dry and wet of ``[substance, quantity, row, col]``."""
    return np.stack([cells[:, DRY], cells[:, WET]]).astype(np.float32)
