"""The maps of one run: what it has, and the values of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analysis.assessment.assess import ControlLayer
from analysis.layers.catalogue import FLUX, INPUT, NET, OUTPUT, SHARE, layers_of
from analysis.layers.limits import Limits, control_layer_of
from analysis.layers.memory import MEMORY
from analysis.layers.model import Layer, View
from analysis.layers.record import Record
from analysis.runs import grid_of, metal_of, year_of
from simulator.errors import InputError, Problem
from simulator.ledger import Pathway
from simulator.problems import suggest
from simulator.record import RunFolder
from simulator.region.model import Grid

Floats = NDArray[np.float32]

_CALIBRATION: Final = "calibration_"


class Atlas:
    """Maps of a run, finished or not.

    What was read is kept in a memory that all atlases of the process share, so that making one for
    a run that has grown costs little.

    Parameters
    ----------
    run : RunFolder
        The run; one sees the years that were recorded when it was opened.
    soil : ControlLayer, optional
        Read from the run's region by default. Without a region there are no limits.

    Attributes
    ----------
    run : RunFolder
        The run.
    grid : Grid
        Its cells.
    years : tuple of int
        Recorded years, rising.
    metals : tuple of str
        Symbols.
    depths : tuple of str
        Names of the soil layers, the top first.
    """

    def __init__(self, run: RunFolder, soil: ControlLayer | None = None) -> None:
        self.run = run
        self.record = Record(run)
        self.grid: Grid = grid_of(run)
        self.years = self.record.years
        self.metals = self.record.metals
        self.depths = self.record.depths
        self._soil = soil

    @property
    def layers(self) -> tuple[Layer, ...]:
        """What can be mapped of this run."""
        return tuple(self._catalogue[0].values())

    @property
    def missing(self) -> dict[str, str]:
        """Groups of layers that the run has not, and why."""
        return self._catalogue[1]

    @cached_property
    def _catalogue(self) -> tuple[dict[str, Layer], dict[str, str]]:
        layers, missing = layers_of(self.record, self._limits[1])
        return {layer.key: layer for layer in layers}, missing

    @cached_property
    def _limits(self) -> tuple[Limits | None, str | None]:
        """Limits of the run, or why there are none."""
        try:
            soil = control_layer_of(self.run) if self._soil is None else self._soil
        except InputError as error:
            first = error.problems[0]
            return None, f"Limits need the region of the run. {first.where}: {first.what}."
        return Limits(self.record, soil), None

    def layer(self, key: str) -> Layer:
        """Layer by its key.

        Raises
        ------
        InputError
            If the run has no such layer.
        """
        layers, missing = self._catalogue
        if key not in layers:
            lacking = " ".join(f"{group}: {why}" for group, why in missing.items())
            raise InputError(
                Problem(
                    f"layer {key!r}", "the run has no such map",
                    f"maps are of what the run recorded. {lacking}".rstrip(),
                    suggest(key, layers),
                )
            )  # fmt: skip
        return layers[key]

    def check(self, view: View) -> View:
        """View with the metal as it is written; what its layer does not have is not looked at.

        Raises
        ------
        InputError
            If the run has no such layer, year, metal or depth.
        """
        layer = self.layer(view.layer)
        if view.year not in self.years:
            year_of(self.run, view.year)
        metal, depth = view.metal, view.depth
        if layer.by_metal and metal not in self.metals:
            metal = metal_of(self.run, metal)
        if layer.by_depth and not 0 <= depth < len(self.depths):
            raise InputError(
                Problem(
                    f"depth {depth}", "the run has no such soil layer",
                    f"layers are counted from 0 on top to {len(self.depths) - 1}",
                    f"One of {', '.join(f'{k} ({d})' for k, d in enumerate(self.depths))}.",
                )
            )  # fmt: skip
        return View(view.layer, metal, depth, view.year)

    def values(self, view: View) -> Floats:
        """Map of a view, ``[row, col]``; north is on top.

        NaN where there is no value; infinite where the year of reaching a limit has not come, and
        where there is no capacity to take a share of. Shares are from 0 to 1, classes are codes.
        """
        view = self.check(view)
        layer = self.layer(view.layer)
        metal = view.metal if layer.by_metal else ""
        depth = view.depth if layer.by_depth else 0
        until = self.years[-1] if layer.whole_run else None
        key = (self.record.identity, "map", view.layer, metal, depth, view.year, until)
        return MEMORY.of(
            key, lambda: self._compute(view.layer, metal, depth, view.year).astype(np.float32)
        )

    def water(self, year: int) -> NDArray[np.bool_]:
        """Where water covers more than half of the cell, ``[row, col]``."""
        return self.record.ground(year).water

    def limit(self, view: View) -> Floats:
        """Limit of the metal in the year, ``[row, col]``; NaN where there is none. [mg kg-1].

        Of the control layer, whatever the view's layer and depth. NaN all over without a region.
        """
        limits = self._limits[0]
        if limits is None:
            return np.full(self.grid.shape, np.nan, dtype=np.float32)
        return limits.limit(metal_of(self.run, view.metal), view.year).astype(np.float32)

    def caption(self, view: View) -> str:
        """Title of a map: what, of which metal, where and when, in which unit."""
        view = self.check(view)
        layer = self.layer(view.layer)
        parts = [layer.title, self.depths[view.depth] if layer.by_depth else "", self.when(view)]
        if layer.by_metal:
            parts.insert(0, view.metal)
        return ", ".join(p for p in (*parts, layer.unit) if p)

    def when(self, view: View) -> str:
        """Year of a map, or the years whose mean it is."""
        if not _is_flux(view.layer):
            return str(view.year)
        since, until = self.record.interval(view.year)
        return str(since) if until - since == 1 else f"{since}\N{EN DASH}{until - 1}"

    def _compute(self, key: str, metal: str, depth: int, year: int) -> NDArray[Any]:
        """Map of a layer that is known to be there."""
        record = self.record
        if _is_flux(key):
            return self._flux(key, metal, year)
        if key.startswith(SHARE):
            return record.share_of(key.removeprefix(SHARE), metal, depth, year)
        if key.startswith(_CALIBRATION):
            found = record.calibration(key.removeprefix(_CALIBRATION), metal, year)
            return _codes(found - 1.0) if key == "calibration_status" else found
        plain: dict[str, Callable[[], NDArray[Any]]] = {
            "content": lambda: record.content(metal, depth, year),
            "change": lambda: (
                record.content(metal, depth, year) - record.content(metal, depth, self.years[0])
            ),
            "ph": lambda: record.ph(depth, year),
            "land_class": lambda: _codes(record.ground(year).land.astype(np.float32)),
            "built_share": lambda: record.ground(year).built,
            "sealed_share": lambda: record.ground(year).sealed,
        }
        return plain[key]() if key in plain else self._limited(key, metal, year)

    def _limited(self, key: str, metal: str, year: int) -> NDArray[Any]:
        limits = self._limits[0]
        assert limits is not None  # the catalogue has no such layers then
        if key == "risk_class":
            return limits.risk_class(year) - 1.0
        if key == "warning":
            return limits.warning(metal, year) - 1.0
        return getattr(limits, key)(metal, year)

    def _flux(self, key: str, metal: str, year: int) -> NDArray[Any]:
        record = self.record
        pathways = {f"{FLUX}{p.name}": p for p in record.pathways}
        if key in pathways:
            return _amount(pathways[key], record.flux(pathways[key], metal, year))
        total = np.where(record.soil, 0.0, np.nan)
        for pathway in record.pathways:
            effect = record.read_flux(pathway, metal, year)
            total += effect if key == NET else _part(key, pathway, effect)
        return total


def _is_flux(key: str) -> bool:
    return key.startswith(FLUX) or key in (INPUT, OUTPUT, NET)


def _amount(pathway: Pathway, effect: Floats) -> Floats:
    """Amount that a pathway moves, from what it adds to the soil."""
    return -effect if pathway.kind in ("loss", "downward", "bypass") else effect


def _part(key: str, pathway: Pathway, effect: Floats) -> Floats:
    """What a pathway adds to all inputs, or to all outputs.

    What runs off sealed ground is taken off the inputs, as in :mod:`analysis.summary`.
    """
    if pathway.kind == "bypass":
        return effect if key == INPUT else np.zeros_like(effect)
    return np.maximum(effect if key == INPUT else -effect, 0.0)


def _codes(codes: NDArray[np.floating]) -> NDArray[np.floating]:
    """Codes of classes, NaN for none (negative)."""
    return np.where(codes < 0, np.nan, codes)


def same_grid(atlases: Iterable[Atlas]) -> None:
    """Stop where runs do not lie on one grid.

    Raises
    ------
    InputError
        Naming the grids.
    """
    first, *others = atlases
    for other in others:
        if other.grid != first.grid:
            raise InputError(
                Problem(
                    f"runs {first.run.path.name} and {other.run.path.name}",
                    "they are not on the same grid",
                    "maps are compared cell by cell",
                    "Compare runs of one region.",
                )
            )
