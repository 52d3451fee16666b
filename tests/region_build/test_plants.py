"""Point sources follow from the plant database by stated arithmetic."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from simulator.emission_factors import source_problem
from simulator.region.build.plants import (
    activity_parameter,
    coal_burnt,
    plants_to_sources,
    sectors,
    stack_of,
    waste_burnt,
)
from simulator.region.model import Grid
from tests.region_build.raw import CELL, CELLS, CRS, X_MIN, Y_MAX, write_raw

GRID = Grid(CRS, X_MIN, Y_MAX, CELL, (CELLS, CELLS))
CONTROL = {"coal power": "ESP+WFGD", "waste incineration": "AC+FF"}
FUEL = {"coal power": "coal of China"}


@pytest.fixture(scope="module")
def plants(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return pd.read_csv(write_raw(tmp_path_factory.mktemp("raw")) / "plants.csv")


def test_sector_is_by_fuel_and_for_waste_by_name(plants: pd.DataFrame) -> None:
    found = sectors(plants).tolist()
    assert found[:3] == ["coal power", "coal power", "waste incineration"]
    assert found[3:6] == [None, None, None]


def test_coal_is_generation_times_rate_over_heating_value() -> None:
    # 1000 GWh at 0.312 kg standard coal per kWh, raw coal of 5500 against 7000 kcal/kg.
    tonnes = coal_burnt({"generation_gwh_est": 1000.0, "capacity_mw": 1.0}, 2010)
    assert tonnes == pytest.approx(1e9 * 0.312 * 7000 / 5500 / 1e3)


def test_blank_generation_is_capacity_times_load() -> None:
    given = {"generation_gwh_est": 100.0 * 8.76 * activity_parameter("coal power", "load factor")}
    blank = {"generation_gwh_est": float("nan"), "capacity_mw": 100.0}
    assert coal_burnt(blank, 2010) == pytest.approx(coal_burnt(given, 2010))


def test_coal_rate_falls_between_the_given_years() -> None:
    rate = [activity_parameter("coal power", "standard coal rate", y) for y in (2010, 2015, 2020)]
    assert rate[0] > rate[1] > rate[2]
    assert rate[1] == pytest.approx((rate[0] + rate[2]) / 2)


def test_waste_plant_burns_about_its_nameplate() -> None:
    # 27.38 GW served 1.158 Mt/d in China: 23.6 kW for a tonne a day.
    assert waste_burnt(23.64e-3) == pytest.approx(365.0, rel=0.01)


def test_larger_plants_have_higher_and_wider_stacks() -> None:
    stacks = [stack_of("coal power", mw)[1] for mw in (40.0, 150.0, 600.0, 2400.0)]
    heights = [s["height"] for s in stacks]
    diameters = [s["diameter"] for s in stacks]
    assert heights == sorted(heights)
    assert diameters == sorted(diameters)
    assert len(set(heights)) == 4


@pytest.mark.parametrize("table", ["plant_stacks.csv", "plant_activity.csv"])
def test_parameter_rows_have_a_source_and_lie_in_their_range(table: str) -> None:
    import simulator.data

    rows = pd.read_csv(Path(simulator.data.__file__).parent / table)
    assert rows["source"].notna().all()
    assert set(rows["confidence"]) <= {"read", "recalled"}
    assert (rows["low"].fillna(rows["value"]) <= rows["value"]).all()
    assert (rows["high"].fillna(rows["value"]) >= rows["value"]).all()


def test_sources_near_the_grid_with_unique_ids(plants: pd.DataFrame) -> None:
    sources = plants_to_sources(plants, GRID, distance=60e3, control=CONTROL, fuel=FUEL, year=2010)
    assert sources["id"].tolist() == [
        "plain-power-station",
        "plain-power-station-2",
        "plain-waste-incineration",
    ]
    assert sources["activity"].is_monotonic_decreasing
    assert sources["temperature_K"].between(300.0, 500.0).all()
    assert sources["start_year"].tolist()[:2] == [2007.0, 2015.0]
    assert pd.isna(sources["start_year"][2])


def test_plants_beyond_the_distance_are_left_out(plants: pd.DataFrame) -> None:
    near = plants_to_sources(plants, GRID, distance=100e3, control=CONTROL, fuel=FUEL, year=2010)
    all_of_them = plants_to_sources(
        plants, GRID, distance=500e3, control=CONTROL, fuel=FUEL, year=2010
    )
    assert len(all_of_them) == len(near) + 1


def test_sectors_controls_and_fuels_have_emission_factors(plants: pd.DataFrame) -> None:
    sources = plants_to_sources(plants, GRID, distance=60e3, control=CONTROL, fuel=FUEL, year=2010)
    for row in sources.itertuples():
        assert source_problem(row.sector, row.control, row.activity_unit, fuel=row.fuel) is None
    assert set(zip(sources["sector"], sources["fuel"], strict=True)) == {
        ("coal power", "coal of China"),
        ("waste incineration", ""),
    }
