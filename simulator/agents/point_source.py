"""A stack that emits: a plant, a smelter, a workshop."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulator.agents.emitter import Change, Emitter
from simulator.constants import METALS
from simulator.data import Parameters
from simulator.emission_factors import EmissionFactor, emission_factor
from simulator.physics.emission import emission_rate, weights_in_force

if TYPE_CHECKING:
    from simulator.model import Simulation

_SPECIES = ("HgP", "HgII", "Hg0")  # in the order of constants.MODES


@dataclass(frozen=True)
class Setting:
    """How a source works from a date on.

    Attributes
    ----------
    date : float
        From when; the first setting holds from the opening.
    control, technology, fuel : str
        As in ``sources.csv``.
    load : float
        Factor on the activity of ``sources.csv``. [-]
    """

    date: float
    control: str
    technology: str
    fuel: str
    load: float = 1.0


@dataclass(frozen=True)
class Switch:
    """What of the setting changes at a date: one field and its value."""

    date: float
    field: dict[str, Any]


class PointSource(Emitter):
    """One point source with its inventory entry and its history.

    Emission of a year = activity x activity path of the sector x the mean over the year of
    emission factor and load in force and of what closures and retrofits leave.

    Parameters
    ----------
    position : tuple of float
        Easting and northing. [m]
    activity_unit : str
        Unit of the activity.
    technology, fuel : str
        Of a sector that burns fuel; empty for its defaults.
    model, source_id, name, sector, control, activity, start, stop
        As for :class:`~simulator.agents.emitter.Emitter`.
    """

    def __init__(
        self,
        model: Simulation,
        source_id: str,
        name: str,
        sector: str,
        control: str,
        position: tuple[float, float],
        activity: float,
        activity_unit: str,
        technology: str = "",
        fuel: str = "",
        start: float = -math.inf,
        stop: float = math.inf,
    ) -> None:
        factor = emission_factor(model.parameters, sector, control, activity_unit, technology, fuel)
        mercury = mercury_species(model.parameters, sector, control)
        super().__init__(
            model, source_id, name, sector, control, activity, factor.value, mercury, start, stop
        )  # fmt: skip
        self.position = position
        self.activity_unit = activity_unit
        self.technology = technology
        self.fuel = fuel
        self.switches: list[Switch] = []

    def retrofit(self, date: float, control: str) -> None:
        """Work behind another control from a date on."""
        self._switch(date, control=control)

    def switch_fuel(self, date: float, fuel: str) -> None:
        """Burn another fuel from a date on."""
        self._switch(date, fuel=fuel)

    def switch_technology(self, date: float, technology: str) -> None:
        """Burn it in another way from a date on."""
        self._switch(date, technology=technology)

    def set_load(self, date: float, load: float) -> None:
        """Work at this part of its activity from a date on, until another load is set."""
        self._switch(date, load=float(load))

    def settings(self) -> list[Setting]:
        """How it works, from each date on; the first holds from its opening."""
        settings = [Setting(-math.inf, self.control, self.technology, self.fuel)]
        for switch in sorted(self.switches, key=lambda s: s.date):
            settings.append(replace(settings[-1], date=switch.date, **switch.field))
        return settings

    def factor_of(self, setting: Setting) -> EmissionFactor:
        """Emission factor of one of its settings."""
        return emission_factor(
            self.model.parameters,
            self.sector,
            setting.control,
            self.activity_unit,
            setting.technology,
            setting.fuel,
        )

    def control_at(self, date: float) -> str:
        """Control in force at a date."""
        return next(s.control for s in reversed(self.settings()) if s.date <= date)

    def emission_range(
        self, year: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[str, ...]]:
        """Range of the emission of a year that its factors leave, and their parameters.

        Returns
        -------
        low, high : ndarray
            ``[metal]``. [kg yr-1]
        rows : tuple of str
            Ids of the parameters that the factors of the year are made of.
        """
        path = self.model.activity_factor(self.sector, year)
        low, high = np.zeros((2, len(METALS)))
        rows: dict[str, None] = {}
        for setting, weight in self._weights(year, self.changes):
            factor = self.factor_of(setting)
            low += emission_rate(self.activity, factor.low, path, weight)
            high += emission_rate(self.activity, factor.high, path, weight)
            rows |= dict.fromkeys(factor.rows)
        return low, high, tuple(rows)

    def _switch(self, date: float, **field: Any) -> None:
        switch = Switch(float(date), field)
        self.switches.append(switch)
        setting = next(s for s in reversed(self.settings()) if s.date <= switch.date)
        self.factor_of(setting)  # refuses what the tables do not know

    def _weights(
        self, year: int, changes: list[Change]
    ) -> list[tuple[Setting, NDArray[np.float64]]]:
        """Settings and the share of the year's full activity that is under each, ``[metal]``."""
        settings = self.settings()
        weights = weights_in_force(
            float(year),
            self.start,
            self.stop,
            [c.date for c in changes],
            [c.factor for c in changes],
            len(METALS),
            [s.date for s in settings[1:]],
        )
        return [
            (s, s.load * w) for s, w in zip(settings, weights, strict=True) if w.any() and s.load
        ]

    def _emission(self, year: int, path: float, changes: list[Change]) -> NDArray[np.float64]:
        emission = np.zeros(len(METALS))
        for setting, weight in self._weights(year, changes):
            factor = self.factor_of(setting).value
            emission += emission_rate(self.activity, factor, path, weight)
        return emission

    def _mercury(self, year: int, changes: list[Change]) -> NDArray[np.float64]:
        """Share of the mercury of a year by mode: that of each control by the mercury it let go."""
        mercury = METALS.index("Hg")
        parts = [
            (weight[mercury] * self.factor_of(setting).value[mercury], setting.control)
            for setting, weight in self._weights(year, changes)
        ]
        total = sum(kg for kg, _ in parts)
        if total == 0.0:
            return self.mercury
        split: NDArray[np.float64] = sum(
            (
                kg / total * mercury_species(self.model.parameters, self.sector, control)
                for kg, control in parts
            ),
            np.zeros_like(self.mercury),
        )
        return split


def mercury_species(parameters: Parameters, sector: str, control: str) -> NDArray[np.float64]:
    """Shares of the mercury of a sector behind a control, ``[mode]``. [-]."""
    return parameters.array("hg_speciation", "species", _SPECIES, sector=sector, control=control)
