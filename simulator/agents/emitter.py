"""What all sources of emission share: an inventory entry, dated changes and a history."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from numpy.typing import NDArray

from simulator.constants import METALS, MODES
from simulator.physics.emission import emission_rate, operating_factor

if TYPE_CHECKING:
    from simulator.model import Simulation


@dataclass(frozen=True)
class Change:
    """A dated change of a source: from then on it emits ``factor[metal]`` of what it would."""

    date: float
    factor: NDArray[np.float64]
    reason: str


class Emitter(mesa.Agent):
    """A source of emission, wherever it emits.

    Emission of a year = activity x emission factor x activity path of the sector x the mean over
    the year of what closures and retrofits leave x adjustment.

    Parameters
    ----------
    model : Simulation
        The model.
    source_id, name, sector, control : str
        As in the region's table.
    activity : float
        Activity a year, in the unit of its emission factor. [unit yr-1]
    emission_factor : ndarray ``[metal]``
        Emission per unit of activity. [kg unit-1]
    mercury : ndarray ``[mode]``
        Share of mercury emitted as particles, HgII and Hg0.
    start, stop : float
        Dates of opening and closing; infinite where not known or not planned.

    Attributes
    ----------
    position : tuple of float, optional
        Easting and northing of a source that stands at a point. [m]
    adjustment : ndarray ``[metal]``
        Factor of a calibration on what the simulation lets it emit; the inventory has none. [-]
    """

    model: Simulation
    position: tuple[float, float] | None = None

    def __init__(
        self,
        model: Simulation,
        source_id: str,
        name: str,
        sector: str,
        control: str,
        activity: float,
        emission_factor: NDArray[np.float64],
        mercury: NDArray[np.float64],
        start: float = -math.inf,
        stop: float = math.inf,
    ) -> None:
        super().__init__(model)
        self.source_id = source_id
        self.name = name
        self.sector = sector
        self.control = control
        self.activity = activity
        self.emission_factor = emission_factor
        self.mercury = mercury
        self.start = start
        self.stop = stop
        self.adjustment = np.ones(len(METALS))
        self.changes: list[Change] = []
        self.history: dict[int, NDArray[np.float64]] = {}

    @property
    def emission(self) -> NDArray[np.float64]:
        """Emission of the last year stepped, ``[metal]``. [kg yr-1]."""
        return self.history[max(self.history)] if self.history else np.zeros(len(METALS))

    def change(self, date: float, factor: NDArray[np.float64] | float, reason: str) -> None:
        """Let the source emit ``factor`` of what it would from a date on (per metal or for all)."""
        vector = np.broadcast_to(np.asarray(factor, dtype=float), (len(METALS),)).copy()
        self.changes.append(Change(float(date), vector, reason))

    def close(self, date: float, reason: str = "closed") -> None:
        """Stop emitting for good."""
        self.change(date, 0.0, reason)

    def step(self) -> None:
        """Work out the emission of the model's year."""
        year = self.model.year
        path = self.model.activity_factor(self.sector, year)
        self.history[year] = self._emission(year, path, self.changes) * self.adjustment

    def by_mode(self) -> NDArray[np.float64]:
        """Emission of the last year by mode, ``[metal, mode]``. [kg yr-1]."""
        year = max(self.history, default=self.model.year)
        return _split(self.emission, self._mercury(year, self.changes))

    def inventory_by_mode(self, year: int) -> NDArray[np.float64]:
        """Emission of a year as the inventory has it, ``[metal, mode]``. [kg yr-1].

        Neither activity paths nor interventions nor the adjustment count.
        """
        return _split(self._emission(year, 1.0, []), self._mercury(year, []))

    def _emission(self, year: int, path: float, changes: list[Change]) -> NDArray[np.float64]:
        operating = operating_factor(
            float(year),
            self.start,
            self.stop,
            [c.date for c in changes],
            [c.factor for c in changes],
            len(METALS),
        )
        return emission_rate(self.activity, self.emission_factor, path, operating)

    def _mercury(self, year: int, changes: list[Change]) -> NDArray[np.float64]:
        """Share of the mercury of a year by mode, ``[mode]``. [-]."""
        return self.mercury

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.source_id} {self.name}>"


def _split(emission: NDArray[np.float64], mercury: NDArray[np.float64]) -> NDArray[np.float64]:
    """Emission by mode, ``[metal, mode]``: all metals but mercury are particles."""
    split = np.zeros((len(METALS), len(MODES)))
    split[:, 0] = emission
    split[METALS.index("Hg")] = emission[METALS.index("Hg")] * mercury
    return split


def date_or(value: Any, otherwise: float) -> float:
    """Date of a region's table, or what a blank stands for. [yr]."""
    return otherwise if value is None or math.isnan(value) else float(value)
