"""Point sources from the power plants of the Global Power Plant Database.

The database gives place, fuel, capacity and a modelled generation. Activity (coal or waste burnt
in a year) and stacks follow from the tables ``plant_activity.csv`` and ``plant_stacks.csv``.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
import pandas as pd
from pyproj import Transformer

from simulator.region.build.write import SOURCE_COLUMNS
from simulator.region.model import Grid

COAL: Final[str] = "coal power"
WASTE: Final[str] = "waste incineration"

#: Net heating value of standard coal, by definition. [kcal kg-1]
_STANDARD_COAL: Final[float] = 7000.0
_HOURS_PER_YEAR: Final[float] = 8760.0
_DATABASE: Final[str] = "Global Power Plant Database 1.3.0 (Byers et al. 2018), CC BY 4.0"
_BURNS_WASTE: Final[re.Pattern[str]] = re.compile(
    r"waste|\bmsw\b|refuse|incinerat", flags=re.IGNORECASE
)


def sectors(plants: pd.DataFrame) -> pd.Series:
    """Emission sector of each plant, missing where it has none.

    Coal plants are ``coal power``. The database files waste incinerators under "Gas" and tells
    them apart by name only. Gas turbines, landfill gas and oil plants are left out: their fuels
    hold hardly any metal, and the emission profiles have no row for them.
    """
    sector = pd.Series([None] * len(plants), index=plants.index, dtype=object)
    sector[plants["fuel"] == "Coal"] = COAL
    named_waste = plants["name"].str.contains(_BURNS_WASTE)
    landfill = plants["name"].str.contains("landfill", case=False)
    sector[(plants["fuel"] == "Gas") & named_waste & ~landfill] = WASTE
    return sector


def plants_near(plants: pd.DataFrame, grid: Grid, distance: float) -> pd.DataFrame:
    """Plants inside the grid or within `distance` [m] of it, with ``x``, ``y`` in its CRS. [m]"""
    to_grid = Transformer.from_crs("EPSG:4326", grid.crs, always_xy=True)
    x, y = to_grid.transform(plants["lon"].to_numpy(), plants["lat"].to_numpy())
    x_min, y_min, x_max, y_max = grid.bounds
    away = np.hypot(
        np.maximum(np.maximum(x_min - x, x - x_max), 0.0),
        np.maximum(np.maximum(y_min - y, y - y_max), 0.0),
    )
    return plants.assign(x=x, y=y)[away <= distance]


def plants_to_sources(
    plants: pd.DataFrame,
    grid: Grid,
    *,
    distance: float,
    control: dict[str, str],
    fuel: dict[str, str],
    year: int,
) -> pd.DataFrame:
    """Rows of ``sources.csv`` for the coal and waste plants in and around a grid.

    Activity of a coal plant [t coal a year] is generation x standard coal rate x 7000 / heating
    value; generation is the database's estimate, or capacity x load factor where it is blank.
    Activity of a waste plant [t waste a year] is capacity x load factor / specific generation: the
    database's own figure puts the load of gas turbines on them.

    A plant is one source with the stack of one of its chimneys (plume rise acts for each chimney
    by itself, not for the sum of their gas).

    Parameters
    ----------
    plants : pandas.DataFrame
        ``name``, ``fuel``, ``capacity_mw``, ``commissioning_year``, ``lat``, ``lon``,
        ``generation_gwh_est``.
    grid : Grid
        Grid of the region.
    distance : float
        Plants up to this far outside the grid are taken too. [m]
    control : dict of str
        Control of the sectors ``coal power`` and ``waste incineration``, of those that the emission
        factors know.
    fuel : dict of str
        Fuel of ``coal power`` (a key of ``fuel_contents.csv``); blank where there is none.
    year : int
        Start year of the region; picks the standard coal rate.

    Returns
    -------
    pandas.DataFrame
        Columns of ``sources.csv``, by falling activity within coal, then waste.
    """
    near = plants_near(plants, grid, distance)
    near = near.assign(sector=sectors(near)).dropna(subset=["sector"])
    rows = [_source(plant, control, fuel, year) for plant in near.to_dict("records")]
    sources = pd.DataFrame(rows, columns=list(SOURCE_COLUMNS))
    sources = sources.sort_values(
        ["sector", "activity", "name"], ascending=[True, False, True], ignore_index=True
    )
    repeat = sources.groupby("id").cumcount()
    sources["id"] += [f"-{n + 1}" if n else "" for n in repeat]
    return sources


def _source(
    plant: dict, control: dict[str, str], fuel: dict[str, str], year: int
) -> dict[str, object]:
    sector = plant["sector"]
    if sector == COAL:
        activity, unit, basis = coal_burnt(plant, year), "t coal", "generation"
    else:
        activity, unit, basis = waste_burnt(plant["capacity_mw"]), "t waste", "capacity"
    stack_class, stack = stack_of(sector, plant["capacity_mw"])
    return {
        "id": _slug(plant["name"]),
        "name": plant["name"],
        "sector": sector,
        "control": control[sector],
        "activity": float(f"{activity:.4g}"),
        "activity_unit": unit,
        "x": round(plant["x"], 0),
        "y": round(plant["y"], 0),
        "height_m": stack["height"],
        "diameter_m": stack["diameter"],
        "temperature_K": stack["temperature"],
        "velocity_m_s": stack["velocity"],
        "start_year": plant["commissioning_year"],
        "stop_year": None,
        "status": "derived",
        "reference": f"place, capacity ({plant['capacity_mw']:g} MW), year: {_DATABASE}; activity "
        f"from {basis} (plant_activity.csv), stack class '{stack_class}' (plant_stacks.csv)",
        "fuel": fuel.get(sector, ""),
    }


def coal_burnt(plant: dict, year: int) -> float:
    """Raw coal burnt by a plant. [t yr-1]"""
    generation = plant["generation_gwh_est"]
    if generation is None or np.isnan(generation):
        load = activity_parameter(COAL, "load factor")
        generation = plant["capacity_mw"] * 1e-3 * _HOURS_PER_YEAR * load
    rate = activity_parameter(COAL, "standard coal rate", year)  # kg kWh-1 = kt GWh-1
    raw = _STANDARD_COAL / activity_parameter(COAL, "heating value")
    return generation * rate * raw * 1e3


def waste_burnt(capacity_mw: float) -> float:
    """Waste burnt by an incinerator with this electric capacity. [t yr-1]"""
    load = activity_parameter(WASTE, "load factor")
    return capacity_mw * _HOURS_PER_YEAR * load / activity_parameter(WASTE, "specific generation")


def stack_of(sector: str, capacity_mw: float) -> tuple[str, dict[str, float]]:
    """Class name and stack (height, diameter [m], temperature [K], velocity [m s-1])."""
    table = _table("plant_stacks.csv")
    rows = table[table["sector"] == sector]
    bounds = rows[(rows["parameter"] == "min_capacity") & (rows["value"] <= capacity_mw)]
    chosen = bounds.sort_values("value")["capacity_class"].iloc[-1]
    stack = rows[rows["capacity_class"] == chosen].set_index("parameter")["value"]
    wanted = ("height", "diameter", "temperature", "velocity")
    return str(chosen), {k: float(stack[k]) for k in wanted}


def activity_parameter(sector: str, parameter: str, year: int | None = None) -> float:
    """Value from ``plant_activity.csv``; one given for several years is interpolated linearly."""
    table = _table("plant_activity.csv")
    rows = table[(table["sector"] == sector) & (table["parameter"] == parameter)]
    if rows.empty:
        raise KeyError(f"plant_activity.csv has no {parameter!r} of {sector!r}")
    if rows["year"].isna().any():
        return float(rows["value"].iloc[0])
    if year is None:
        raise KeyError(f"{parameter!r} of {sector!r} is given by year")
    rows = rows.sort_values("year")
    return float(np.interp(year, rows["year"], rows["value"]))


@cache
def _table(name: str) -> pd.DataFrame:
    with (resources.files("simulator.data") / name).open(encoding="utf-8") as file:
        return pd.read_csv(file)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
