"""Land around a source: the right class in the right direction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.constants import LAND_CLASSES
from simulator.region import Region
from simulator.region.ground import LAND_USE, SECTORS, land_use, region_ground
from simulator.region.surface import monthly_temperature, season_by_month

SIZE, CELL = 40, 1000.0
X = 500_000.0 + CELL * (np.arange(SIZE) + 0.5)
Y = 3_000_000.0 - CELL * (np.arange(SIZE) + 0.5)
CENTRE = (520_000.0, 2_980_000.0)
NOTHING = np.zeros((SIZE, SIZE))


def cover(where: dict[str, np.ndarray | float]) -> np.ndarray:
    """Open shares of the classes named, ``[land_class, row, col]``."""
    share = np.zeros((len(LAND_CLASSES), SIZE, SIZE))
    for name, value in where.items():
        share[LAND_CLASSES.index(name)] = value
    return share


@pytest.mark.parametrize(("name", "code"), LAND_USE.items())
@pytest.mark.parametrize("position", [CENTRE, (X[3], Y[3]), (450_000.0, 3_100_000.0)])
def test_one_class_everywhere_is_that_class(
    name: str, code: int, position: tuple[float, float]
) -> None:
    assert land_use(cover({name: 0.9}), NOTHING, X, Y, position) == (code,) * SECTORS


@pytest.mark.parametrize(
    ("side", "towards"),
    [("north", 36), ("east", 9), ("south", 18), ("west", 27)],
)
def test_forest_on_one_side_lies_in_the_flow_towards_it(side: str, towards: int) -> None:
    east, north = np.meshgrid(X - CENTRE[0], Y - CENTRE[1])
    there = {"north": north > 0, "south": north < 0, "east": east > 0, "west": east < 0}[side]
    classes = land_use(cover({"forest": there, "water": ~there}), NOTHING, X, Y, CENTRE)
    turn = np.arange(SECTORS) - (towards - 1)
    apart = np.abs((turn + 18) % SECTORS - 18)
    assert [classes[k] for k in np.flatnonzero(apart < 9)] == [LAND_USE["forest"]] * 17
    assert [classes[k] for k in np.flatnonzero(apart > 9)] == [LAND_USE["water"]] * 17


@given(k=st.integers(0, SECTORS - 1))
def test_a_wedge_lies_in_its_sector(k: int) -> None:
    east, north = np.meshgrid(X - CENTRE[0], Y - CENTRE[1])
    azimuth = np.degrees(np.arctan2(east, north))
    apart = np.abs((azimuth - 10.0 * (k + 1) + 180.0) % 360.0 - 180.0)
    wedge = apart < 12.0
    classes = land_use(cover({"grassland": wedge, "paddy": ~wedge}), NOTHING, X, Y, CENTRE)
    assert classes[k] == LAND_USE["grassland"]
    assert classes[(k + 18) % SECTORS] == LAND_USE["paddy"]
    assert sum(c == LAND_USE["grassland"] for c in classes) <= 3


def test_farm_classes_count_together() -> None:
    share = cover({"paddy": 0.2, "dryland": 0.2, "vegetable": 0.15, "forest": 0.4})
    assert land_use(share, NOTHING, X, Y, CENTRE) == (LAND_USE["paddy"],) * SECTORS


@pytest.mark.parametrize(("sealed", "code"), [(0.7, 1), (0.6, 5), (0.1, 5)])
def test_built_land_is_town_or_suburb_by_what_is_sealed(sealed: float, code: int) -> None:
    share = cover({"urban": 0.7 - 0.7 * sealed, "industrial": 0.1 - 0.1 * sealed, "forest": 0.2})
    classes = land_use(share, NOTHING + 0.8 * sealed, X, Y, CENTRE)
    assert classes == (code,) * SECTORS


def test_land_beyond_ten_kilometres_does_not_count() -> None:
    east, north = np.meshgrid(X - CENTRE[0], Y - CENTRE[1])
    near = np.hypot(east, north) < 11_000.0
    classes = land_use(cover({"bare": near, "water": ~near}), NOTHING, X, Y, CENTRE)
    assert classes == (LAND_USE["bare"],) * SECTORS


def test_unknown_land_does_not_count_and_takes_the_common_class() -> None:
    east = np.broadcast_to(CENTRE[0] < X, (SIZE, SIZE))
    classes = land_use(cover({"grassland": 0.1 * east}), NOTHING, X, Y, CENTRE)
    assert classes == (LAND_USE["grassland"],) * SECTORS
    with pytest.raises(ValueError, match="no cell"):
        land_use(cover({}), NOTHING, X, Y, CENTRE)


def test_ground_of_a_region(region: Region) -> None:
    share = np.zeros((len(LAND_CLASSES), *region.grid.shape))
    share[LAND_CLASSES.index("orchard")] = 0.5
    row = region.sources.iloc[0]
    ground = region_ground(region, (row["x"], row["y"]), share, np.zeros(region.grid.shape))
    assert ground.land_use == (4,) * SECTORS
    assert ground.season == season_by_month(monthly_temperature(region.weather), 28.6)
