"""A small region on two years of days, one of them a leap year, and its water."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.data import Parameters
from simulator.physics.slices import Slices, slices_of
from simulator.region import Region, read_region
from simulator.soil_water.demand import Days, days_of
from simulator.soil_water.soils import Soils
from simulator.soil_water.solve import ClassWater, class_water
from tests.make_daily import add_daily
from tests.make_region import make_region


@pytest.fixture(scope="package")
def two_years(tmp_path_factory: pytest.TempPathFactory) -> Region:
    """Sixteen cells on two soils; days of 2011 and 2012."""
    folder: Path = make_region(tmp_path_factory.mktemp("two-years") / "region", rows=4, cols=4)
    add_daily(folder)
    return read_region(folder)


@pytest.fixture(scope="package")
def parameters() -> Parameters:
    return Parameters({})


@pytest.fixture(scope="package")
def days(two_years: Region) -> Days:
    return days_of(two_years.daily, two_years.daily_site)


@pytest.fixture(scope="package")
def slices(two_years: Region) -> Slices:
    return slices_of(two_years.layer_thickness)


@pytest.fixture(scope="package")
def solved(two_years: Region, parameters: Parameters, slices: Slices) -> tuple[ClassWater, Soils]:
    return class_water(two_years, parameters, slices)


@pytest.fixture(scope="package")
def water(solved: tuple[ClassWater, Soils]) -> ClassWater:
    return solved[0]
