from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.physics.runoff import (
    daily_runoff,
    hydrologic_group,
    retention,
    yearly_runoff,
)

INCH = 0.0254


@pytest.mark.parametrize(
    ("rain_in", "curve_number", "runoff_in"),
    [
        (6.0, 75, 3.28),  # TR-55, example 2-1
        (5.0, 80, 2.89),  # TR-55, table 2-1
        (4.0, 90, 2.92),
        (2.0, 70, 0.24),
        (10.0, 60, 4.90),
        (1.0, 65, 0.00),
    ],
)
def test_worked_examples_of_tr55(rain_in: float, curve_number: float, runoff_in: float) -> None:
    q = float(daily_runoff(rain_in * INCH, curve_number, 0.2)) / INCH
    assert q == pytest.approx(runoff_in, abs=0.006)


def test_retention_of_the_method() -> None:
    # S = 1000/CN - 10 inches
    assert float(retention(80)) == pytest.approx(2.5 * INCH)
    assert float(retention(100)) == pytest.approx(0.0, abs=1e-15)


@given(st.floats(0, 0.5), st.floats(30, 100), st.floats(0, 0.3))
def test_runoff_is_between_nothing_and_the_rain(rain: float, cn: float, ia: float) -> None:
    q = float(daily_runoff(rain, cn, ia))
    assert 0.0 <= q <= rain * (1 + 1e-12)
    assert q <= float(daily_runoff(rain + 0.01, cn, ia))


@settings(deadline=None)  # the first call compiles
@given(st.floats(30, 98))
def test_runoff_rises_with_the_curve_number(cn: float) -> None:
    rain = np.array([0.02, 0.08, 0.0, 0.15])
    assert yearly_runoff(rain, cn, 0.2) <= yearly_runoff(rain, cn + 1, 0.2)


def test_yearly_runoff_is_the_scaled_sum_of_days() -> None:
    rain = np.random.default_rng(1).exponential(0.004, 730)
    cn = np.array([[60.0, 75.0], [86.0, 98.0]])
    days = daily_runoff(rain[:, None, None], cn, 0.2).sum(axis=0)
    assert yearly_runoff(rain, cn, 0.2) == pytest.approx(days * 365.25 / 730, rel=1e-12)
    assert yearly_runoff(rain, 86.0, 0.2).shape == ()


@pytest.mark.parametrize(
    ("clay", "sand", "group"),
    [(0.05, 0.93, 0), (0.05, 0.60, 1), (0.15, 0.60, 1), (0.30, 0.20, 2), (0.50, 0.10, 3)],
)
def test_texture_decides_the_hydrologic_group(clay: float, sand: float, group: int) -> None:
    assert int(hydrologic_group(clay, sand)) == group
