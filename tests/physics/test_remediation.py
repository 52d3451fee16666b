"""Remediation by hand, and its limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.remediation import harvested, lime_level, ph_rise, replaced


def test_a_harvest_by_hand():
    """2.58 mg/kg of Cd, 170 mg/kg in 1.95 t/ha of dry shoots, on half of the ground.

    The shoots of the field in Yunnan held 339 g/ha; 1.95 t/ha x 170 mg/kg are 331.5 g/ha.
    """
    stock = np.array([[2.58e-6 * 240.0 * 0.8]])
    uptake = np.array([0.195 * 170.0 / 2.58])
    got = harvested(stock, np.array([240.0]), uptake, np.array([0.5]))
    assert got[0, 0] == pytest.approx(331.5e-7 * 0.8 * 0.5)  # 1 g/ha = 1e-7 kg/m2


@given(st.floats(0.0, 1.0), st.floats(0.0, 1e3), st.floats(0.0, 1.0), st.floats(0.0, 500.0))
def test_no_harvest_takes_more_than_is_there(stock, uptake, share, mass):
    got = harvested(np.array([[stock]]), np.array([mass]), np.array([uptake]), np.array([share]))
    assert 0.0 <= got[0, 0] <= stock


def test_replaced_soil_by_hand():
    """10 of 20 cm of 0.6 mg/kg for soil of 0.1, on all of the ground: 0.35 mg/kg are left."""
    mass, ground = np.array([240.0]), np.array([0.7])
    stock = np.array([[0.6e-6 * 240.0 * 0.7]])
    gain = replaced(stock, mass, ground, np.array([[0.1e-6]]), np.array([0.5]))
    assert (stock + gain)[0, 0] / (240.0 * 0.7) == pytest.approx(0.35e-6)


@given(st.floats(0.0, 1e-2), st.floats(0.0, 1e-4), st.floats(0.0, 1.0))
def test_replaced_soil_lies_between_old_and_clean(stock, clean, share):
    gain = replaced(
        np.array([[stock]]), np.array([240.0]), np.array([0.5]), np.array([[clean]]),
        np.array([share]),
    )[0, 0]  # fmt: skip
    low, high = sorted([stock, clean * 120.0])
    assert low - 1e-15 <= stock + gain <= high + 1e-15


def test_lime_by_hand():
    """Half of the land in each of two years: what was limed first has fallen off by a year."""
    assert lime_level([], 0.1) == 0.0
    assert lime_level([0.0, 1.0], 0.1) == 1.0
    assert lime_level([0.5, 1.0], 0.1) == pytest.approx(0.5 + 0.5 * math.exp(-0.1))
    assert lime_level([1.0] * 11, 0.1) == pytest.approx(math.exp(-1.0))
    repeated = [lime_level([1.0] * n, 0.1, repeat=3) for n in range(1, 8)]
    fading = [1.0, math.exp(-0.1), math.exp(-0.2)]
    assert repeated == pytest.approx([*fading, *fading, 1.0])


@given(
    st.lists(st.floats(0.0, 1.0), min_size=1, max_size=30).map(sorted),
    st.floats(0.0, 1.0),
    st.one_of(st.none(), st.integers(1, 10)),
)
def test_lime_is_never_more_than_what_is_limed(reach, decay, repeat):
    level = lime_level(reach, decay, repeat)
    assert 0.0 <= level <= reach[-1] + 1e-12
    assert level >= lime_level(reach, decay) - 1e-12


def test_lime_raises_no_ph_beyond_that_of_calcite():
    ph = np.array([4.5, 7.9, 8.3, 8.6])
    assert ph_rise(ph, 1.0, 8.3) == pytest.approx([1.0, 0.4, 0.0, 0.0])
