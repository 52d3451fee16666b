"""The processes of the cell balance, one file each."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.ledger import Pathway
from simulator.processes.agriculture import Agriculture
from simulator.processes.base import Booked, Process
from simulator.processes.deposition import Deposition
from simulator.processes.erosion import Erosion
from simulator.processes.leaching import Leaching
from simulator.processes.runoff import Runoff
from simulator.processes.uptake import CropUptake
from simulator.processes.water import WaterBalance
from simulator.processes.weathering import Weathering

__all__ = ["Booked", "Process", "default_processes", "in_order"]


#: Fields that are there before any process writes.
INITIAL_FIELDS = (
    "stock",
    "slice_share",
    "stock_sealed",
    "open_share",
    "sealed_share",
    "soil_mass",
    "ph",
)


def default_processes() -> list[Process]:
    """Every process of the cell balance."""
    return [
        Deposition(),
        Agriculture(),
        Weathering(),
        WaterBalance(),
        Leaching(),
        Erosion(),
        Runoff(),
        CropUptake(),
        Booked(Pathway("remediation", "Remediation", "signed")),
        Booked(Pathway("calibration", "Calibration", "signed")),
    ]


def in_order(processes: Iterable[Process]) -> list[Process]:
    """Sort processes by phase, in their own order within one, and check what they need.

    Raises
    ------
    ValueError
        If a process reads a field that a later one writes, or that nobody writes.
    """
    ordered = sorted(processes, key=lambda p: p.phase)
    writers = {key: p for p in ordered for key in p.writes}
    for position, process in enumerate(ordered):
        for key in process.reads:
            writer = writers.get(key)
            if writer is None and key not in INITIAL_FIELDS:
                raise ValueError(f"{process.name} reads {key!r}, which no process writes")
            if writer is not None and writer is not process and writer in ordered[position:]:
                raise ValueError(f"{process.name} reads {key!r}, which {writer.name} writes later")
    return ordered
