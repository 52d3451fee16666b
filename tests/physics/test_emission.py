from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.emission import emission_rate, retrofit_factor, year_share

YEARS = st.floats(1990, 2080)


@pytest.mark.parametrize(
    ("start", "stop", "share"),
    [
        (-math.inf, math.inf, 1.0),
        (2020.25, math.inf, 0.75),
        (-math.inf, 2020.5, 0.5),
        (2020.25, 2020.5, 0.25),
        (2021.0, math.inf, 0.0),
        (-math.inf, 2019.5, 0.0),
        (2020.5, 2020.25, 0.0),
    ],
)
def test_share_of_2020_in_operation(start: float, stop: float, share: float) -> None:
    assert float(year_share(start, stop, 2020.0)) == pytest.approx(share)


@given(YEARS, st.floats(0, 40))
def test_shares_of_all_years_are_the_life(start: float, life: float) -> None:
    total = sum(float(year_share(start, start + life, float(y))) for y in range(1980, 2130))
    assert total == pytest.approx(life, abs=1e-9)


def test_emission_is_activity_times_factor() -> None:
    # 1 Mt of coal at 0.1 g/t, a fifth less activity, half a year: 40 kg
    assert float(emission_rate(1e6, 1e-4, 0.8, 0.5)) == pytest.approx(40.0)


@given(st.floats(0, 1), YEARS)
def test_retrofit_acts_from_its_date(removal: float, date: float) -> None:
    assert float(retrofit_factor(removal, date, date - 2)) == 1.0
    assert float(retrofit_factor(removal, date, date + 1)) == pytest.approx(1 - removal)
    middle = float(retrofit_factor(removal, date, date - 0.5))
    assert middle == pytest.approx(1 - removal / 2, abs=1e-9)
