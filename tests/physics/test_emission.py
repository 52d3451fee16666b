"""Emission: dates inside the year, and changes that add up as factors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.emission import emission_rate, operating_factor


def share(start: float, stop: float, year: float) -> float:
    return float(operating_factor(year, start, stop, [], [], 1)[0])


@pytest.mark.parametrize(
    ("start", "stop", "expected"),
    [
        (-math.inf, math.inf, 1.0),
        (2020.25, math.inf, 0.75),
        (-math.inf, 2020.5, 0.5),
        (2020.25, 2020.5, 0.25),
        (2021.0, math.inf, 0.0),
        (-math.inf, 2019.5, 0.0),
        (-math.inf, 2020.0, 0.0),
        (2020.5, 2020.25, 0.0),
    ],
)
def test_share_of_2020_in_operation(start: float, stop: float, expected: float) -> None:
    assert share(start, stop, 2020.0) == pytest.approx(expected)


@given(st.floats(1990, 2080), st.floats(0, 40))
def test_shares_of_all_years_are_the_life(start: float, life: float) -> None:
    total = sum(share(start, start + life, float(y)) for y in range(1980, 2130))
    assert total == pytest.approx(life, abs=1e-9)


def test_changes_multiply_from_their_dates_on() -> None:
    """Half from 2020.5, a further fifth of it from 2020.75: (0.5 + 0.25 * 0.5 + 0.25 * 0.1)."""
    factors = [np.array([0.5, 1.0]), np.array([0.2, 0.0])]
    args = (-math.inf, math.inf, [2020.5, 2020.75], factors, 2)
    np.testing.assert_allclose(operating_factor(2020.0, *args), [0.65, 0.75])
    np.testing.assert_allclose(operating_factor(2021.0, *args), [0.1, 0.0])
    np.testing.assert_allclose(operating_factor(2019.0, *args), [1.0, 1.0])


def test_emission_is_activity_times_factor() -> None:
    """1 Mt of coal at 0.1 g/t, a fifth less activity, half a year: 40 kg."""
    assert float(emission_rate(1e6, 1e-4, 0.8, 0.5)) == pytest.approx(40.0)
