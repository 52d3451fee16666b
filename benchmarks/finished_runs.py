"""Finished runs: opening or making them, and the mean effect of each pathway on their soil."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from analysis.runs import pathways_of, years_of
from simulator import Simulation
from simulator.constants import FARM_CLASSES, LAND_CLASSES, METALS
from simulator.ledger import Pathway
from simulator.record import RunFolder, ZarrRecorder

Floats = NDArray[np.float64]

#: 1 mg m-2 in g ha-1.
G_HA: Final = 10.0

#: Pathways of fields and nothing else.
FARM_INPUTS: Final = ("fertiliser", "manure", "pesticide", "irrigation")
DEPOSITION: Final = ("deposition_dry", "deposition_wet", "deposition_background")
RUNOFF: Final = ("runoff", "runoff_sealed")

#: Sectors of metal works.
METAL_WORKS: Final = ("secondary copper", "foundry", "electroplating", "e-waste dismantling")

#: What an effect acts on.
CONTROL, COLUMN = "control layer", "column"


@dataclass(frozen=True)
class Land:
    """Land of a year, each ``[row, col]``. [-]"""

    soil: NDArray[np.bool_]
    open_share: Floats  #: ``[land_class, row, col]``, water among them
    sealed: Floats

    @classmethod
    def of(cls, run: RunFolder, year: int) -> Land:
        """Land at the beginning of a year."""
        state = run.history.sel(year=year)
        soil = np.isfinite(state["content"][0, 0].values)
        open_share = np.where(soil, state["open_share"].values, 0.0).astype(np.float64)
        return cls(soil, open_share, np.where(soil, state["sealed_share"].values, 0.0))

    @property
    def open_ground(self) -> Floats:
        """Ground that is neither sealed nor water."""
        return self.open_share.sum(axis=0) - self.share("water")

    @property
    def farmland(self) -> Floats:
        """Open farmland."""
        return np.sum([self.share(c) for c in FARM_CLASSES], axis=0)

    def share(self, land_class: str) -> Floats:
        """Open share of a land class."""
        return self.open_share[LAND_CLASSES.index(land_class)]


#: Weight of each cell in the mean of a pathway, ``[row, col]``.
Place = Callable[[Land, Pathway], Floats]


def region(land: Land, pathway: Pathway) -> Floats:
    """All cells with soil, per area of cell."""
    return land.soil / land.soil.sum()


def farmland(land: Land, pathway: Pathway) -> Floats:
    """Farmland, per area of open farmland.

    What only fields get is divided by their area. Of what comes to all ground, or leaves all open
    ground, a cell's fields have their share. Timber is booked with the crops, so that crops are
    those of cells with more fields than forest.
    """
    farm = land.farmland
    if pathway.name in FARM_INPUTS:
        return land.soil / farm.sum()
    if pathway.name in ("crop_uptake", "straw_return"):
        fields = farm > land.share("forest")
        return fields / farm[fields].sum()
    return farm * on_ground(land, pathway) / farm.sum()


def open_ground_of(cells: NDArray[np.bool_]) -> Place:
    """Mean over some cells, per area of their open ground."""

    def place(land: Land, pathway: Pathway) -> Floats:
        return cells * on_ground(land, pathway) / cells.sum()

    return place


def on_ground(land: Land, pathway: Pathway) -> Floats:
    """Area of cell over the ground that a pathway acts on; 0 for what never entered the soil."""
    if pathway.kind == "bypass":
        return np.zeros(land.sealed.shape)
    ground = land.open_ground + (land.sealed if pathway.falls else 0.0)
    return np.divide(1.0, ground, out=np.zeros_like(ground), where=ground > 0.0)


@dataclass(frozen=True)
class Effects:
    """Mean effect of the pathways on the soil of a place.

    Attributes
    ----------
    years : ndarray of int ``[year]``
        First years of the recorded intervals.
    pathways : tuple of str
        Names.
    amount : ndarray ``[scope, year, pathway, metal]``
        Effect on the control layer and on the column, gains positive. [g ha-1 yr-1]
    """

    years: NDArray[np.int64]
    pathways: tuple[str, ...]
    amount: Floats

    def mean(self, years: NDArray[np.bool_] | None = None, scope: str = CONTROL) -> pd.DataFrame:
        """Mean over years (all by default): a row for each pathway, a column for each metal."""
        amount = self.amount[0 if scope == CONTROL else 1]
        chosen = amount if years is None else amount[years]
        return pd.DataFrame(chosen.mean(axis=0), index=self.pathways, columns=list(METALS))

    def yearly(self, *names: str, scope: str = CONTROL) -> Floats:
        """Sum of some pathways in each year, ``[year, metal]``; those not in the run count 0."""
        amount = self.amount[0 if scope == CONTROL else 1]
        return amount[:, [self.pathways.index(n) for n in names if n in self.pathways]].sum(axis=1)


def effects(run: RunFolder, places: Mapping[str, Place]) -> dict[str, Effects]:
    """Mean effect of every pathway on the soil of some places, read in one go.

    Parameters
    ----------
    run : RunFolder
        A run that keeps the fluxes of its cells.
    places : mapping of str to Place
        Weights of the cells. Shares of land are those at the end of each interval, which the fluxes
        of its last year had.

    Returns
    -------
    dict of str to Effects
    """
    ledger, years = kept_ledger(run), years_of(run)
    pathways, n_layer = pathways_of(run), run.history.sizes["layer"]
    amount = {n: np.zeros((2, years.size - 1, len(pathways), len(METALS))) for n in places}
    for y, (since, until) in enumerate(pairwise(years.tolist())):
        land = Land.of(run, until)
        fluxes = ledger.sel(year=since)
        for p, pathway in enumerate(pathways):
            flux = fluxes[pathway.name].values.astype(np.float64) * (G_HA / (until - since))
            flux = flux if pathway.layered else flux[:, None]  # [metal, layer, row, col]
            signs = np.array([pathway.signs(z, n_layer) for z in range(flux.shape[1])])
            scopes = np.stack([signs[:, 0], signs.sum(axis=1)]).astype(np.float64)
            for name, place in places.items():
                weight = place(land, pathway)
                by_layer = np.nan_to_num(flux).reshape(*flux.shape[:2], -1) @ weight.ravel()
                amount[name][:, y, p] = scopes @ by_layer.T
    names = tuple(p.name for p in pathways)
    return {name: Effects(years[:-1], names, values) for name, values in amount.items()}


def kept_ledger(run: RunFolder) -> xr.Dataset:
    """Fluxes of the cells of a run; stops where it kept totals alone."""
    if run.ledger is None:
        raise SystemExit(f'{run.path}: has no fluxes of cells, [record] ledger = "totals"')
    return run.ledger


def ways(run: RunFolder) -> dict[str, str]:
    """Labels of the pathways by name."""
    return {p.name: p.label for p in pathways_of(run)}


def run_of(scenario: str, folder: Path) -> RunFolder:
    """Return the run of a scenario in a folder; it is made if it is not there."""
    path = folder / scenario
    if not path.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        print(f"{scenario}: simulating into {path}", flush=True)
        with Simulation.from_scenario(scenario, recorder=ZarrRecorder(path)) as sim:
            sim.run()
    return RunFolder(path)


def stacks(run: RunFolder, sectors: tuple[str, ...] | None = None) -> Floats:
    """Places of point sources that emitted, of some sectors or all, ``[source, 2]``. [m]"""
    table = run.sources
    table = table[(table["kg_per_yr"] > 0.0) & table["x"].notna()]
    if sectors is not None:
        table = table[table["sector"].isin(sectors)]
    return table.drop_duplicates("id")[["x", "y"]].to_numpy(dtype=np.float64)


def distance(run: RunFolder, points: Floats) -> Floats:
    """Distance of each cell's centre from the nearest of some points, ``[row, col]``. [m]"""
    x, y = np.meshgrid(run.history["x"].values, run.history["y"].values)
    return distance_to(x, y, points)


def distance_to(x: Floats, y: Floats, points: Floats) -> Floats:
    """Distance from the nearest of some points ``[point, 2]``; inf where there is none."""
    nearest = np.full(x.shape, np.inf)
    for px, py in points:
        nearest = np.minimum(nearest, np.hypot(x - px, y - py))
    return nearest
