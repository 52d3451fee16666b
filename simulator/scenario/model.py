"""What a scenario says: frozen, checked, complete in itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from simulator.constants import METALS
from simulator.problems import rule_broken
from simulator.scenario.land_acts import LandAct
from simulator.scenario.landuse import LandUse, rates_given
from simulator.scenario.paths import (
    FactorPath,
    Items,
    NonBlank,
    Table,
    interpolate_path,
    unique,
)
from simulator.scenario.source_acts import SourceAct
from simulator.scenario.toml_text import to_toml

#: A metal, or "*" for those without a path of their own.
PathMetal = Literal["As", "Cd", "Cr", "Cu", "Hg", "Ni", "Pb", "Zn", "*"]
FarmPathway = Literal["fertiliser", "manure", "pesticide", "irrigation", "straw_return"]


class SectorPath(Table):
    """Activity of a sector over the years."""

    sector: NonBlank = Field(description="a sector with emission factors, or '*' for the others")
    path: FactorPath = Field(description="factors on the activity of sources.csv")


def _unique_sectors(paths: tuple[SectorPath, ...]) -> tuple[SectorPath, ...]:
    return unique(paths, [p.sector for p in paths], "sector")


class Emission(Table):
    """``[emission]``: activity paths; a path of its own goes before that of ``*``."""

    paths: Annotated[Items[SectorPath], AfterValidator(_unique_sectors)] = Field(
        default=(), description="a list of {sector, path}"
    )

    def activity_factor(self, sector: str, year: float) -> float:
        """Activity of a sector at a date against that of its inventory. [-]."""
        paths = {p.sector: p.path for p in self.paths}
        path = paths.get(sector, paths.get("*"))
        return 1.0 if path is None else interpolate_path(path, year)


class FarmPath(Table):
    """A farm input over the years, for one metal or the others."""

    pathway: FarmPathway = Field(
        description="fertiliser, manure, pesticide, irrigation or straw_return"
    )
    metal: PathMetal = Field(default="*", description="a metal, or '*' for the others")
    path: FactorPath = Field(description="factors on the rates of the parameter tables")


def _unique_pathways(paths: tuple[FarmPath, ...]) -> tuple[FarmPath, ...]:
    return unique(paths, [f"{p.pathway} of {p.metal}" for p in paths], "pathway and metal")


class Farming(Table):
    """``[farming]``: paths of farm inputs; 1 is the rate of the parameter tables."""

    paths: Annotated[Items[FarmPath], AfterValidator(_unique_pathways)] = Field(
        default=(), description="a list of {pathway, metal, path}"
    )


class DepositionPath(Table):
    """Background deposition over the years, for one metal or the others."""

    metal: PathMetal = Field(default="*", description="a metal, or '*' for the others")
    path: FactorPath = Field(description="factors on deposition.csv")


def _unique_metals(paths: tuple[DepositionPath, ...]) -> tuple[DepositionPath, ...]:
    return unique(paths, [p.metal for p in paths], "metal")


class Deposition(Table):
    """``[deposition]``: the background that does not come from the region's own sources."""

    paths: Annotated[Items[DepositionPath], AfterValidator(_unique_metals)] = Field(
        default=(), description="a list of {metal, path}"
    )


def factors_by_metal(
    paths: Iterable[FarmPath | DepositionPath], year: float
) -> NDArray[np.float64]:
    """Factors of one input at a date: a metal's own path, else that of ``*``, else 1.

    Parameters
    ----------
    paths : iterable of FarmPath or DepositionPath
        Paths of one input, each metal at most once.
    year : float
        Date. [yr]

    Returns
    -------
    ndarray of float
        ``[metal]``. [-]

    Examples
    --------
    >>> others = DepositionPath(path=[FactorPoint(year=2012, factor=0.5)])
    >>> own = DepositionPath(metal="Cd", path=[FactorPoint(year=2012, factor=0.9)])
    >>> factors_by_metal([others, own], 2020).tolist()
    [0.5, 0.9, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    """
    by_metal: dict[str, float] = {p.metal: interpolate_path(p.path, year) for p in paths}
    others = by_metal.get("*", 1.0)
    return np.array([by_metal.get(metal, others) for metal in METALS])


