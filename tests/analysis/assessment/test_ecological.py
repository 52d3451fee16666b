"""Ecological limits: published points, a worked soil, and what must hold between them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.assessment import ecological as e
from analysis.assessment.indices import single_factor
from simulator.constants import METALS

M = {metal: i for i, metal in enumerate(METALS)}
NEPM = ("Cr", "Cu", "Ni", "Zn")
#: NEPM 2013, aged: contents above background that leave 1, 20 and 40 % of species unprotected
PUBLISHED = {
    "Cu": (64.1, 193.0, 283.0),
    "Zn": (88.0, 402.0, 625.0),
    "Ni": (28.5, 167.0, 286.0),
    "Cr": (128.4, 397.7, 663.0),
}
#: pH 6, organic carbon 1 %, clay 10 %, CEC 10 cmol/kg
REFERENCE = (np.array([6.0]), np.array([0.01724]), np.array([0.1]), np.array([10.0]))

phs = st.floats(3.5, 9.0)


def test_criteria_at_their_points_and_between() -> None:
    found = e.criteria(np.array([5.0, 6.5, 8.0, 3.0, 9.5, 5.75, np.nan]))
    np.testing.assert_allclose(
        found[M["Cu"]], [21.0, 46.0, 95.0, 21.0, 95.0, np.sqrt(21.0 * 46.0), np.nan]
    )
    assert found[M["As"], :6].tolist() == [pytest.approx(13.0)] * 6


@given(phs, phs)
def test_criteria_rise_with_ph(one, other) -> None:
    low, high = e.criteria(np.array(sorted((one, other)))).T
    assert (high >= low * (1 - 1e-12)).all()


def test_read_values_of_zinc_lie_near_the_criteria() -> None:
    # Wan et al. 2020: HC5 of Zn 38.3 in acid, 263.3 mg/kg in alkaline calcareous soil; the points
    # of the table are rounded from other work and lie inside them
    acid, calcareous = e.criteria(np.array([5.0, 8.0]))[M["Zn"]]
    assert 38.3 <= acid < calcareous <= 263.3


def test_added_limits_of_an_acid_forest_soil() -> None:
    # Facts, section 4.3: pH 4.8, CEC 8, clay 30 %, OC 1.5 %: +24 Cu, +34 Zn, +17 Ni, +185 Cr
    # Cu: 64.1 x 10^(0.3479 x -1.2) = 24.5; Zn: 88 x 10^(0.34 x -1.2) = 34.4;
    # Ni: 28.5 x 0.8^2.3671 = 16.8; Cr: 128.4 x 3^0.3315 = 184.8
    found = e.added_limit(
        np.array([4.8]), np.array([0.015 * 1.724]), np.array([0.3]), np.array([8.0])
    )[:, 0]
    for metal, expected in (("Cu", 24.5), ("Zn", 34.4), ("Ni", 16.8), ("Cr", 184.8)):
        assert found[M[metal]] == pytest.approx(expected, abs=0.06)
    assert np.isnan(found[[M[m] for m in ("As", "Cd", "Hg", "Pb")]]).all()


def test_added_limits_of_the_reference_soil_are_the_published_ones() -> None:
    found = e.added_limit(*REFERENCE)[:, 0]
    for metal, (least, _, _) in PUBLISHED.items():
        assert found[M[metal]] == pytest.approx(least)


def test_total_limit_is_background_and_addition_but_for_arsenic() -> None:
    background = np.arange(1.0, 9.0)[:, None]
    total = e.added_limits(background, *REFERENCE)
    addition = e.added_limit(*REFERENCE)
    for metal in NEPM:
        i = M[metal]
        assert total[i, 0] == pytest.approx(background[i, 0] + addition[i, 0])
    assert total[M["As"], 0] == 40.0


def test_exchange_capacity_by_hand() -> None:
    # Helling et al. 1964 at pH 5: clay 0.3 x (30 + 22) = 15.6, OC 0.015 x (255 - 59) = 2.94 cmol/kg
    found = e.exchange_capacity(np.array([5.0]), np.array([0.015 * 1.724]), np.array([0.3]))
    assert found[0] == pytest.approx(18.54)


@given(ph=phs, om=st.floats(0.002, 0.1), clay=st.floats(0.02, 0.7), cec=st.floats(2.0, 40.0))
def test_richer_soil_tolerates_no_less(ph, om, clay, cec) -> None:
    def factor(scale: float) -> np.ndarray:
        soil = (scale * np.array([v]) for v in (om, clay, cec))
        return e.soil_factor(np.array([ph]), *soil)[[M[m] for m in NEPM], 0]

    assert (factor(1.2) >= factor(1.0) * (1 - 1e-12)).all()


def test_affected_fraction_meets_the_published_points() -> None:
    # A line of two parameters through three points: 1, 20 and 40 % come back within a quarter
    for metal, points in PUBLISHED.items():
        for content, published in zip(points, (0.01, 0.2, 0.4), strict=True):
            above = np.full((8, 1), content)
            found = e.affected_fraction(above, np.zeros((8, 1)), *REFERENCE)[M[metal], 0]
            assert found == pytest.approx(published, rel=0.25), metal


@given(st.floats(0.0, 2000.0), st.floats(0.0, 2000.0), phs)
def test_more_metal_affects_no_fewer_species(one, other, ph) -> None:
    content = np.tile(np.sort([one, other]), (8, 1))
    soil = (np.full(2, ph), np.full(2, 0.03), np.full(2, 0.2))
    paf = e.affected_fraction(content, np.full((8, 2), 20.0), *soil)
    known = paf[[M[m] for m in NEPM]]
    assert ((known >= 0.0) & (known <= 1.0)).all()
    assert (known[:, 1] >= known[:, 0]).all()


def test_background_affects_no_species() -> None:
    background = np.full((8, 1), 30.0)
    paf = e.affected_fraction(background, background, *REFERENCE)
    assert (paf[[M[m] for m in NEPM]] == 0.0).all()
    quotient = e.added_risk_quotient(0.5 * background, background, *REFERENCE)
    assert (quotient[[M[m] for m in NEPM]] == 0.0).all()


def test_risk_quotients_are_one_at_their_limit() -> None:
    background = np.full((8, 1), 30.0)
    limit = e.added_limits(background, *REFERENCE)
    quotient = e.added_risk_quotient(limit, background, *REFERENCE)
    np.testing.assert_allclose(quotient[[M[m] for m in NEPM]], 1.0)
    np.testing.assert_allclose(single_factor(limit[[M["Cu"]]], limit[[M["Cu"]]]), 1.0)


def test_combined_fraction_by_hand() -> None:
    # 1 - 0.9 x 0.8 = 0.28; unknown metals count as harmless
    paf = np.array([[0.1, np.nan], [0.2, np.nan], [np.nan, np.nan]])
    np.testing.assert_allclose(e.combined_affected_fraction(paf), [0.28, np.nan])
