"""The calibrator: corrects the cell fluxes of a year before the balance is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa

if TYPE_CHECKING:
    from simulator.model import Simulation


class Calibrator(mesa.Agent):
    """Compares the fluxes that the processes booked with observations and books a correction.

    Subclasses write amounts for the top layer, ``[metal, 1, cell]`` [kg m-2 yr-1], on the pathway
    ``calibration`` in ``step``; the ledger bounds them by the stock. At that time the ledger holds
    amounts for inputs but rates [yr-1] for losses: the balance, which turns them into amounts,
    comes after.
    """

    model: Simulation

    def step(self) -> None:
        """Book the correction of this year."""
        raise NotImplementedError


class NullCalibrator(Calibrator):
    """No correction: the processes alone."""

    def step(self) -> None:
        """Book nothing."""
