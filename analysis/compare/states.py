"""State of the control layer of a compared run, a year at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from analysis.assessment import capacity, grades, thresholds
from analysis.assessment.thresholds import AGRICULTURAL
from analysis.compare.align import Comparison
from simulator.constants import BUILT_CLASSES, LAND_CLASSES

Floats = NDArray[np.float64]

_SQUARE_KM: Final = 1.0e6  # m2
_VARIABLES: Final = ["content", "ph", "open_share", "sealed_share"]
_BUILT: Final = [LAND_CLASSES.index(name) for name in BUILT_CLASSES]


@dataclass(frozen=True)
class State:
    """What a comparison needs of a run at the beginning of a year.

    Attributes
    ----------
    content : ndarray ``[metal, row, col]``
        Of the control layer; NaN without soil. [mg kg-1]
    limit : ndarray ``[metal, row, col]``
        By the land use of the year; NaN where there is none. [mg kg-1]
    fixed_limit : ndarray ``[metal, row, col]``
        By the land use of the first common year; NaN where there is none. [mg kg-1]
    capacity : ndarray ``[metal, row, col]``
        What the layer can still take under ``fixed_limit`` where the land is farmed at the first
        common year; negative above the limit, NaN elsewhere. [kg ha-1]
    built : float
        Built land, open and sealed. [km2]
    """

    content: Floats
    limit: Floats
    fixed_limit: Floats
    capacity: Floats
    built: float

    @property
    def overload(self) -> NDArray[np.bool_]:
        """Where the content is at or above its limit, ``[metal, row, col]``."""
        return grades.overloaded(self.content, self.limit)

    @property
    def overload_fixed(self) -> NDArray[np.bool_]:
        """The same under the land use of the first common year."""
        return grades.overloaded(self.content, self.fixed_limit)

    @property
    def known(self) -> NDArray[np.bool_]:
        """Where there are a content and a limit, ``[metal, row, col]``."""
        return np.isfinite(self.limit - self.content)


class States:
    """States of one compared run, with limits as an assessment has them.

    Parameters
    ----------
    comparison : Comparison
        The runs.
    run : int
        Place of the run among them.
    """

    def __init__(self, comparison: Comparison, run: int) -> None:
        self._history = comparison.runs[run].history[_VARIABLES].isel(layer=0)
        self._soil, self._rules = comparison.soils[run], comparison.rules
        self._cell_km2 = comparison.grid.cell_area / _SQUARE_KM
        self._first_land = self._land(self._history.sel(year=comparison.start))
        self._farmed = thresholds.receptor_of_land(self._first_land) == AGRICULTURAL

    def at(self, year: int) -> State:
        """Read the state at the beginning of a recorded year."""
        state = self._history.sel(year=year).load()
        content = _content(state)
        fixed = self._limits(state, self._first_land)
        room = capacity.remaining_capacity(fixed, content, self._soil.mass)
        shares = [state["open_share"].values[_BUILT], state["sealed_share"].values]
        built = sum(float(np.nansum(share, dtype=np.float64)) for share in shares)
        return State(
            content,
            self._limits(state, self._land(state)),
            fixed,
            np.where(self._farmed, room, np.nan),
            built * self._cell_km2,
        )

    def content(self, year: int) -> Floats:
        """Content of the control layer, ``[metal, row, col]``. [mg kg-1]."""
        return _content(self._history.sel(year=year))

    def _land(self, state: xr.Dataset) -> NDArray[np.int8]:
        """Land class that counts; -1 without soil."""
        return thresholds.land_of_soil(
            state["open_share"].values, state["sealed_share"].values, _content(state)
        )

    def _limits(self, state: xr.Dataset, land: NDArray[np.int8]) -> Floats:
        return self._soil.limits(land, state["ph"].values, self._rules)


def _content(state: xr.Dataset) -> Floats:
    return state["content"].values.astype(np.float64)
