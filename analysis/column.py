"""One cell of a run as one soil column: followed day by day, year by year, and as recorded.

The daily column (:mod:`simulator.soil_water.compare`) is the measure of the yearly balance. Here
it gets what the run knows of a cell: soil, land, parameters, contents at the start, and as gains
the recorded fluxes of all pathways but leaching.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from analysis.column_record import (
    check_ground,
    check_record,
    class_shares,
    notes,
    open_ground,
    other_water,
    recorded,
)
from analysis.runs import cell_of, layer_name, metal_of, pathways_of, years_of
from simulator.constants import LAND_CLASSES, METALS, SETTLING_YEARS, WATER_CLASS
from simulator.data import Parameters
from simulator.data.partition import published_relations
from simulator.errors import InputError, Problem
from simulator.physics.percolation.column import node_faces
from simulator.physics.percolation.partition import Partition, Relation, kd_by_model
from simulator.physics.slices import Slices, slices_of
from simulator.physics.sorption import solution_coefficient, submerged_factor
from simulator.problems import suggest
from simulator.record import RunFolder
from simulator.record.restart import same_region
from simulator.soil_water.compare import (
    Followed,
    Metals,
    follow_daily,
    follow_yearly,
    settled,
)
from simulator.soil_water.demand import Demand, days_of, demand_of
from simulator.soil_water.solve import ClassWater, class_water, column_of
from simulator.state import MIN_OPEN_SHARE

if TYPE_CHECKING:
    from simulator.physics.percolation.column import Column

Floats = NDArray[np.float64]

_MG: Final = 1.0e6  # mg in a kg, and mg kg-1 in kg kg-1
_YEAR: Final = 365.25 * 86400.0
_COEFFICIENTS: Final = ("p", "r_oc", "s_clay", "m_ph", "n")


@dataclass(frozen=True)
class CellColumn:
    """A cell of a run as a column under one land class.

    Attributes
    ----------
    row, col : int
        The cell.
    land_class : str
        What grows on the column.
    shares : dict of str to float
        Share of the classes in the open ground of the cell at the start of the run. [-]
    metals : list of str
        Symbols.
    layers : list of str
        Depth of each layer in words.
    years : ndarray of int ``[year]``
        The recorded years.
    open_ground : ndarray ``[year]``
        Share of the cell that is open soil. [-]
    record_years : ndarray of int
        Years of the weather record.
    lengths : ndarray of int
        Their days.
    column : Column
        From a first year that wets it to the end of the record, without metals.
    demand : Demand
        What weather and plants ask of it.
    water : ClassWater
        Yearly water of the column, its last two axes of one class and one soil.
    bulk_density : ndarray ``[layer]``
        [kg m-3]
    contents : Metals
        Metals as the balance has them, with the gains of the recorded years.
    slices : Slices
        On which the balance moves them.
    tillage : float
        Depth to which the balance mixes the soil at the end of each year. [m]
    diffusion : float
        In free water. [m2 yr-1]
    leached : ndarray ``[metal, year, layer]``
        What the run has leached, per area of open ground. [kg m-2 yr-1]
    content_end : ndarray ``[metal, layer]``
        Content at the end of the recorded years. [kg kg-1]
    kd : dict of str to list of Partition
        By metal, what published relations make of the top layer at the start; that of the run is
        the first.
    notes : list of str
        What the column leaves out of this cell.
    """

    row: int
    col: int
    land_class: str
    shares: dict[str, float]
    metals: list[str]
    layers: list[str]
    years: NDArray[np.int64]
    open_ground: Floats
    record_years: NDArray[np.int64]
    lengths: NDArray[np.int64]
    column: Column
    demand: Demand
    water: ClassWater
    bulk_density: Floats
    contents: Metals
    slices: Slices
    tillage: float
    diffusion: float
    leached: Floats
    content_end: Floats
    kd: dict[str, list[Partition]]
    notes: list[str]

    @property
    def bottoms(self) -> Floats:
        """Depth of the bottom of each layer. [m]."""
        return self.slices.edges[self.slices.first[1:]]


@dataclass(frozen=True)
class Sides:
    """A column followed in both ways.

    Attributes
    ----------
    daily, yearly : Followed
        Profiles by node and by slice.
    daily_layers, yearly_layers : ndarray ``[metal, layer]``
        Mean contents of the layers at the end. [kg kg-1]
    """

    daily: Followed
    yearly: Followed
    daily_layers: Floats
    yearly_layers: Floats


def cell_column(
    run: RunFolder,
    row: int,
    col: int,
    land_class: str | None = None,
    metals: Sequence[str] = (),
    fluxes: bool = True,
) -> CellColumn:
    """Make a column of a cell of a recorded run.

    Parameters
    ----------
    run : RunFolder
        The run, finished or not, with fluxes of cells.
    row, col : int
        The cell; row 0 is north.
    land_class : str, optional
        What grows on the column; by default the class that covers most of the open ground of the
        cell at the start of the run.
    metals : sequence of str
        Symbols; all metals by default.
    fluxes : bool
        Whether the recorded fluxes are taken; without, gains and leaching are 0.

    Raises
    ------
    InputError
        If the run does not hold what is needed, the cell is no open soil, or the region has
        changed since the run.
    """
    row, col = cell_of(run, row, col)
    if not metals:
        chosen = list(METALS)
    else:
        named = {metal_of(run, m) for m in metals}
        chosen = [m for m in METALS if m in named]
    states = years_of(run)
    years = np.arange(states[0], states[-1], dtype=np.int64)
    if fluxes:
        check_record(run, years)
    record = run.cell(row, col)
    history = record.history
    shares, ground = class_shares(record, 0), open_ground(record, states)
    check_ground(f"cell {row},{col}", states, ground if fluxes else ground[:1])
    land_class = _class_of(shares, land_class)
    region = same_region(run)
    p = Parameters(run.scenario.parameters)
    slices = slices_of(region.layer_thickness)
    days = days_of(region.daily, region.daily_site)
    water, soils = class_water(region, p, slices)
    soil = int(soils.soil[row * region.grid.shape[1] + col])
    properties = soils.properties[soil]
    density = properties[3]
    demand = demand_of(land_class, days, p)[int(soils.hydrologic_group[soil])]
    content = history["content"].sel(metal=chosen).transpose("year", "metal", "layer")
    ph = history["ph"].transpose("year", "layer").values.astype(np.float64)
    during = np.interp(years + 1.0, states, ground)  # land changes before the balance of a year
    pathways = pathways_of(run) if fluxes else []
    net, leached = recorded(record, pathways, chosen, states, slices)
    per_ground = np.divide(1.0, during, out=np.zeros_like(during), where=during > MIN_OPEN_SHARE)
    said = notes(run, record, shares, land_class, ph) if fluxes else []
    said += other_water(record, water, soil) if fluxes else []
    classes = LAND_CLASSES.index(land_class)
    one = {
        name: values[..., classes : classes + 1, soil : soil + 1]
        for name, values in vars(water).items()
    }
    tillage = _tillage(p, land_class, slices)
    kd = {
        metal: kd_by_model(
            [Relation(**vars(relation)) for relation in published_relations(metal, p)],
            float(ph[0, 0]),
            float(properties[4, 0]),
            float(properties[2, 0]),
            float(content.values[0, i, 0]),
        )
        for i, metal in enumerate(chosen)
    }
    return CellColumn(
        row,
        col,
        land_class,
        shares,
        chosen,
        [layer_name(run, z) for z in range(density.size)],
        years,
        during,
        region.daily["date"].dt.year.to_numpy(dtype=np.int64)[days.year_ends - 1],
        np.diff(np.append(0, days.year_ends)),
        column_of(properties, soils.layer_thickness, land_class, demand, days, p),
        demand,
        ClassWater(**one),
        density,
        settled(
            exchange_of_column(one),
            density,
            Metals(
                content.values[0].astype(np.float64) / _MG,
                *_sorption(p, chosen, ph[0], properties, float(one["flooded"].mean())),
                net * per_ground[:, None],
            ),
            slices,
            tillage,
            SETTLING_YEARS,
        ),
        slices,
        tillage,
        p.value("general", process="percolation", parameter="diffusion") * _YEAR,
        leached * per_ground[:, None],
        content.values[-1].astype(np.float64) / _MG,
        kd,
        said,
    )  # fmt: skip


def exchange_of_column(water: Mapping[str, Floats]) -> tuple[Floats, Floats, Floats]:
    """What water does between slices, of the water of one land class on one soil."""
    ahead, behind, wetness = (water[name][..., 0, 0] for name in ("ahead", "behind", "wetness"))
    return ahead, behind, wetness


def follow(cell: CellColumn) -> Sides:
    """Follow the column through the recorded years, day by day and year by year."""
    slices, density = cell.slices, cell.bulk_density
    daily = follow_daily(
        cell.column, cell.lengths, density, cell.contents, slices, cell.tillage, cell.diffusion
    )
    exchange = exchange_of_column(vars(cell.water))
    yearly = follow_yearly(exchange, density, cell.contents, slices, cell.tillage)
    faces, edges = node_faces(daily.depth), np.append(0.0, cell.bottoms)
    held = np.cumsum(daily.content * np.diff(faces), axis=1)
    above = np.array([np.interp(edges, faces, np.append(0.0, row)) for row in held])
    return Sides(
        daily,
        yearly,
        np.diff(above, axis=1) / np.diff(edges),
        np.add.reduceat(yearly.content * slices.share, slices.first[:-1], axis=1),
    )


def mean_water(cell: CellColumn) -> dict[str, float]:
    """Water of the column, mean of the years of the record. [mm yr-1]."""
    w = cell.water
    terms = {
        "rain": w.rain,
        "irrigation": w.irrigation,
        "interception": w.interception,
        "evaporation": w.evaporation,
        "transpiration": w.uptake.sum(axis=1),
        "runoff": w.runoff,
        "percolation": w.percolation[:, -1],
        "storage": w.storage,
    }
    return {name: 1000.0 * float(values.mean()) for name, values in terms.items()}


def _sorption(
    p: Parameters, metals: Sequence[str], ph: Floats, properties: Floats, flooded: float
) -> tuple[Floats, Floats]:
    """``A [metal, layer]`` [kg m-3] and ``n [metal]`` of ``c = A X^n``, as leaching has them."""
    _, _, clay, _, organic = properties
    least = p.value("general", process="sorption", parameter="least_organic_matter")
    values = np.array(
        [[p.value("sorption", metal=m, parameter=k) for k in _COEFFICIENTS] for m in metals]
    )
    a = np.stack([solution_coefficient(ph, np.maximum(organic, least), clay, *v) for v in values])
    submerged = p.value("general", process="sorption", parameter="submerged_ph")
    m_ph = values[:, _COEFFICIENTS.index("m_ph")]
    a[:, 0] *= submerged_factor(ph[0], m_ph, submerged, flooded)
    return a, values[:, -1]


def _class_of(shares: dict[str, float], land_class: str | None) -> str:
    if land_class is None:
        return next(iter(shares))
    known = [c for c in LAND_CLASSES if c != WATER_CLASS]
    if land_class not in known:
        raise InputError(
            Problem(
                f"--land-class {land_class!r}", "is no class of land with soil",
                "a column stands under one land class", suggest(land_class, known),
            )
        )  # fmt: skip
    return land_class


def _tillage(p: Parameters, land_class: str, slices: Slices) -> float:
    """Depth that the balance mixes under a class: that of the deepest tilled class. [m]."""
    depth = {
        c: p.value("vegetation", land_class=c, parameter="tillage_depth")
        for c in LAND_CLASSES
        if c != WATER_CLASS
    }
    if depth[land_class] <= 0.0:
        return 0.0
    return float(slices.edges[slices.above(max(depth.values()))])
