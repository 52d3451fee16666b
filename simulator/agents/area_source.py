"""Emission that has no stack: traffic, stoves, small works, spread over the land they belong to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulator.agents.emitter import Emitter, date_or
from simulator.agents.point_source import mercury_species
from simulator.constants import LAND_CLASSES
from simulator.emission_factors import emission_factor
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
    model, source_id, name, sector, control, activity, emission_factor, mercury, start, stop
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
        emission_factor: NDArray[np.float64],
        mercury: NDArray[np.float64],
        start: float = -math.inf,
        stop: float = math.inf,
    ) -> None:
        super().__init__(
            model, source_id, name, sector, control, activity, emission_factor, mercury, start, stop
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
    sector, control = str(row["sector"]), str(row["control"])
    unit, technology, fuel = (str(row[c]) for c in ("activity_unit", "technology", "fuel"))
    return AreaSource(
        sim,
        str(row["id"]),
        str(row["name"]),
        sector,
        control,
        str(row["proxy"]),
        float(row["activity"]),
        emission_factor(sim.parameters, sector, control, unit, technology, fuel).value,
        mercury_species(sim.parameters, sector, control),
        start=date_or(row["start_year"], -math.inf),
        stop=date_or(row["stop_year"], math.inf),
    )
