"""Emission that has no stack: traffic, stoves, small works, spread over the land they belong to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulator.agents.emitter import Emitter, date_or
from simulator.constants import LAND_CLASSES
from simulator.region.area_sources import LAND_OF

if TYPE_CHECKING:
    from simulator.model import Simulation


class AreaSource(Emitter):
    """A sector that emits from all over a region.

    Its activity is that of the whole region; where it lies follows the land of the year, so that
    towns that grow take the emission with them.

    Parameters
    ----------
    proxy : str
        What it is spread by: a word of :data:`~simulator.region.area_sources.LAND_OF`, or the name
        of a raster of weights.
    model, source_id, name, sector, control, activity, activity_unit, technology, fuel, start, stop
        As for :class:`~simulator.agents.emitter.Emitter`.
    """

    def __init__(
        self,
        model: Simulation,
        source_id: str,
        name: str,
        sector: str,
        control: str,
        proxy: str,
        activity: float,
        activity_unit: str,
        technology: str = "",
        fuel: str = "",
        start: float = -math.inf,
        stop: float = math.inf,
    ) -> None:
        super().__init__(
            model, source_id, name, sector, control, activity, activity_unit, technology, fuel,
            start, stop,
        )  # fmt: skip
        self.proxy = proxy

    def share_by_cell(self) -> NDArray[np.float64]:
        """Share of the emission that each cell has now, ``[row, col]``. [-].

        Sums to 1; to 0 if no land of the kind is left.
        """
        region = self.model.region
        if self.proxy in LAND_OF:
            codes = [LAND_CLASSES.index(name) for name in LAND_OF[self.proxy]]
            parcels = self.model.parcels
            of_kind = np.isin(parcels.land_class, codes).astype(np.float64)
            weight = (parcels.map.overlay @ of_kind).reshape(region.grid.shape)
        else:
            weight = region.weights[self.proxy]
        total = float(weight.sum())
        share: NDArray[np.float64] = weight / total if total > 0.0 else np.zeros_like(weight)
        return share


def area_sources(sim: Simulation) -> list[AreaSource]:
    """Area sources of the region as agents, in the order of its table."""
    return [_source(sim, row) for row in sim.region.area_sources.to_dict("records")]


def _source(sim: Simulation, row: dict[Any, Any]) -> AreaSource:
    return AreaSource(
        sim,
        str(row["id"]),
        str(row["name"]),
        str(row["sector"]),
        str(row["control"]),
        str(row["proxy"]),
        float(row["activity"]),
        str(row["activity_unit"]),
        str(row["technology"]),
        str(row["fuel"]),
        start=date_or(row["start_year"], -math.inf),
        stop=date_or(row["stop_year"], math.inf),
    )
