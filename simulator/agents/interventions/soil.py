"""Interventions on the soil itself: lime, plants that take up metals, clean soil."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.agents.interventions.base import Intervention
from simulator.agents.interventions.land import Lasting, chosen_parcels
from simulator.agents.parcel_map import ratio
from simulator.constants import LAND_CLASSES, METALS, MG_PER_KG, WATER_CLASS
from simulator.physics import remediation
from simulator.schedule import Phase

if TYPE_CHECKING:
    from simulator.model import Simulation

PATHWAY: Final = "remediation"


class OnSoil(Intervention):
    """Treats the open soil of parcels; a cell has one soil, so it is treated in part.

    Attributes
    ----------
    part : ndarray ``[cell]``
        Share of the open ground of each cell that is treated, by the land of the start. [-]
    """

    def __init__(self, model: Simulation, spec: Any) -> None:
        super().__init__(model, spec)
        self.part = treated_part(model, spec)
        ground = model.state.flat("open_ground") * model.region.grid.cell_area
        self._area = float((self.part * ground).sum())

    @property
    def area(self) -> float:
        """Open ground that it treats, as at the start. [m2]."""
        return self._area

    @property
    def note(self) -> str:
        """Say so where there is no such ground."""
        if self._area > 0.0:
            return ""
        return (
            f"intervention {self.name!r} does nothing and costs nothing: "
            "no open ground is what it is for"
        )

    def cost(self, year: int) -> float:
        """What is spent in a year, where there is ground to spend it on. [million CNY]."""
        return super().cost(year) if self._area > 0.0 else 0.0

    def stock(self) -> NDArray[np.float64]:
        """Topsoil as the year begins with what others have booked, ``[metal, cell]``. [kg m-2]."""
        return self.model.state.flat("stock")[:, 0] + self.model.ledger.amounts(PATHWAY)[:, 0]

    def book(self, gain: NDArray[np.float64]) -> None:
        """Book a gain of the topsoil in this year, ``[metal, cell]``. [kg m-2 yr-1]."""
        self.model.ledger.amounts(PATHWAY)[:, 0] += gain


class Lime(OnSoil, kind="lime"):
    """Raises the pH of the topsoil; the rise falls off again unless the land is limed again.

    The rises of several add up, as far as lime raises a pH.
    """

    def __init__(self, model: Simulation, spec: Any) -> None:
        super().__init__(model, spec)

        def value(parameter: str) -> float:
            return model.parameters.value("general", process="liming", parameter=parameter)

        self._ph, self._highest = model.state.flat("ph")[0].copy(), value("highest_ph")
        limed = remediation.ph_rise(self._ph, float(spec.ph), self._highest)
        self._rise, self._decay = self.part * limed, value("decay")

    def begin_phase(self, phase: Phase, year: int) -> None:
        """Set the pH to that of the start with what all have raised it by."""
        if phase is Phase.POLICY:
            rise = np.zeros_like(self._rise)
            for act in self.model.interventions:
                if isinstance(act, Lime):
                    rise += act._rise * act.level(year)
            raised = remediation.ph_rise(self._ph, rise, self._highest)
            self.model.state.flat("ph")[0] = self._ph + raised

    def level(self, year: int) -> float:
        """Rise of the pH in a year over that of land just limed. [-]."""
        reach = [self.reach(y) for y in range(math.floor(self.date), year + 1)]
        return remediation.lime_level(reach, self._decay, self.spec.repeat_years)


class Phytoextract(OnSoil, kind="phytoextract"):
    """Grows plants that take up much of a metal, and harvests them each year."""

    def __init__(self, model: Simulation, spec: Any) -> None:
        super().__init__(model, spec)

        def value(quantity: str) -> float:
            return model.parameters.value("hyperaccumulators", plant=spec.plant, quantity=quantity)

        known = model.parameters.keys("hyperaccumulators", "quantity", plant=spec.plant)
        content = np.array([value(m) if m in known else 0.0 for m in METALS])
        self._uptake = value("harvest") * content

    def reach(self, year: int) -> float:
        """Share of its full aim in a year, none once its years have passed. [-]."""
        years = math.inf if self.spec.years is None else float(self.spec.years)
        return super().reach(year) * min(max(self.date + years - year, 0.0), 1.0)

    def begun(self, year: int) -> float:
        """Share that has been reached by its last year, whatever of that year it grows in. [-]."""
        years = self.spec.years
        last = year if years is None else min(year, math.ceil(self.date + years) - 1)
        return super().reach(last)

    def begin_phase(self, phase: Phase, year: int) -> None:
        """Book the harvest, in proportion to what is there as the year begins."""
        if phase is Phase.CALIBRATION:
            self.book(
                -remediation.harvested(
                    self.stock(),
                    self.model.state.flat("soil_mass")[0],
                    self._uptake,
                    self.part * self.reach(year),
                )
            )


class RemoveSoil(Lasting, OnSoil, kind="remove_soil"):
    """Replaces topsoil by clean soil, once.

    A cell has one soil. What is dug off is land that was not treated yet, whose soil differs from
    the clean one by more than the mean of the cell does.
    """

    def __init__(self, model: Simulation, spec: Any) -> None:
        super().__init__(model, spec)
        region = model.region
        factor = np.reshape(model.adjustments.initial, (-1, 1))
        natural = np.nan_to_num(region.background[:, 0]).reshape(len(METALS), -1) * factor
        self._clean = natural
        for metal, content in spec.content.items():
            self._clean[METALS.index(metal)] = content / MG_PER_KG
        self._depth = float(spec.depth_m / region.layer_thickness[0])

    def begin_phase(self, phase: Phase, year: int) -> None:
        """Book the soil that is replaced in the year."""
        if phase is Phase.CALIBRATION:
            state, whole = self.model.state, self.part * self._depth
            now, before = whole * self.reach(year), whole * self.reach(year - 1)
            share = np.divide(now - before, 1.0 - before, out=np.zeros_like(now), where=before < 1)
            self.book(
                remediation.replaced(
                    self.stock(),
                    state.flat("soil_mass")[0],
                    state.flat("open_ground"),
                    self._clean,
                    share,
                )
            )


def treated_part(model: Simulation, spec: Any) -> NDArray[np.float64]:
    """Share of the open ground of each cell that an entry on soil means, ``[cell]``. [-].

    By the parcels and the contents of the start, so that a resumed run knows it again.

    Parameters
    ----------
    model : Simulation
        A model at its start.
    spec : OnSoil
        The scenario's entry.
    """
    parcels, state = model.parcels, model.state
    water = parcels.land_class == LAND_CLASSES.index(WATER_CLASS)
    bare = np.where(water, 0.0, 1.0 - parcels.impervious)
    overlay = parcels.map.overlay
    part = ratio(overlay @ (bare * chosen_parcels(model, spec.parcels)), overlay @ bare)
    if spec.above:
        content = state.content()[:, 0] * MG_PER_KG
        rich = [content[METALS.index(metal)] > limit for metal, limit in spec.above.items()]
        part = np.where(np.any(rich, axis=0), part, 0.0)
    return np.where(state.flat("open_ground") > 0.0, part, 0.0)
