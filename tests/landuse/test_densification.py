"""Densification: the fit finds the law that made the data, and says how sure it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.landuse.densification import Densification, fit_densification, share_by_age
from simulator.physics.growth import logistic_step

YEARS = np.arange(2000, 2011)


def town(
    rate: float, ceiling: float, noise: float = 0.0, parcels: int = 300, years: np.ndarray = YEARS
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shares, areas and blocks of parcels that follow the law."""
    rng = np.random.default_rng(7)
    start = rng.uniform(0.05, 0.9 * ceiling, parcels)
    share = np.stack([logistic_step(start, rate, ceiling, t) for t in years - years[0]])
    share[1:] += noise * rng.normal(size=share[1:].shape)
    return share, rng.uniform(1e5, 1e6, parcels), rng.integers(0, 12, parcels)


@settings(max_examples=25)
@given(rate=st.floats(0.02, 0.4), ceiling=st.floats(0.5, 1.0))
def test_the_law_is_found_again(rate: float, ceiling: float) -> None:
    found = fit_densification(YEARS, *town(rate, ceiling), draws=2)
    assert found.rate == pytest.approx(rate, rel=1e-3)
    assert found.ceiling == pytest.approx(ceiling, rel=1e-3)


def test_dates_need_not_be_even() -> None:
    years = np.array([1990, 1991, 1999, 2010])
    found = fit_densification(years, *town(0.08, 0.8, years=years), draws=2)
    assert found.rate == pytest.approx(0.08, rel=1e-4)


def test_a_known_ceiling_is_kept_and_a_factor_changes_no_rate() -> None:
    share, area, block = town(0.1, 0.9)
    known = fit_densification(YEARS, share, area, block, ceiling=0.9, draws=2)
    assert known.ceiling == 0.9
    assert known.ceiling_interval == (0.9, 0.9)
    assert known.rate == pytest.approx(0.1, rel=1e-6)
    sealed = fit_densification(YEARS, 0.62 * share, area, block, built_from=0.62 * 0.3, draws=2)
    assert sealed.rate == pytest.approx(0.1, rel=1e-4)
    assert sealed.ceiling == pytest.approx(0.62 * 0.9, rel=1e-4)


@pytest.mark.slow
def test_the_interval_holds_the_law_and_widens_with_noise() -> None:
    def width(noise: float) -> float:
        found = fit_densification(YEARS, *town(0.12, 0.9, noise))
        assert found.rate_interval[0] < 0.12 < found.rate_interval[1]
        assert found.ceiling_interval[0] < 0.9 < found.ceiling_interval[1]
        return found.rate_interval[1] - found.rate_interval[0]

    assert width(0.02) < width(0.08)


def test_parcels_that_differ_are_fitted_as_their_mean() -> None:
    """Few parcels grow fast, most stand still: the fit is that of the town, no median of them."""
    start = np.full(400, 0.5)
    fast = np.arange(400) % 5 == 0
    share = np.stack([np.where(fast, logistic_step(start, 0.3, 1.0, t), start) for t in range(11)])
    block = np.arange(400)
    found = fit_densification(YEARS, share, np.ones(400), block, ceiling=1.0, draws=2)
    mean = share.mean(axis=1, keepdims=True)
    town_alone = fit_densification(YEARS, mean, np.ones(1), block[:1], ceiling=1.0, draws=2)
    assert found.rate == pytest.approx(town_alone.rate, rel=1e-4)
    assert found.rate > 0.03


def test_parcels_count_from_a_share_on_and_by_area() -> None:
    share, area, block = town(0.1, 0.9)
    sparse = share[0] < 0.3
    share[1:, sparse] = share[0, sparse]  # those that are hardly built stand still
    found = fit_densification(YEARS, share, area, block, draws=2)
    assert found.units == np.count_nonzero(~sparse)
    assert found.rate == pytest.approx(0.1, rel=1e-4)
    area[~sparse] = 0.0
    with pytest.raises(ValueError, match="one built parcel"):
        fit_densification(YEARS, share, area, block)


def test_same_seed_same_interval() -> None:
    case = town(0.1, 0.9, 0.05)
    one = fit_densification(YEARS, *case, draws=20, seed=3)
    assert one == fit_densification(YEARS, *case, draws=20, seed=3)
    other = fit_densification(YEARS, *case, draws=20, seed=4)
    assert (one.rate, one.ceiling) == (other.rate, other.ceiling)
    assert one.rate_interval != other.rate_interval


def test_what_is_above_the_ceiling_stays() -> None:
    law = Densification(0.1, 0.8, (0.1, 0.1), (0.8, 0.8), 1)
    after = law.after(np.array([0.0, 0.4, 0.8, 0.95]), 5.0)
    assert after[[0, 2, 3]].tolist() == [0.0, 0.8, 0.95]
    # Verhulst by hand: 0.4 is half of the ceiling, so K / (1 + exp(-r t))
    assert after[1] == pytest.approx(0.8 / (1.0 + np.exp(-0.5)))


def test_share_by_age() -> None:
    """Three quarters of two areas, first built in 2003, 2003 and 2005; one was always there."""
    years = np.array([2000, 2003, 2005, 2006])
    share = np.array(
        [
            [0.00, 0.05, 0.00, 0.60, 0.0],
            [0.20, 0.10, 0.02, 0.70, 0.0],
            [0.40, 0.30, 0.50, 0.80, 0.05],
            [0.50, 0.30, 0.70, 0.80, 0.05],
        ]
    )
    table = share_by_age(years, share, np.array([1.0, 3.0, 1.0, 9.0, 9.0])).set_index("age")
    assert table.index.tolist() == [-5, -3, -2, 0, 1, 2, 3]
    assert table["units"].tolist() == [1, 2, 1, 3, 1, 2, 2]
    assert table.loc[0, "share"] == pytest.approx((0.2 + 3 * 0.1 + 0.5) / 5)
    assert table.loc[3, "share"] == pytest.approx((0.5 + 3 * 0.3) / 4)
    assert table.loc[1, "share"] == 0.7
    assert table.loc[-2, "share"] == 0.02
