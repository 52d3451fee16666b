"""What farming brings: fertiliser, manure, pesticide, irrigation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulator.constants import FARM_CLASSES, LAND_CLASSES, METALS
from simulator.ledger import Pathway
from simulator.physics import inputs
from simulator.physics.farming import irrigation_flux, material_flux
from simulator.processes.base import Process
from simulator.schedule import Phase

if TYPE_CHECKING:
    from simulator.data import Parameters
    from simulator.model import Simulation

_INPUTS = ("fertiliser", "manure", "pesticide", "irrigation")


@dataclass(frozen=True)
class _Materials:
    """Materials of an input on a class of land."""

    land: str
    names: tuple[str, ...]
    amount: NDArray[np.float64]  #: ``[material]`` [kg m-2 yr-1], of irrigation [m yr-1]
    content: NDArray[np.float64]  #: ``[material, metal]`` [kg kg-1], of irrigation [kg m-3]


class Agriculture(Process):
    """Yearly rate of every material on every farmed class, times its content.

    The rates are those of the tables' reference year; the scenario's paths and interventions scale
    them by pathway and metal, and interventions limit contents.
    """

    phase = Phase.AGRICULTURE
    settles = True
    reads = ("open_share",)
    pathways = tuple(Pathway(name, name.capitalize(), "input") for name in _INPUTS)

    def setup(self, sim: Simulation) -> None:
        """Gather rates and contents of the materials."""
        super().setup(sim)
        self.materials = {name: _materials(sim.parameters, name) for name in _INPUTS}
        self.rates: dict[str, NDArray[np.float64]] = {}

    def begin_year(self, year: int) -> None:
        """Multiply rates by the contents of the year, and scale them to the year."""
        for name, materials in self.materials.items():
            rates = np.zeros((len(METALS), len(LAND_CLASSES)))
            for spread in materials:
                content = spread.content
                for act in self.sim.interventions:
                    content = act.limited(name, spread.names, content, year)
                rates[:, LAND_CLASSES.index(spread.land)] = _flux(name, spread.amount, content)
            self.rates[name] = rates * self.sim.input_factor(name, year)[:, None]

    def book(self, start: int, stop: int) -> None:
        """Write the four pathways."""
        share = self.state.flat("open_share")
        for name in _INPUTS:
            inputs.area_weighted(
                share, self.rates[name], self.ledger.flux, self.ledger.slot(name), start, stop
            )


def _materials(parameters: Parameters, pathway: str) -> list[_Materials]:
    """Materials of an input on all classes of land that have any."""
    found = []
    for land in FARM_CLASSES:
        keys = {"pathway": pathway, "land_class": land}
        names = parameters.keys("farm_rates", "material", **keys)
        if names:
            amount = parameters.array("farm_rates", "material", names, **keys)
            content = parameters.array("material_contents", ("material", "metal"), (names, METALS))
            found.append(_Materials(land, names, amount, content))
    return found


def _flux(
    pathway: str, amount: NDArray[np.float64], content: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Metals with all materials, ``[metal]``. [kg m-2 yr-1]."""
    if pathway == "irrigation":
        waters = [irrigation_flux(a, c) for a, c in zip(amount, content, strict=True)]
        return np.asarray(np.sum(waters, axis=0))
    return material_flux(amount, content)
