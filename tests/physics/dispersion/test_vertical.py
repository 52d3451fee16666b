from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.dispersion.vertical import (
    convective_part,
    exp_cut,
    one_sided,
    stable_term,
)
from tests.physics.dispersion.plume_cases import UNTIMED

SQRT_2PI = math.sqrt(2.0 * math.pi)
NODES, WEIGHTS = np.polynomial.legendre.leggauss(120)


def images(z: float, sigma: float, height: float, lid: float, pairs: int = 400) -> float:
    """(6.5), term by term."""
    m = np.arange(-pairs, pairs + 1)
    down = np.exp(-0.5 * ((z - height - 2.0 * m * lid) / sigma) ** 2)
    up = np.exp(-0.5 * ((z + height + 2.0 * m * lid) / sigma) ** 2)
    return float((down + up).sum() / (SQRT_2PI * sigma))


def direct_sum(height: float, sigma: float, lid: float) -> float:
    m = np.arange(20000)
    return float(np.exp(-0.5 * ((height + 2.0 * m * lid) / sigma) ** 2).sum())


def test_exponentials_are_cut() -> None:
    assert exp_cut(-50.0) == 0.0
    assert exp_cut(-49.9) == pytest.approx(math.exp(-49.9))


@UNTIMED
@given(st.floats(0.02, 4.0), st.floats(0.0, 1.0), st.floats(20.0, 3000.0))
def test_mass_below_the_lid_is_whole(spread: float, share: float, lid: float) -> None:
    z = 0.5 * lid * (NODES + 1.0)
    values = [stable_term(float(v), spread * lid, share * lid, lid) for v in z]
    assert 0.5 * lid * np.dot(WEIGHTS, values) == pytest.approx(1.0, rel=2e-6)


@pytest.mark.parametrize("share_z", [0.0, 0.13, 0.5, 1.0])
@pytest.mark.parametrize("share_h", [0.0, 0.3, 0.77, 1.0])
@pytest.mark.parametrize("spread", [0.59, 0.599999, 0.600001, 0.61, 0.8])
def test_cosines_equal_images(spread: float, share_h: float, share_z: float) -> None:
    lid = 350.0
    found = stable_term(share_z * lid, spread * lid, share_h * lid, lid)
    assert found == pytest.approx(images(share_z * lid, spread * lid, share_h * lid, lid), rel=1e-7)


def test_no_step_where_the_series_changes() -> None:
    below, above = (stable_term(0.0, s * 200.0, 150.0, 200.0) for s in (0.6, 0.6 + 1e-12))
    assert above == pytest.approx(below, rel=1e-7)


@UNTIMED
@given(st.floats(1.0, 80.0), st.floats(0.0, 300.0), st.floats(0.0, 300.0))
def test_a_lid_far_away_does_not_show(sigma: float, z: float, height: float) -> None:
    plain = math.exp(-0.5 * ((z - height) / sigma) ** 2)
    plain += math.exp(-0.5 * ((z + height) / sigma) ** 2)
    found = stable_term(z, sigma, height, 5000.0) * SQRT_2PI * sigma
    assert found == pytest.approx(plain, rel=1e-12, abs=1e-21)


@pytest.mark.parametrize("z", [0.0, 17.0, 100.0])
@pytest.mark.parametrize("height", [0.0, 60.0, 100.0])
def test_well_mixed_far_away(z: float, height: float) -> None:
    assert stable_term(z, 500.0, height, 100.0) == pytest.approx(0.01, rel=1e-12)


def test_above_the_lid_the_lid_does_not_act() -> None:
    plain = (math.exp(-0.5 * 0.5**2) + math.exp(-0.5 * 8.5**2)) / (SQRT_2PI * 20.0)
    assert stable_term(90.0, 20.0, 80.0, 85.0) == pytest.approx(plain)
    assert stable_term(85.0, 20.0, 80.0, 85.0) > 1.5 * plain


@UNTIMED
@given(st.floats(-2.0, 3.0), st.floats(0.05, 40.0))
def test_one_sided_is_the_sum(height: float, spread: float) -> None:
    # by summation up to a spread of five lids, by Euler and Maclaurin above
    found = one_sided(height * 100.0, spread * 100.0, 100.0)
    assert found == pytest.approx(direct_sum(height * 100.0, spread * 100.0, 100.0), rel=2e-6,
                                  abs=1e-15)  # fmt: skip


@pytest.mark.parametrize("height", [-5.0, -1.0, 0.0, 0.4, 2.0, 9.0])
@pytest.mark.parametrize("spread", [4.9, 4.999, 5.001, 5.1, 7.0])
def test_one_sided_across_the_switch(spread: float, height: float) -> None:
    found = one_sided(height * 80.0, spread * 80.0, 80.0)
    # 2e-6 where plumes are, 3e-6 nine lids up
    tolerance = 2e-6 if height < 3.0 else 3e-6
    assert found == pytest.approx(direct_sum(height * 80.0, spread * 80.0, 80.0), rel=tolerance)


def test_one_sided_of_a_plume_far_below_the_ground() -> None:
    # the first terms vanish, the sum must go on to those that count
    found = one_sided(-2000.0, 30.0, 100.0)
    assert found == pytest.approx(direct_sum(-2000.0, 30.0, 100.0), rel=1e-6)


@UNTIMED
@given(st.floats(0.1, 3.0), st.floats(-0.5, 2.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_convective_part_is_the_sum_of_its_images(
    spread: float, direct: float, lowered: float, share: float
) -> None:
    lid = 500.0
    sigma, z, h_d = spread * lid, share * lid, direct * lid
    h_n = h_d - lowered * lid
    m = np.arange(500)
    terms_d = np.exp(-0.5 * ((z - h_d - 2.0 * m * lid) / sigma) ** 2)
    terms_d += np.exp(-0.5 * ((z + h_d + 2.0 * m * lid) / sigma) ** 2)
    m = m[1:]
    terms_n = np.exp(-0.5 * ((z + h_n - 2.0 * m * lid) / sigma) ** 2)
    terms_n += np.exp(-0.5 * ((z - h_n + 2.0 * m * lid) / sigma) ** 2)
    found_d, found_n = convective_part(z, sigma, h_d, h_n, lid)
    # one of the two sums of each runs up the negative axis: the kernel takes them the other way
    assert found_n == pytest.approx(terms_n.sum() / (SQRT_2PI * sigma), rel=1e-6, abs=1e-18)
    assert found_d == pytest.approx(terms_d.sum() / (SQRT_2PI * sigma), rel=1e-6, abs=1e-18)


def test_both_parts_together_fill_the_layer() -> None:
    # h_n = h_d: direct images upwards and indirect ones downwards make the full series
    lid, height, sigma = 300.0, 120.0, 90.0
    direct, indirect = convective_part(0.0, sigma, height, height, lid)
    assert direct + indirect == pytest.approx(images(0.0, sigma, height, lid), rel=1e-7)
    direct, indirect = convective_part(0.0, 3000.0, height, height, lid)
    assert direct + indirect == pytest.approx(1.0 / lid, rel=1e-6)
