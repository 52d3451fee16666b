"""Maps of a region that explain what samples show: a zone, a distance, another survey."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from simulator.region.rasters import RasterRule, read_raster

if TYPE_CHECKING:
    from simulator.region.model import Grid

#: Values count in the unit that they have, so any may be written.
_RULES: Final[Mapping[str, RasterRule]] = {
    "number": RasterRule("float32", None, -3e38, 3e38),
    "class": RasterRule("int32", None, 0, 2**31 - 1),
}


@dataclass(frozen=True)
class Covariate:
    """A map that explains.

    Attributes
    ----------
    values : ndarray
        Number or code of the class, NaN where it is not known, ``[row, col]``.
    is_class : bool
        Whether they are codes of classes.
    """

    values: NDArray[np.float64]
    is_class: bool


def read_covariate(path: Path, where: str, grid: Grid, kind: str) -> Covariate:
    """Map of ``[covariates.NAME]``.

    Parameters
    ----------
    path : Path
        GeoTIFF.
    where : str
        File, for messages.
    grid : Grid
        Grid that the map must lie on.
    kind : str
        ``number``: float32. ``class``: int32, codes from 1 on; 0 and nodata are not known.
    """
    values = read_raster(path, where, grid, _RULES[kind]).astype(np.float64)
    is_class = kind == "class"
    return Covariate(np.where(values == 0, np.nan, values) if is_class else values, is_class)
