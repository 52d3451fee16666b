"""What all sources of emission share: an inventory entry, dated changes and a history."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.agents.operation import Cap, Change, Departure, Operation, Setting, Switch
from simulator.constants import METALS, MODES
from simulator.data import Parameters
from simulator.emission_factors import EmissionFactor, emission_factor
from simulator.physics.emission import emission_rate

if TYPE_CHECKING:
    from simulator.model import Simulation

_SPECIES = ("HgP", "HgII", "Hg0")  # in the order of constants.MODES


class Emitter(mesa.Agent):
    """A source of emission, wherever it emits.

    Emission of a year = activity x activity path of the sector x the mean over the year of
    emission factor and load in force and of what closures, retrofits and caps leave x adjustment.
    An intervention that only a part of the source follows makes it a mixture.

    Parameters
    ----------
    model : Simulation
        The model.
    source_id, name, sector, control : str
        As in the region's table.
    activity : float
        Activity a year, in the unit of its emission factor. [unit yr-1]
    activity_unit : str
        That unit.
    technology, fuel : str
        Of a sector that burns fuel; empty for its defaults.
    start, stop : float
        Dates of opening and closing; infinite where not known or not planned.

    Attributes
    ----------
    position : tuple of float, optional
        Easting and northing of a source that stands at a point. [m]
    adjustment : ndarray ``[metal]``
        Factor of a calibration on what the simulation lets it emit; the inventory has none. [-]
    history : dict of int to ndarray
        Emission of the years stepped, ``[metal]``. [kg yr-1]
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
        activity_unit: str,
        technology: str = "",
        fuel: str = "",
        start: float = -math.inf,
        stop: float = math.inf,
    ) -> None:
        super().__init__(model)
        self.source_id = source_id
        self.name = name
        self.sector = sector
        self.control = control
        self.activity = activity
        self.activity_unit = activity_unit
        self._operation = Operation(Setting(control, technology, fuel), start, stop)
        self._factors: dict[Setting, EmissionFactor] = {}
        self.factor_of(self._operation.setting)  # refuses what the tables do not know
        self.adjustment = np.ones(len(METALS))
        self.history: dict[int, NDArray[np.float64]] = {}
        self._limited = np.ones(len(METALS))

    @property
    def listed_id(self) -> str:
        """Id under which the region lists it."""
        return self.source_id

    @property
    def present(self) -> bool:
        """Whether it is where it stands: what moves is not before it does."""
        return True

    @property
    def operation(self) -> Operation:
        """What it does over time."""
        return self._operation

    @property
    def changes(self) -> list[Change]:
        """What leaves a part of its emission, in the order of telling."""
        return self.operation.changes

    @property
    def emission(self) -> NDArray[np.float64]:
        """Emission of the last year stepped, ``[metal]``. [kg yr-1]."""
        return self.history[max(self.history)] if self.history else np.zeros(len(METALS))

    # -- what happens to it ------------------------------------------------------------------------

    def change(self, date: float, factor: ArrayLike, reason: str, ramp: float = 0.0) -> None:
        """Let it emit ``factor`` of what it would from a date on (per metal or for all)."""
        vector = np.broadcast_to(np.asarray(factor, dtype=float), (len(METALS),)).copy()
        self.changes.append(Change(date=float(date), ramp=ramp, reason=reason, factor=vector))

    def close(self, date: float, reason: str = "closed") -> None:
        """Stop emitting for good."""
        self.change(date, 0.0, reason)

    def leave(self, date: float, share: float, reason: str, ramp: float = 0.0) -> Departure:
        """Let a share of it go elsewhere from a date on."""
        left = np.full(len(METALS), 1.0 - share)
        departure = Departure(date=float(date), ramp=ramp, reason=reason, factor=left)
        self.changes.append(departure)
        return departure

    def switch(
        self, date: float, share: float = 1.0, ramp: float = 0.0, reason: str = "", **fields: Any
    ) -> None:
        """Let a share of it work in another setting from a date on.

        Parameters
        ----------
        date : float
            From when. [yr]
        share : float
            How much of it. [-]
        ramp : float
            How long that takes. [yr]
        reason : str
            What brings it; blank for what the region's table has.
        **fields
            ``control``, ``fuel``, ``technology`` or ``load``: what of the :class:`Setting` changes.
        """
        for setting in self.operation.mixture(date):
            self.factor_of(replace(setting, **fields))  # refuses what the tables do not know
        self.operation.switches.append(
            Switch(date=float(date), ramp=ramp, reason=reason, fields=fields, share=share)
        )

    def cap_activity(
        self, date: float, limit: float, share: float = 1.0, ramp: float = 0.0, reason: str = ""
    ) -> None:
        """Let a share of it have at most ``limit`` times its activity in the inventory."""
        self.operation.caps.append(
            Cap(date=float(date), ramp=ramp, reason=reason, limit=limit, share=share)
        )

    def limit(self, left: NDArray[np.float64]) -> None:
        """Leave ``left`` of the emission of the year stepped last, ``[metal]``. [-]."""
        self.history[max(self.history)] = self.emission * left
        self._limited = self._limited * left

    # -- what it emits -----------------------------------------------------------------------------

    def step(self) -> None:
        """Work out the emission of the model's year."""
        year = self.model.year
        emission = self._emission(self.operation, year, self._path(year))
        self.history[year] = emission * self.adjustment
        self._limited = np.ones(len(METALS))

    def by_mode(self) -> NDArray[np.float64]:
        """Emission of the last year by mode, ``[metal, mode]``. [kg yr-1]."""
        year = max(self.history, default=self.model.year)
        return _split(self.emission, self._mercury(self.operation, year, self._path(year)))

    def inventory_by_mode(self, year: int) -> NDArray[np.float64]:
        """Emission of a year as the inventory has it, ``[metal, mode]``. [kg yr-1].

        Neither activity paths nor interventions nor the adjustment count.
        """
        listed = self.operation.inventory()
        return _split(self._emission(listed, year, 1.0), self._mercury(listed, year, 1.0))

    def emission_range(
        self, year: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[str, ...]]:
        """Range of the emission of the year stepped last that its factors leave.

        A limit on what sources emit together scales the range with the emission.

        Returns
        -------
        low, high : ndarray
            ``[metal]``. [kg yr-1]
        rows : tuple of str
            Ids of the parameters that the factors of the year are made of.
        """
        path = self._path(year)
        low, high = np.zeros((2, len(METALS)))
        rows: dict[str, None] = {}
        for setting, weight in self.operation.weights(year, path):
            factor = self.factor_of(setting)
            low += emission_rate(self.activity, factor.low, path, weight)
            high += emission_rate(self.activity, factor.high, path, weight)
            rows |= dict.fromkeys(factor.rows)
        return low * self._limited, high * self._limited, tuple(rows)

    def factor_of(self, setting: Setting) -> EmissionFactor:
        """Emission factor in one of its settings."""
        setting = replace(setting, load=1.0)
        if setting not in self._factors:
            self._factors[setting] = emission_factor(
                self.model.parameters,
                self.sector,
                setting.control,
                self.activity_unit,
                setting.technology,
                setting.fuel,
            )
        return self._factors[setting]

    def control_at(self, date: float) -> str:
        """Control of most of it at a date."""
        shares: dict[str, float] = {}
        for setting, share in self.operation.mixture(date).items():
            shares[setting.control] = shares.get(setting.control, 0.0) + share
        return max(shares, key=shares.__getitem__)

    def _path(self, year: int) -> float:
        return self.model.activity_factor(self.sector, year)

    def _emission(self, operation: Operation, year: int, path: float) -> NDArray[np.float64]:
        emission = np.zeros(len(METALS))
        for setting, weight in operation.weights(year, path):
            factor = self.factor_of(setting).value
            emission += emission_rate(self.activity, factor, path, weight)
        return emission

    def _mercury(self, operation: Operation, year: int, path: float) -> NDArray[np.float64]:
        """Share of the mercury of a year by mode: that of each control by the mercury it let go."""
        mercury = METALS.index("Hg")
        parts = [
            (weight[mercury] * self.factor_of(setting).value[mercury], setting.control)
            for setting, weight in operation.weights(year, path)
        ]
        total = sum(kg for kg, _ in parts)
        if total == 0.0:
            return self._species(self.control)
        split = np.zeros(len(MODES))
        for kg, control in parts:
            split += kg / total * self._species(control)
        return split

    def _species(self, control: str) -> NDArray[np.float64]:
        return mercury_species(self.model.parameters, self.sector, control)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.source_id} {self.name}>"


