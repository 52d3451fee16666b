"""Statistics of agreement of soil columns: by hand, and what holds for any values."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.verify.percolation_agreement import (
    LIMITS,
    Amount,
    SoluteAgreement,
    WaterAgreement,
    amount,
    concentration_efficiency,
    efficiency,
    flux_efficiency,
    head_error,
    largest_error,
    outside_solute,
    outside_water,
    theta_error,
)

GOOD_WATER = WaterAgreement(10.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)
GOOD = Amount(1.0, 1.0, 1.0, 0.0, 0.01)
GOOD_SOLUTE = SoluteAgreement("Cd", 0.0, GOOD, GOOD, GOOD, GOOD, GOOD, GOOD, GOOD, 1.0, 0.0)
AMOUNTS = [
    f.name for f in fields(SoluteAgreement) if isinstance(getattr(GOOD_SOLUTE, f.name), Amount)
]


def test_errors_by_hand() -> None:
    assert largest_error(np.array([1.0, 2.5]), np.array([1.1, 2.0]), 5.0) == pytest.approx(0.1)
    theta = np.array([[0.3, 0.3], [0.2, 0.4]])
    assert theta_error(theta + np.array([[0.0, 0.0], [0.003, 0.004]]), theta) == pytest.approx(
        math.sqrt(12.5e-6)
    )
    head = np.array([[-5.0, -1.0], [-10.0, -100.0]])
    assert head_error(np.array([[9.0, 9.0], [9.0, -1000.0]]), head) == pytest.approx(1.0)
    assert head_error(head, np.full((2, 2), -5.0)) is None
    assert head_error(np.array([[5.0]]), np.array([[-100.0]])) == pytest.approx(4.0)  # saturated


def test_efficiency_of_mean_fluxes_between_unequal_times() -> None:
    time = np.array([1.0, 2.0, 4.0])
    reference = np.array([1.0, 3.0, 3.0])  # 1, 2 and 0 cm d-1
    assert flux_efficiency(reference, reference, time, 0.0, 3.0) == 1.0
    computed = np.array([1.0, 3.0, 4.0])  # the last is 0.5 cm d-1
    assert flux_efficiency(computed, reference, time, 0.0, 3.0) == pytest.approx(1.0 - 0.25 / 2.0)


@pytest.mark.parametrize(
    "reference",
    [np.zeros(50), np.arange(1.0, 51.0), np.arange(1.0, 51.0) + 1e-5 * np.sin(range(50))],
)
def test_a_constant_flux_has_no_efficiency(reference) -> None:
    time = np.arange(1.0, 51.0)
    assert flux_efficiency(reference + 0.01, reference, time, 0.0, 50.0) is None
    assert efficiency(np.ones(1), np.ones(1), 1.0) is None


def test_efficiency_of_concentrations_by_hand() -> None:
    few = np.array([[1.0, 2.0, 3.0]])  # no two decades: as they are
    assert concentration_efficiency(few + np.array([0.0, 0.0, 0.5]), few) == pytest.approx(
        1.0 - 0.25 / 2.0
    )
    many = np.array([[1.0, 1e-1, 1e-2, 1e-3]])
    assert concentration_efficiency(10.0 * many, many) == pytest.approx(1.0 - 4.0 / 5.0)
    # below a millionth of the largest of all profiles nothing is compared, but what should not be
    late = np.array([[1.0, 0.5, 1e-9], [1e-8, 1e-8, 1e-9]])
    assert concentration_efficiency(late * [1.0, 1.0, 100.0], late) == 1.0
    assert concentration_efficiency(late + np.array([[0.0, 0.0, 0.1], [0.0, 0.0, 0.0]]), late) < 0.5
    assert math.isnan(concentration_efficiency(late * [np.nan, 1.0, 1.0], late) or 0.0)
    assert concentration_efficiency(np.ones((2, 3)), np.ones((2, 3))) is None
    assert concentration_efficiency(np.zeros((2, 3)), np.zeros((2, 3))) is None


@given(st.lists(st.floats(0.1, 1e3), min_size=3, max_size=30), st.floats(1e-6, 1e6))
def test_units_of_concentrations_do_not_matter(values, unit) -> None:
    reference = np.array([values])
    computed = reference * (1.0 + 0.01 * np.sin(np.arange(len(values))))
    one = concentration_efficiency(computed, reference)
    other = concentration_efficiency(unit * computed, unit * reference)
    assert (one is None) == (other is None)
    if one is not None:
        assert other == pytest.approx(one, abs=1e-6)


def test_the_residual_of_the_reference_widens_the_limit_where_it_is_larger() -> None:
    reference = np.array([0.0, 10.0])
    tight = amount(reference * 1.02, reference, 10.0, 0.05)
    assert (tight.error, tight.limit) == (pytest.approx(0.02), 0.01)
    assert not tight.within
    assert amount(reference * 1.02, reference, 10.0, 0.3).within


@pytest.mark.parametrize(
    ("changes", "statistic"),
    [
        ({"surface": 5.1e-3}, "surface"),
        ({"roots": 5.1e-3}, "roots"),
        ({"bottom": 5.1e-3}, "bottom"),
        ({"runoff": 5.1e-3}, "runoff"),
        ({"theta": 3.1e-3}, "water contents"),
        ({"head": 0.051}, "log10"),
        ({"nse": 0.989}, "NSE"),
        ({"nse": math.nan}, "NSE"),
        ({"balance": 1.1e-8}, "balance"),
        ({"bottom": math.nan}, "bottom"),
        ({"nse": None, "theta": None, "head": None}, None),
    ],
)
def test_every_limit_of_water_is_held(changes, statistic) -> None:
    names = [f.statistic for f in outside_water(replace(GOOD_WATER, **changes))]
    assert len(names) == (statistic is not None)
    assert all(statistic in name for name in names)


@pytest.mark.parametrize("name", AMOUNTS)
def test_every_amount_of_solute_is_held(name) -> None:
    bad = replace(GOOD, error=0.011)
    found = outside_solute(replace(GOOD_SOLUTE, **{name: bad}))
    assert len(found) == (name not in ("bottom", "lost"))  # one of these two has to agree


def test_what_leaves_through_the_bottom_agrees_in_one_of_two_ways() -> None:
    bad, worse = replace(GOOD, error=0.02), replace(GOOD, error=0.03)
    [finding] = outside_solute(replace(GOOD_SOLUTE, bottom=worse, lost=bad))
    assert (finding.value, finding.limit) == (0.02, 0.01)
    assert len(outside_solute(replace(GOOD_SOLUTE, bottom=bad, lost=None))) == 1
    assert not outside_solute(replace(GOOD_SOLUTE, bottom=None, lost=None))


def test_other_limits_of_solutes_are_held() -> None:
    assert not outside_solute(replace(GOOD_SOLUTE, nse=None))
    for changes in ({"nse": 0.98}, {"balance": 2.0 * LIMITS.balance}, {"balance": math.nan}):
        assert len(outside_solute(replace(GOOD_SOLUTE, **changes))) == 1