class InitialSoil(Table):
    """``[soil]``: what the soil holds at the start."""

    initial_content: Literal["background", "survey"] = Field(
        default="background",
        description="'background' of soils.csv, or top layers brought to the region's 'survey'",
    )


class Calibration(Table):
    """``[calibration]``: what corrects the processes by samples of the region."""

    method: Literal["none", "ridge", "gp", "forest", "boosting", "kriging", "auto"] = Field(
        default="none",
        description="'none', or what the correction of the fluxes is learned with: ridge, gp, "
        "forest, boosting, kriging or auto",
    )
    target: Literal["log", "difference"] = Field(
        default="log", description="'log' to learn ratios of contents, or 'difference'"
    )
    physical: bool = Field(
        default=False, description="true to adjust parameters of the processes first"
    )
    hindcast: str = Field(
        default="", description="a built-in scenario, or a .toml file relative to this one"
    )

    @property
    def wanted(self) -> bool:
        """Whether anything is calibrated."""
        return self.physical or self.method != "none"


def _calibrated(calibration: Calibration) -> Calibration:
    if calibration.wanted and not calibration.hindcast.strip():
        raise rule_broken(
            "a calibration compares samples with a hindcast, the run of a scenario up to them",
            "Set hindcast to a scenario of the region that covers the years of its samples.",
        )
    return calibration


class Tags(Table):
    """``[tags]``: by which sources the metal in the soil is told apart."""

    by: Literal["none", "sector"] = Field(
        default="none", description="'none', or 'sector' for inputs and the sectors of sources"
    )
    plants: Items[NonBlank] = Field(
        default=(), description="a list of ids of sources with a tag of their own"
    )


def _tagged(tags: Tags) -> Tags:
    if tags.plants and tags.by == "none":
        raise rule_broken(
            "plants have tags of their own where by is 'sector'", 'Set by = "sector".'
        )
    return tags


class Record(Table):
    """``[record]``: what a run keeps."""

    ledger: Literal["cells", "totals"] = Field(
        default="cells", description="'cells' for the fluxes of every cell, or 'totals'"
    )
    precision: Literal["float64", "float32"] = Field(
        default="float64", description="'float64', or 'float32' for half the size"
    )
    every: int = Field(default=1, ge=1, le=500, description="the years between recorded maps")
    checkpoint_every: int = Field(
        default=10, ge=1, le=500, description="the years between checkpoints"
    )


#: Any of the interventions, told apart by ``kind``.
Intervention = Annotated[SourceAct | LandAct, Field(discriminator="kind")]


class Scenario(Table):
    """A region, a span of years and what happens in them; see ``docs/scenario-format.md``."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]*$",
        max_length=80,
        description="a name of lower-case letters, digits and hyphens",
    )
    title: NonBlank = Field(description="a title for people")
    description: str = Field(default="", description="what the scenario is about")
    region: NonBlank = Field(description="a built-in region, or a folder relative to this file")
    start: int = Field(ge=1800, le=2200, description="the first year")
    years: int = Field(ge=1, le=500, description="the number of years")
    seed: int = Field(ge=0, lt=2**63, description="the seed of everything that is drawn")
    landuse: Annotated[LandUse, AfterValidator(rates_given)] = Field(
        description="the table [landuse]"
    )
    emission: Emission = Field(default=Emission(), description="the table [emission]")
    farming: Farming = Field(default=Farming(), description="the table [farming]")
    deposition: Deposition = Field(default=Deposition(), description="the table [deposition]")
    soil: InitialSoil = Field(default=InitialSoil(), description="the table [soil]")
    calibration: Annotated[Calibration, AfterValidator(_calibrated)] = Field(
        default=Calibration(), description="the table [calibration]"
    )
    tags: Annotated[Tags, AfterValidator(_tagged)] = Field(
        default=Tags(), description="the table [tags]"
    )
    record: Record = Field(default=Record(), description="the table [record]")
    parameters: dict[str, float] = Field(
        default_factory=dict, description="values for rows of the parameter tables, by id"
    )
    interventions: Items[Intervention] = Field(
        default=(), description="a list of tables [[interventions]]"
    )

    @property
    def end(self) -> int:
        """The first year after the run."""
        return self.start + self.years

    def to_toml(self) -> str:
        """Text of a scenario file that says all of this without a base; reads back the same."""
        table: dict[str, Any] = self.model_dump(mode="python", exclude_none=True)
        return to_toml(table)
