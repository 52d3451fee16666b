from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.constants import METALS
from simulator.data import Parameters
from simulator.physics.uptake import ph_factor, removal_coefficient

YIELD = ("harvest", "dry_matter", "harvest_index", "straw_return")


def class_removal(land_class: str) -> np.ndarray:
    p = Parameters()
    crops = p.keys("cropping", "crop", land_class=land_class)
    columns = {k: p.array("yields", "crop", crops, parameter=k) for k in YIELD}
    return removal_coefficient(
        share=p.array("cropping", "crop", crops, land_class=land_class),
        bioconcentration=p.array("uptake", ("crop", "metal"), (crops, METALS), parameter="bcf"),
        straw_ratio=p.array("uptake", ("crop", "metal"), (crops, METALS), parameter="straw_ratio"),
        **columns,
    )


def test_rice_by_hand() -> None:
    # 7.2 t/ha at 86 % dry, BCF 0.25; straw of equal mass holds 3.2 times as much, 10 % leaves
    coefficient = removal_coefficient([1.0], [0.72], [0.86], [0.5], [0.9], [[0.25]], [[3.2]])
    assert coefficient == pytest.approx([0.72 * 0.86 * 0.25 * 1.32])


def test_crops_of_a_class_add_up_by_share() -> None:
    one = removal_coefficient([1.0], [0.5], [0.9], [0.4], [0.5], [[0.1]], [[2.0]])
    both = removal_coefficient(
        [0.3, 0.7], [0.5, 0.5], [0.9, 0.9], [0.4, 0.4], [0.5, 0.5], [[0.1], [0.1]], [[2.0], [2.0]]
    )
    assert both == pytest.approx(one)


@given(st.floats(0, 1))
def test_returned_straw_removes_less(returned: float) -> None:
    some = removal_coefficient([1.0], [0.5], [0.9], [0.4], [returned], [[0.1]], [[2.0]])
    grain = removal_coefficient([1.0], [0.5], [0.9], [0.4], [1.0], [[0.1]], [[2.0]])
    everything = removal_coefficient([1.0], [0.5], [0.9], [0.4], [0.0], [[0.1]], [[2.0]])
    assert grain <= some <= everything
    assert grain == pytest.approx([0.5 * 0.9 * 0.1])


def test_acid_soil_gives_more_cadmium_and_the_same_lead() -> None:
    assert float(ph_factor(6.0, -0.35, 6.0)) == 1.0
    assert float(ph_factor(5.0, -0.35, 6.0)) == pytest.approx(10**0.35)
    assert (ph_factor(np.array([4.5, 8.0]), 0.0, 6.0) == 1.0).all()


def test_rice_takes_what_a_hunan_balance_measured() -> None:
    # conventional early rice: grain 0.011-0.315 g/ha of Cd per crop, straw mostly kept
    cd = 1e7 * class_removal("paddy")[METALS.index("Cd")] * 0.14e-6
    assert 0.05 <= cd <= 0.6


@pytest.mark.parametrize("land_class", ["paddy", "dryland", "vegetable", "orchard", "forest"])
def test_harvest_takes_below_two_percent_of_the_plough_layer_a_year(land_class: str) -> None:
    soil = 240.0  # kg/m2 of 0-20 cm
    coefficient = class_removal(land_class)
    assert (coefficient > 0).all()
    assert (coefficient / soil < 0.02).all()
