"""What farming brings: fertiliser, manure, pesticide, irrigation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.constants import FARM_CLASSES, LAND_CLASSES, METALS
from simulator.ledger import Pathway
from simulator.physics import inputs
from simulator.physics.farming import irrigation_flux, material_flux
from simulator.processes.base import Process
from simulator.schedule import Phase

if TYPE_CHECKING:
    from simulator.model import Simulation

_INPUTS = ("fertiliser", "manure", "pesticide", "irrigation")


class Agriculture(Process):
    """Yearly rate of every material on every farmed class, times its content.

    The rates are those of the tables' reference year; the scenario's paths and interventions scale
    them by pathway and metal.
    """

    phase = Phase.AGRICULTURE
    settles = True
    reads = ("open_share",)
    pathways = tuple(Pathway(name, name.capitalize(), "input") for name in _INPUTS)

    def setup(self, sim: Simulation) -> None:
        """Multiply rates by contents."""
        super().setup(sim)
        self.reference = {name: self._reference(sim, name) for name in _INPUTS}
        self.rates = dict(self.reference)

    @staticmethod
    def _reference(sim: Simulation, pathway: str) -> np.ndarray:
        p = sim.parameters
        rates = np.zeros((len(METALS), len(LAND_CLASSES)))
        flux = irrigation_flux if pathway == "irrigation" else material_flux
        for land in FARM_CLASSES:
            keys = {"pathway": pathway, "land_class": land}
            materials = p.keys("farm_rates", "material", **keys)
            if not materials:
                continue
            amount = p.array("farm_rates", "material", materials, **keys)
            content = p.array("material_contents", ("material", "metal"), (materials, METALS))
            if pathway == "irrigation":
                total = flux(amount[:, None], content).sum(axis=0)
            else:
                total = flux(amount, content)
            rates[:, LAND_CLASSES.index(land)] = total
        return rates

    def begin_year(self, year: int) -> None:
        """Scale the rates to the year."""
        self.rates = {
            name: rate * self.sim.input_factor(name, year)[:, None]
            for name, rate in self.reference.items()
        }

    def book(self, start: int, stop: int) -> None:
        """Write the four pathways."""
        share = self.state.flat("open_share")
        for name in _INPUTS:
            inputs.area_weighted(
                share, self.rates[name], self.ledger.flux, self.ledger.slot(name), start, stop
            )
