"""Pollution indices: worked numbers and their laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.assessment import indices as i
from simulator.constants import METALS

factors = st.lists(st.floats(1e-6, 100.0), min_size=1, max_size=8)


def test_nemerow_by_hand() -> None:
    # P = 0.5, 1.0, 2.5: mean 4/3, max 2.5; sqrt((1.7778 + 6.25)/2) = 2.0035
    found = i.nemerow(np.array([[0.5], [1.0], [2.5]]))
    assert found[0] == pytest.approx(2.0035, abs=1e-4)


@given(factors)
def test_nemerow_lies_between_mean_and_largest(values) -> None:
    found = i.nemerow(np.array(values)[:, None])[0]
    assert np.mean(values) * (1 - 1e-12) <= found <= np.max(values) * (1 + 1e-12)


def test_nemerow_leaves_out_metals_without_factor() -> None:
    values = np.array([[0.5, np.nan], [np.nan, np.nan], [2.0, np.nan]])
    found = i.nemerow(values)
    assert found[0] == pytest.approx(i.nemerow(values[[0, 2]])[0])
    assert np.isnan(found[1])


def test_geo_accumulation_by_hand() -> None:
    # log2(C/(1.5 B)): at 1.5 B zero, at 3 B one, at the background log2(2/3) = -0.585
    background = np.full(4, 20.0)
    found = i.geo_accumulation(np.array([30.0, 60.0, 20.0, 0.0]), background)
    np.testing.assert_allclose(found, [0.0, 1.0, -0.58496, -np.inf], atol=1e-5)


def test_hakanson_by_hand() -> None:
    # C/B = 2 for every metal: Er = 2 T with T = As 10, Cd 30, Cr 2, Cu 5, Hg 40, Ni 5, Pb 5, Zn 1;
    # RI = 2 x 98
    background = np.linspace(1.0, 8.0, 8)[:, None]
    er = i.risk_factor(2.0 * background, background)
    np.testing.assert_allclose(er[:, 0], [20.0, 60.0, 4.0, 10.0, 80.0, 10.0, 10.0, 2.0])
    assert i.risk_index(er)[0] == pytest.approx(196.0)


def test_risk_index_leaves_out_metals_without_factor() -> None:
    er = np.full((len(METALS), 2), np.nan)
    er[1, 0] = 30.0
    np.testing.assert_array_equal(i.risk_index(er), [30.0, np.nan])


@given(st.floats(0.01, 1e4), st.floats(0.01, 1e4))
def test_single_factor_is_one_at_the_reference(content, reference) -> None:
    found = i.single_factor(np.array([content]), np.array([reference]))[0]
    assert (found > 1.0) == (content > reference) or found == pytest.approx(1.0)
