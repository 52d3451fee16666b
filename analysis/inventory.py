"""The emission inventory of a scenario: by sector, source, metal and year, without a simulation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import mesa
import numpy as np
import pandas as pd

from simulator import compat
from simulator.agents.area_source import area_sources
from simulator.agents.emitter import Emitter
from simulator.agents.interventions import Intervention
from simulator.agents.inventory import point_sources
from simulator.agents.point_source import PointSource
from simulator.constants import METALS, MODES
from simulator.data import Parameters
from simulator.region import Region
from simulator.scenario import Scenario
from simulator.scenario.source_acts import OnSources
from simulator.schedule import Phase

#: Species of mercury, in the order of ``constants.MODES``.
SPECIES: Final = dict(zip(MODES, ("HgP", "HgII", "Hg0"), strict=True))
TOTAL: Final = "all sectors"


@dataclass(frozen=True)
class Inventory:
    """What the sources of a region emit.

    Attributes
    ----------
    sources : DataFrame
        ``year``, ``kind`` (point or area), ``id``, ``name``, ``sector``, ``control``, ``metal``,
        ``kg``, ``low``, ``high`` [kg yr-1], ``recalled`` (share of the parameters of its factor
        that are still to be checked), ``stack_filled`` (columns of the stack with typical values).
    mercury : DataFrame
        ``year``, ``kind``, ``id``, ``sector``, ``species``, ``kg``. [kg yr-1]
    parameters : int
        Rows of parameters that the factors were made of.
    recalled : int
        How many of them are still to be checked against their source.
    """

    sources: pd.DataFrame
    mercury: pd.DataFrame
    parameters: int
    recalled: int

    @property
    def sectors(self) -> pd.DataFrame:
        """Sums by ``year``, ``sector`` and ``metal``, with :data:`TOTAL`; see :func:`_total`."""
        keys = ["year", "sector", "metal"]
        by_sector = self.sources.groupby(keys, sort=False)[["kg", "low", "high"]].sum()
        total = by_sector.groupby(["year", "metal"], sort=False).apply(_total).reset_index()
        total.insert(1, "sector", TOTAL)
        return pd.concat([by_sector.reset_index(), total], ignore_index=True)


def make_inventory(region: Region, scenario: Scenario, years: Iterable[int]) -> Inventory:
    """Inventory of some years, with the activity paths and interventions of the scenario.

    Low and high come from the emission factors; activities count as known.

    Parameters
    ----------
    region : Region
    scenario : Scenario
    years : iterable of int
        In any order; also years outside the run.
    """
    books = _Books(region, scenario)
    try:
        sources: list[dict[str, Any]] = []
        mercury: list[dict[str, Any]] = []
        for year in sorted(set(years)):
            books.emit(year)
            for emitter in books.emitters:
                sources += books.rows(emitter)
                mercury += books.mercury(emitter)
        used = books.used
        recalled = sum(books.parameters[i].confidence == "recalled" for i in used)
        return Inventory(pd.DataFrame(sources), pd.DataFrame(mercury), len(used), recalled)
    finally:
        compat.forget(books)


def write_inventory(inventory: Inventory, folder: Path) -> list[Path]:
    """Write the tables of an inventory as CSV files, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "by_sector.csv": inventory.sectors,
        "by_source.csv": inventory.sources,
        "mercury.csv": inventory.mercury,
    }
    for name, table in tables.items():
        table.to_csv(folder / name, index=False, float_format="%.6g")
    return [folder / name for name in tables]


def _total(sectors: pd.DataFrame) -> pd.Series:
    """Sum over sectors; what one is off above or below is independent of the others."""
    kg = sectors["kg"].sum()
    below = np.sqrt(((sectors["kg"] - sectors["low"]) ** 2).sum())
    above = np.sqrt(((sectors["high"] - sectors["kg"]) ** 2).sum())
    return pd.Series({"kg": kg, "low": kg - below, "high": kg + above})


class _Books(mesa.Model):
    """What sources need of a simulation: region, scenario, parameters and a year."""

    def __init__(self, region: Region, scenario: Scenario) -> None:
        super().__init__(rng=scenario.seed)
        self.region = region
        self.scenario = scenario
        self.parameters = Parameters(scenario.parameters)
        self.year = scenario.start
        self.sources = point_sources(self)
        self.area_sources = area_sources(self)
        self.acts = [
            Intervention.create(self, spec)
            for spec in scenario.interventions
            if isinstance(spec, OnSources)
        ]
        for act in self.acts:
            act.start()
        self._rows_of = {
            row["id"]: row
            for table in (region.sources, region.area_sources)
            for row in table.to_dict("records")
        }
        self.used: dict[str, None] = {}

    @property
    def emitters(self) -> Sequence[Emitter]:
        """Point sources, then area sources."""
        return [*self.sources, *self.area_sources]

    def activity_factor(self, sector: str, year: int) -> float:
        """As :meth:`simulator.model.Simulation.activity_factor`."""
        return self.scenario.emission.activity_factor(sector, year)

    def emit(self, year: int) -> None:
        """Let the sources emit in a year as in a run, caps on what they emit together included."""
        self.year = year
        for emitter in self.emitters:
            emitter.step()
        for act in self.acts:
            if act.date < year + 1:
                act.begin_phase(Phase.DEPOSITION, year)

    def rows(self, emitter: Emitter) -> list[dict[str, Any]]:
        """Rows of :attr:`Inventory.sources` for the year of the model."""
        low, high, ids = emitter.emission_range(self.year)
        self.used |= dict.fromkeys(ids)
        recalled = _mean([self.parameters[i].confidence == "recalled" for i in ids])
        row = self._rows_of[emitter.listed_id]
        return [
            {
                "year": self.year,
                "kind": _kind(emitter),
                "id": emitter.source_id,
                "name": emitter.name,
                "sector": emitter.sector,
                "control": emitter.control_at(np.nextafter(self.year + 1.0, self.year)),
                "metal": metal,
                "kg": emitter.emission[m],
                "low": low[m],
                "high": high[m],
                "recalled": recalled,
                "stack_filled": row.get("filled", ""),
            }
            for m, metal in enumerate(METALS)
        ]

    def mercury(self, emitter: Emitter) -> list[dict[str, Any]]:
        """Rows of :attr:`Inventory.mercury` for the year of the model."""
        by_mode = emitter.by_mode()[METALS.index("Hg")]
        head = {"year": self.year, "kind": _kind(emitter), "id": emitter.source_id}
        return [
            {**head, "sector": emitter.sector, "species": SPECIES[mode], "kg": kg}
            for mode, kg in zip(MODES, by_mode.tolist(), strict=True)
        ]


def _kind(emitter: Emitter) -> str:
    return "point" if isinstance(emitter, PointSource) else "area"


def _mean(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0
