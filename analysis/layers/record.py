"""Maps of a run's record, one at a time, kept for when they are asked for again."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from analysis.assessment.thresholds import dominant_land
from analysis.layers.bands import by_bands
from analysis.layers.memory import MEMORY
from analysis.runs import layer_name, pathways_of, run_name, years_of
from simulator.constants import BUILT_CLASSES, LAND_CLASSES, WATER_CLASS
from simulator.errors import RunError
from simulator.ledger import Pathway
from simulator.record import RunFolder
from simulator.record.layout import MANIFEST, finished_folder

T = TypeVar("T")
Floats = NDArray[np.float32]

_WATER: Final = LAND_CLASSES.index(WATER_CLASS)
_BUILT: Final = [LAND_CLASSES.index(name) for name in BUILT_CLASSES]
#: 1 mg m-2 in g ha-1.
G_PER_HA: Final = 10.0


@dataclass(frozen=True)
class Ground:
    """What covers the cells at the beginning of a year, each ``[row, col]``.

    Attributes
    ----------
    land : ndarray of int8
        Land class that covers most, -1 without land.
    water : ndarray of bool
        Whether water covers more than half.
    built, sealed : ndarray of float32
        Share that is built land, and that is sealed; NaN where nothing is known. [-]
    """

    land: NDArray[np.int8]
    water: NDArray[np.bool_]
    built: Floats
    sealed: Floats


class Record:
    """What a run recorded, a map at a time.

    Parameters
    ----------
    run : RunFolder
        A run, finished or not.
    """

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.years: tuple[int, ...] = tuple(years_of(run).tolist())
        self.metals: tuple[str, ...] = tuple(str(m) for m in run.history["metal"].values)
        layers = range(run.history.sizes["layer"])
        self.depths: tuple[str, ...] = tuple(layer_name(run, k) for k in layers)
        self.pathways: tuple[Pathway, ...] = tuple(pathways_of(run))
        self.shape: tuple[int, int] = (run.history.sizes["y"], run.history.sizes["x"])
        #: The same for the folder of a run before and after its end.
        self.identity: Hashable = (
            str(finished_folder(run.path.resolve())), run.manifest.get("created"),
        )  # fmt: skip

    @cached_property
    def soil(self) -> NDArray[np.bool_]:
        """Where there is soil, ``[row, col]``."""
        return np.isfinite(self.content(self.metals[0], 0, self.years[0]))

    def content(self, metal: str, depth: int, year: int) -> Floats:
        """Content of a soil layer at the beginning of a year, ``[row, col]``. [mg kg-1]."""
        return MEMORY.of(
            (self.identity, "content", metal, depth, year),
            lambda: self.read_content(metal, depth, year),
        )

    def read_content(self, metal: str, depth: int, year: int) -> Floats:
        """Return the same, not kept."""
        place = {"metal": self.metals.index(metal), "layer": depth}
        return self._read(self.run.history["content"], year, **place)

    def ph(self, depth: int, year: int) -> Floats:
        """PH of a soil layer, ``[row, col]``."""
        return MEMORY.of(
            (self.identity, "ph", depth, year),
            lambda: self._read(self.run.history["ph"], year, layer=depth),
        )

    def ground(self, year: int) -> Ground:
        """What covers the cells at the beginning of a year."""
        key = (self.identity, "ground", year)
        return Ground(*MEMORY.of(key, lambda: self._ground(year)))

    def read_ground(self, year: int) -> Ground:
        """Return the same, not kept."""
        return Ground(*self._ground(year))

    def _ground(self, year: int) -> tuple[NDArray[Any], ...]:
        open_share = self._read(self.run.history["open_share"], year)
        sealed = self._read(self.run.history["sealed_share"], year)
        land = by_bands(lambda b: dominant_land(open_share[:, b], sealed[b]), self.shape, np.int8)
        return land, open_share[_WATER] > 0.5, open_share[_BUILT].sum(axis=0) + sealed, sealed

    def share_of(self, tag: str, metal: str, depth: int, year: int) -> Floats:
        """Share of the content that came from a source, ``[row, col]``. [-]."""
        place = {
            "tag": self.tags.index(tag), "metal": self.metals.index(metal), "layer": depth,
        }  # fmt: skip
        part = self._read(self.run.history["content_by_source"], year, **place)
        whole = self.content(metal, depth, year)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(whole > 0.0, part / whole, np.nan)

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """Source tags of the run, empty if it has none."""
        if "content_by_source" not in self.run.history:
            return ()
        return tuple(str(t) for t in self.run.history["tag"].values)

    def interval(self, year: int) -> tuple[int, int]:
        """Recorded interval that ends with a year, or the first one for the first year."""
        i = max(self.years.index(year), 1)
        return self.years[i - 1], self.years[i]

    def flux(self, pathway: Pathway, metal: str, year: int) -> Floats:
        """What a pathway adds to the soil of the column, negative what it takes, ``[row, col]``.

        Mean of the :meth:`interval`, per area of the whole cell; what only moves between recorded
        layers does not count. NaN without soil. [g ha-1 yr-1]
        """
        key = (self.identity, "flux", pathway.name, metal, self.interval(year))
        return MEMORY.of(key, lambda: self.read_flux(pathway, metal, year))

    def read_flux(self, pathway: Pathway, metal: str, year: int) -> Floats:
        """Return the same, not kept."""
        ledger = self.run.ledger
        assert ledger is not None  # the catalogue has no fluxes then
        since, until = self.interval(year)
        variable = ledger[pathway.name]
        booked = self._read(variable, since, metal=self.metals.index(metal))
        if "layer" in variable.dims:
            effects = [sum(pathway.signs(k, len(self.depths))) for k in range(len(self.depths))]
            kept = [k for k, effect in enumerate(effects) if effect]
            booked = sum((effects[k] * booked[k] for k in kept), np.zeros_like(booked[0]))
        else:
            booked = sum(pathway.signs(0, len(self.depths))) * booked
        return np.where(self.soil, G_PER_HA / (until - since) * booked, np.nan).astype(np.float32)

    def calibration(self, name: str, metal: str, year: int) -> Floats:
        """Map of the calibration that holds in a year; NaN before the first one. ``[row, col]``."""
        maps = self.run.calibration
        assert maps is not None  # the catalogue has no calibration then
        begun = [k for k, first in enumerate(maps["year"].values.tolist()) if first <= year]
        if not begun:
            return np.full(self.shape, np.nan, dtype=np.float32)
        found = maps[name].isel(year=begun[-1], metal=self.metals.index(metal))
        return self._checked(found.values.astype(np.float32))

    def _read(self, variable: xr.DataArray, year: int, **place: Any) -> Any:
        """Values of a variable in a year, at a place on its other axes."""
        where = variable.indexes["year"].get_loc(year)
        return self._checked(variable.isel(year=where, **place).values)

    def _checked(self, values: T) -> T:
        """Return what was read, if its folder is still there: maps that are gone read as no data.

        Raises
        ------
        RunError
            If the run was moved, as it is when it comes to its end.
        """
        if not (self.run.path / MANIFEST).is_file():
            raise RunError(f"{self.run.path}: {run_name(self.run)} has moved. Open it again.")
        return values
