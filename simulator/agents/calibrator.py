"""The calibrator: corrects the cell fluxes of a year before the balance is closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

import mesa
import numpy as np
from numpy.typing import NDArray

from simulator.calibration.adjustments import Adjustments
from simulator.physics import booking, correction
from simulator.scenario import hindcast_of

if TYPE_CHECKING:
    from simulator.calibration.due import Due
    from simulator.calibration.fit import Calibration
    from simulator.model import Simulation
    from simulator.region import Region
    from simulator.scenario import Scenario

Floats = NDArray[np.float64]

PATHWAY: Final = "calibration"
#: Before the names of a calibration's arrays among those of :meth:`FluxCalibrator.to_arrays`.
_CALIBRATION: Final = f"{PATHWAY}/"
_DUE: Final = "due/"


class Calibrator(mesa.Agent):
    """Compares the fluxes that the processes booked with observations and books a correction.

    Subclasses book amounts for the top layer, ``[metal, 1, cell]`` [kg m-2 yr-1], on the pathway
    ``calibration`` in ``step``; the ledger bounds them by the stock. At that time the ledger holds
    amounts for inputs but rates [yr-1] for losses: the balance, which turns them into amounts,
    comes after.
    """

    model: Simulation
    #: What it books; None where it follows none.
    calibration: Calibration | None = None
    #: Scenario of the hindcast that the calibration is by, if the scenario asks for it.
    hindcast: Scenario | None = None
    #: Years at whose end it is fitted again.
    years_due: tuple[int, ...] = ()

    def step(self) -> None:
        """Book the correction of this year."""
        raise NotImplementedError

    def end_year(self, year: int) -> None:
        """Learn from a year whose balance is closed, before it is recorded."""

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return what it has learned so far, as plain arrays for a checkpoint."""
        return {}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Know again what :meth:`to_arrays` gave; less, or nothing, in a branch."""


class NullCalibrator(Calibrator):
    """No correction: the processes alone."""

    def step(self) -> None:
        """Book nothing."""


class FluxCalibrator(Calibrator):
    """Books the correction of a calibration, and renews it when observations fall due in the run.

    A flux that the processes miss goes on in proportion to what enters the topsoil in the year, a
    loss that they miss in proportion to what is there; both against the hindcast that the
    correction was learned from (:mod:`simulator.physics.correction`).

    At the end of a year of which the region has samples, the content that the run shows there, less
    what is left of the corrections, is held against them, and the calibration is fitted again with
    these observations besides those of the hindcast.

    Parameters
    ----------
    model : Simulation
        The model.
    calibration : Calibration
        What it begins with.
    """

    calibration: Calibration

    def __init__(self, model: Simulation, calibration: Calibration) -> None:
        super().__init__(model)
        from simulator.calibration.due import Due

        self.calibration = calibration
        self._ratio = model.parameters.value(
            "general", process="calibration", parameter="largest_input_ratio"
        )
        slots = model.ledger.slots
        top = slots.layer == 0
        self._entering, self._bypassing, self._leaving = (
            np.flatnonzero(top & np.isin(slots.kind, kinds))
            for kinds in (
                (booking.INPUT, booking.UPWARD),
                (booking.BYPASS,),
                (booking.LOSS, booking.DOWNWARD),
            )
        )
        samples, scenario = model.region.samples, model.scenario
        year = np.empty(0, dtype=np.int64) if samples is None else samples.year
        self._watched = np.flatnonzero(year >= scenario.start)  #: samples that may fall due
        self._cell = np.empty(0, np.intp) if samples is None else samples.cell[self._watched]
        self._initial = self._content()
        #: Of the corrections so far what is still in the topsoil. [kg m-2 of open ground]
        self._held = np.zeros_like(self._initial)
        self._due: Due = Due.none()
        if scenario.calibration.wanted:
            self.hindcast = hindcast_of(scenario, model.region)
            past = year[(year >= self.hindcast.start) & (year < self.hindcast.end)]
            later = year[(year > past.max()) & (year >= scenario.start) & (year < model.end)]
            if scenario.calibration.method != "none":
                self.years_due = tuple(np.unique(later).tolist())

    @property
    def rate(self) -> Floats:
        """Mean correction of the hindcast, ``[metal, cell]``. [kg m-2 of open ground yr-1]."""
        return self.calibration.rate

    @property
    def weight(self) -> Floats:
        """1 where a cell is like those observed, 0 where it is unlike any, ``[metal, cell]``."""
        return self.calibration.weight

    @property
    def status(self) -> NDArray[np.uint8]:
        """Where it trusts, corrects, extrapolates: see :attr:`Calibration.status`."""
        return self.calibration.status

    def step(self) -> None:
        """Book the correction of this year for all cells."""
        self.model.workers.run(self._book, 0, self.model.state.n_cell)

    def _book(self, start: int, stop: int) -> None:
        state, ledger, found = self.model.state, self.model.ledger, self.calibration
        correction.book(
            correction.Reference(found.rate, found.reference_input, found.reference_content),
            self._ratio,
            (self._entering, self._bypassing),
            state.flat("open_ground"),
            state.flat("soil_mass")[0],
            state.flat("stock"),
            ledger.flux,
            ledger.slot(PATHWAY),
            start,
            stop,
        )

    def end_year(self, year: int) -> None:
        """Follow what is left of the corrections; fit again if observations fall due."""
        self._follow()
        if year not in self.years_due:
            return
        from simulator.calibration.due import Due, refit

        sim = self.model
        assert sim.region.samples is not None
        assert self.hindcast is not None
        taken = sim.region.samples.year[self._watched] == year
        mass = sim.state.flat("soil_mass")[0, self._cell]
        process = self._content() - self._held / mass[:, None]
        span = np.full(taken.sum(), year + 1 - sim.scenario.start)
        fallen = Due(self._watched[taken], span, self._initial[taken], process[taken])
        self._due = self._due.joined(fallen)
        self.calibration = refit(
            sim.region, sim.scenario, self.hindcast, self.calibration, self._due,
            sim.workers.threads,
        )  # fmt: skip

    def _content(self) -> Floats:
        """Content of the topsoil at the watched samples, ``[sample, metal]``. [kg kg-1]."""
        return np.ascontiguousarray(self.model.state.content()[:, 0, self._cell].T)

    def _follow(self) -> None:
        """Let the corrections leave the topsoil at the watched samples as all that is there does.

        As with source tags, what leaves in a year has the mixture of its end.
        """
        state, cell = self.model.state, self._cell
        flux = self.model.ledger.flux[:, :, cell]
        booked = flux[:, self.model.ledger.slot(PATHWAY)]
        held = state.flat("stock")[:, 0, cell] - booked
        lost = np.maximum(flux[:, self._leaving].sum(axis=1), 0.0)
        kept = np.divide(held, held + lost, out=np.zeros_like(held), where=held > 0.0)
        ground = state.flat("open_ground")[cell]
        added = np.divide(booked, ground, out=np.zeros_like(booked), where=ground > 0.0)
        self._held = self._held * kept.T + added.T

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the calibration, and what is needed to fit it again."""
        from simulator.calibration.fit import to_arrays

        kept = {_CALIBRATION + name: array for name, array in to_arrays(self.calibration).items()}
        kept |= {_DUE + f.name: getattr(self._due, f.name) for f in fields(self._due)}
        return kept | {"initial": self._initial, "held": self._held}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take the calibration of a checkpoint, where it holds one, and what had been booked."""
        from simulator.calibration.due import Due

        found = stored_calibration(arrays)
        if found is not None:
            self.calibration = found
            self._due = Due(**_part(arrays, _DUE))
        # A run that was not calibrated kept no contents of its start.
        self._initial = arrays.get("initial", np.full_like(self._initial, np.nan))
        self._held = arrays.get("held", self._held)


def stored_calibration(arrays: Mapping[str, NDArray[Any]]) -> Calibration | None:
    """Calibration among the arrays that a calibrator kept; None where it kept none."""
    part = _part(arrays, _CALIBRATION)
    if not part:
        return None
    from simulator.calibration.fit import from_arrays

    return from_arrays(part)


def without_calibration(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return what a calibrator kept of the run, for one that has a calibration of its own."""
    return {k: a for k, a in arrays.items() if not k.startswith((_CALIBRATION, _DUE))}


def _part(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {k.removeprefix(prefix): a for k, a in arrays.items() if k.startswith(prefix)}


def asked_calibration(
    region: Region, scenario: Scenario, threads: int | None
) -> Calibration | None:
    """Calibration that a scenario asks for; its hindcast is run unless that was done before."""
    if not scenario.calibration.wanted:
        return None
    from simulator.calibration.fit import calibration_for  # heavy, and it runs simulations

    return calibration_for(region, scenario, hindcast_of(scenario, region), threads)


def adjustments_of(calibration: Calibration | None) -> Adjustments:
    """Factors on the processes of a calibration; none without."""
    return Adjustments.none() if calibration is None else calibration.adjustments


def calibrator_of(model: Simulation) -> Calibrator:
    """Calibrator that books the calibration of a model; one that does nothing without."""
    found = model.calibration
    return NullCalibrator(model) if found is None else FluxCalibrator(model, found)
