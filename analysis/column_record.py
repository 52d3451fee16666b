"""What a run has recorded of a cell, as the gains and the leaching of a column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from simulator.constants import LAND_CLASSES, WATER_CLASS
from simulator.errors import InputError, Problem
from simulator.physics.slices import Slices
from simulator.record import RunFolder
from simulator.state import MIN_OPEN_SHARE

if TYPE_CHECKING:
    from simulator.ledger import Pathway
    from simulator.record.cell_record import CellRecord
    from simulator.soil_water.solve import ClassWater

Floats = NDArray[np.float64]

_MG: Final = 1.0e6  # mg in a kg
#: Changes of land below this are not worth a word. [-]
_CHANGE: Final = 0.005
#: Relative difference of water up to which it is the same.
_SAME: Final = 1.0e-4


def recorded(
    record: CellRecord,
    pathways: Sequence[Pathway],
    metals: Sequence[str],
    states: NDArray[np.int64],
    slices: Slices,
) -> tuple[Floats, Floats]:
    """Net gain ``[metal, year, slice]`` and leaching ``[metal, year, layer]`` of a cell.

    Both per area of the cell [kg m-2 yr-1]; sums of several years are spread over them evenly.
    """
    spans = np.diff(states)
    net = np.zeros((len(metals), spans.size, len(slices)))
    leached = np.zeros((len(metals), spans.size, slices.first.size - 1))
    for pathway in pathways:
        assert record.ledger is not None
        flux = record.ledger[pathway.name].sel(year=states[:-1], metal=list(metals))
        dims = ("metal", "year", "layer") if pathway.layered else ("metal", "year")
        amount = flux.transpose(*dims).values.astype(np.float64) / _MG
        amount = amount.reshape(*net.shape[:2], -1) / spans[:, None]
        if pathway.kind == "downward":
            leached += amount
        else:
            net += amount @ placing(pathway, slices)
    return np.repeat(net, spans, axis=1), np.repeat(leached, spans, axis=1)


def placing(pathway: Pathway, slices: Slices) -> Floats:
    """Effect of the slots of a pathway on slices, ``[slot, slice]``, as the balance has it. [-].

    What acts at the surface acts on the uppermost slice, what acts on a layer on its slices by
    thickness. Soil that rises passes through the slices of a layer of one content as it came: what
    comes up is gained by the uppermost slice of its layer and leaves that of the layer below.
    """
    first = slices.first
    slots = first.size - 1 if pathway.layered else 1
    effect = np.zeros((slots, len(slices)))
    for z in range(slots):
        here = slice(first[z], first[z + 1])
        if pathway.kind == "upward":
            effect[z, first[z]] = 1.0
            if z + 1 < first.size - 1:
                effect[z, first[z + 1]] = -1.0
        elif pathway.layered or pathway.kind == "signed":
            effect[z, here] = pathway.signs(z, first.size - 1)[z] * slices.share[here]
        else:
            effect[z, 0] = pathway.signs(0, first.size - 1)[0]
    return effect


def open_ground(record: CellRecord, states: NDArray[np.int64]) -> Floats:
    """Share of the cell that is open soil in each state. [-]."""
    land = record.history["open_share"].sel(year=states).drop_sel(land_class=WATER_CLASS)
    ground: Floats = land.sum("land_class", dtype=np.float64).values
    return ground


def class_shares(record: CellRecord, state: int) -> dict[str, float]:
    """Share of the classes in the open ground of a state, by its place, the largest first. [-]."""
    land = record.history["open_share"].isel(year=state).drop_sel(land_class=WATER_CLASS)
    shares = {str(c): float(v) for c, v in zip(land["land_class"].values, land.values, strict=True)}
    total = max(sum(shares.values()), MIN_OPEN_SHARE)
    return {n: v / total for n, v in sorted(shares.items(), key=lambda x: -x[1]) if v > 0.0}


def in_words(shares: dict[str, float]) -> str:
    """Shares of classes as text."""
    return ", ".join(f"{name} {100.0 * share:.0f} %" for name, share in shares.items())


def check_record(run: RunFolder, years: NDArray[np.int64]) -> None:
    """Stop where a run holds no fluxes of cells."""
    where = f"run {str(run.manifest['name'])!r}"
    if run.ledger is None:
        raise InputError(
            Problem(
                where, "holds no fluxes of single cells (record.ledger = 'totals')",
                "the gains of the column are the recorded fluxes of its cell",
                "Run the scenario again with ledger = 'cells' in [record].",
            )
        )  # fmt: skip
    if years.size == 0:
        raise InputError(
            Problem(
                where, "holds no year yet", "a column is followed through the recorded years",
                f"Go on with: metalscape resume {run.path}",
            )
        )  # fmt: skip


def check_ground(where: str, states: NDArray[np.int64], ground: Floats) -> None:
    """Stop where a cell has no open soil in one of the states."""
    gone = np.flatnonzero(ground <= MIN_OPEN_SHARE)
    if gone.size:
        raise InputError(
            Problem(
                where, f"has no open soil in {states[gone[0]]}",
                "water moves metals in soil that is neither sealed nor under water",
                "Choose a cell with open ground in all recorded years.",
            )
        )  # fmt: skip


def notes(
    run: RunFolder, record: CellRecord, shares: dict[str, float], land_class: str, ph: Floats
) -> list[str]:
    """What the column leaves out of its cell."""
    found = []
    share = shares.get(land_class, 0.0)
    if share < 0.995:
        found.append(
            f"{land_class} covers {100.0 * share:.0f} % of the open ground; gains and the run's "
            "own numbers are those of all of it"
        )
    land = record.history["open_share"].transpose("year", "land_class").values
    if np.abs(land - land[0]).max() > _CHANGE:
        last = in_words(class_shares(record, -1))
        found.append(
            f"the land changes: at the end the open ground is {last}; the column keeps its class, "
            "and gains are those of the cell over what is open"
        )
    if np.abs(ph - ph[0]).max() > 1e-6:
        found.append("the pH of the cell changes; the column keeps that of the start")
    parent = run.manifest["parent"]
    if parent is not None:
        found.append(
            f"the run branched from {parent['name']} in {parent['year']}; the column has the "
            "parameters of the branch from the start"
        )
    return found


def other_water(record: CellRecord, water: ClassWater, soil: int) -> list[str]:
    """Note if the run's water is not that of the region's columns as they are solved now."""
    assert record.ledger is not None
    if np.diff(record.history["year"].values[:2]) != 1:
        return []  # sums of several years
    share = record.history["open_share"].isel(year=1).values.astype(np.float64)
    share[LAND_CLASSES.index(WATER_CLASS)] = 0.0
    now = 1000.0 * float(water.percolation[0, -1, :, soil] @ share / share.sum())
    then = float(record.ledger["percolation"].isel(year=0, layer=-1))
    if abs(now - then) <= _SAME * abs(then) + 1e-3:
        return []
    return [
        f"the run had {then:.0f} mm of percolation in its first year, where its columns now have "
        f"{now:.0f}: it was made with other parameter tables or another version"
    ]