def mercury_species(parameters: Parameters, sector: str, control: str) -> NDArray[np.float64]:
    """Shares of the mercury of a sector behind a control, ``[mode]``. [-]."""
    return parameters.array("hg_speciation", "species", _SPECIES, sector=sector, control=control)


def history_arrays(emitters: Sequence[Emitter]) -> dict[str, NDArray[Any]]:
    """What sources have emitted so far, as :func:`restore_history` takes it."""
    years = sorted(emitters[0].history) if emitters else []
    return {
        "year": np.array(years, dtype=np.int64),
        "id": np.array([s.source_id for s in emitters], dtype=np.str_),
        "kg": np.array([[s.history[y] for s in emitters] for y in years], dtype=np.float64),
    }


def restore_history(emitters: Iterable[Emitter], emission: Mapping[str, NDArray[Any]]) -> None:
    """Give sources what they emitted in the past.

    Sources that were not there emitted nothing.

    Parameters
    ----------
    emitters : iterable of Emitter
        The sources.
    emission : mapping of str to ndarray
        ``year [year]``, ``id [source]`` and ``kg [year, source, metal]``.
    """
    ids = emission["id"].tolist()
    for past, kg in zip(emission["year"].tolist(), emission["kg"], strict=True):
        by_id = dict(zip(ids, kg, strict=True))
        for source in emitters:
            source.history[past] = by_id.get(source.source_id, np.zeros(len(METALS)))


def _split(emission: NDArray[np.float64], mercury: NDArray[np.float64]) -> NDArray[np.float64]:
    """Emission by mode, ``[metal, mode]``: all metals but mercury are particles."""
    split = np.zeros((len(METALS), len(MODES)))
    split[:, 0] = emission
    split[METALS.index("Hg")] = emission[METALS.index("Hg")] * mercury
    return split


def date_or(value: Any, otherwise: float) -> float:
    """Date of a region's table, or what a blank stands for. [yr]."""
    return otherwise if value is None or math.isnan(value) else float(value)
