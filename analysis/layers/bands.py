"""Work on the cells of large maps in bands: intermediate arrays stay small, threads share it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.parallel import default_threads

#: Cells of a band: its arrays stay in the cache of the processor.
_CELLS: Final = 32_768


def by_bands(
    function: Callable[[slice], NDArray[Any]], shape: tuple[int, int], dtype: Any
) -> NDArray[Any]:
    """Put a map together from what a function returns for bands of rows.

    Parameters
    ----------
    function : callable
        Takes a slice of rows and returns their values ``[row, col]``, each cell for itself.
    shape : tuple of int
        Rows and columns.
    dtype : data type
        Of the map.
    """
    rows, cols = shape
    out = np.empty(shape, dtype=dtype)
    height = max(1, _CELLS // max(cols, 1))
    bands = [slice(top, min(top + height, rows)) for top in range(0, rows, height)]

    def fill(band: slice) -> None:
        out[band] = function(band)

    if len(bands) == 1:
        fill(bands[0])
        return out
    with ThreadPoolExecutor(default_threads(), thread_name_prefix="bands") as pool:
        for job in [pool.submit(fill, band) for band in bands]:
            job.result()
    return out
