"""Screening values: the right number for pH and land, and the whole table there."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.screening import land_of, screening_value
from simulator.constants import LAND_CLASSES, METALS


def value(metal: str, ph: float, land: str) -> float:
    return float(screening_value(metal, np.array([ph]), np.array([land]))[0])


@pytest.mark.parametrize(
    ("metal", "ph", "land", "expected"),
    [
        # GB 15618-2018 table 1; a class holds its upper bound, not its lower one
        ("Cd", 5.5, "paddy", 0.3),
        ("Cd", 5.51, "paddy", 0.4),
        ("Cd", 7.5, "paddy", 0.6),
        ("Cd", 7.6, "paddy", 0.8),
        ("Cd", 7.5, "other farmland", 0.3),
        ("Cd", 8.0, "other farmland", 0.6),
        ("As", 6.0, "paddy", 30.0),
        ("As", 6.0, "other farmland", 40.0),
        ("Pb", 5.0, "other farmland", 70.0),
        ("Cu", 5.0, "orchard", 150.0),
        ("Zn", 5.0, "orchard", 200.0),
        ("Hg", 7.0, "other farmland", 2.4),
    ],
)
def test_values_of_the_standard(metal: str, ph: float, land: str, expected: float) -> None:
    assert value(metal, ph, land) == expected


@pytest.mark.parametrize("metal", METALS)
def test_every_land_and_ph_has_a_value_and_no_soil_has_none(metal: str) -> None:
    for land in ("paddy", "orchard", "other farmland"):
        assert all(value(metal, ph, land) > 0.0 for ph in np.linspace(3.0, 10.0, 29))
    assert np.isnan(value(metal, np.nan, "paddy"))


def test_land_is_that_of_the_largest_open_class_and_water_is_none() -> None:
    share = np.zeros((len(LAND_CLASSES), 5))
    paddy, orchard, forest, water = (
        LAND_CLASSES.index(c) for c in ("paddy", "orchard", "forest", "water")
    )
    share[[paddy, water], 0] = 0.3, 0.6
    share[[paddy, orchard], 1] = 0.2, 0.3
    share[[paddy, forest], 2] = 0.2, 0.3
    share[water, 3] = 1.0
    assert land_of(share).tolist() == [
        "paddy",
        "orchard",
        "other farmland",
        "other farmland",
        "other farmland",
    ]
