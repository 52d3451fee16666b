from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.constants import METALS
from simulator.data import Parameters
from simulator.physics.sorption import (
    solution_coefficient,
    solution_concentration,
    submerged_factor,
)

COEFFICIENTS = ("p", "r_oc", "s_clay", "m_ph", "n")


def coefficients(metal: str) -> dict[str, float]:
    p = Parameters()
    return {k: p.value("sorption", metal=metal, parameter=k) for k in COEFFICIENTS}


def concentration_ug_l(
    metal: str, mg_kg: float, ph: float = 5.8, om: float = 0.036, clay: float = 0.24
) -> float:
    k = coefficients(metal)
    a = solution_coefficient(ph, om, clay, **k)
    return 1e6 * float(solution_concentration(1e-6 * mg_kg, a, k["n"]))


@pytest.mark.parametrize("metal", METALS)
def test_si_form_equals_the_published_form(metal: str) -> None:
    # log10 c[mg/L] = p + r log10 OC% + s log10 clay% + m pH + n log10 X[mg/kg]
    k = coefficients(metal)
    display = 10 ** (
        k["p"]
        + k["r_oc"] * math.log10(3.6 / 1.724)
        + k["s_clay"] * math.log10(24.0)
        + k["m_ph"] * 5.8
        + k["n"] * math.log10(35.0)
    )
    assert concentration_ug_l(metal, 35.0) == pytest.approx(1e3 * display, rel=1e-12)


# paddy soil of Zhejiang: content [mg/kg], range of surveys of uncontaminated soil solution [ug/L]
SURVEY = {
    "As": (7.5, 1, 20),
    "Cd": (0.14, 0.05, 2),
    "Cr": (66, 0.5, 8),
    "Cu": (27, 2, 25),
    "Hg": (0.16, 0.01, 0.2),
    "Ni": (28, 1, 20),
    "Pb": (33, 0.3, 6),
    "Zn": (90, 8, 200),
}


@pytest.mark.parametrize("metal", METALS)
def test_background_soil_has_the_solution_of_background_soils(metal: str) -> None:
    content, low, high = SURVEY[metal]
    assert low <= concentration_ug_l(metal, content) <= high


def test_copper_is_total_to_reactive_to_solution() -> None:
    # Otte et al. 2000, table 7 and table 18; the log-linear fit of the first step is within 5 %
    total, oc, clay, ph = 40.0, 3.6 / 1.724, 24.0, 5.8
    inert = 10**-0.287 * oc**-0.020 * clay**0.050 * total**0.894
    reactive = total - inert
    c = (reactive / (10**0.548 * oc**0.624 * clay**-0.226 * 10 ** (0.359 * ph))) ** (1 / 0.741)
    assert concentration_ug_l("Cu", total) == pytest.approx(1e3 * c, rel=0.05)


@given(
    st.sampled_from(METALS),
    st.floats(0.01, 1000.0),
    st.floats(3.5, 8.5),
    st.floats(1.01, 3.0),
)
def test_more_content_more_solution_and_more_acid_more_solution(
    metal: str, content: float, ph: float, factor: float
) -> None:
    here = concentration_ug_l(metal, content, ph)
    assert concentration_ug_l(metal, factor * content, ph) > here
    assert concentration_ug_l(metal, content, ph - 0.5) >= here


@pytest.mark.parametrize("metal", METALS)
def test_solution_holds_little_of_what_the_soil_holds(metal: str) -> None:
    # 0.3 m3 of water beside 1200 kg of soil: even at pH 4.5 below 2 % is dissolved
    content = SURVEY[metal][0]
    dissolved = concentration_ug_l(metal, content, ph=4.5) * 1e-9 * 0.3e3
    assert dissolved < 0.02 * content * 1e-6 * 1200


def test_soils_beyond_the_regression_count_as_its_end() -> None:
    k = coefficients("Cd")
    least = solution_coefficient(6.0, 0.001724, 0.002, **k)
    assert solution_coefficient(6.0, 0.0, 0.0, **k) == pytest.approx(float(least))


def test_broadcasts_metals_over_cells_and_keeps_missing_soil_missing() -> None:
    k = {c: Parameters().array("sorption", "metal", METALS, parameter=c) for c in COEFFICIENTS}
    ph = np.array([5.0, np.nan, 7.0])
    a = solution_coefficient(ph, 0.03, 0.2, **{c: v[:, None] for c, v in k.items()})
    assert a.shape == (8, 3)
    assert np.isnan(a[:, 1]).all()
    assert (a[:, [0, 2]] > 0).all()


def test_flooded_ground_has_the_solubility_of_its_own_ph():
    """Wholly flooded: that at the submerged pH; acid soils hold metals better, alkaline worse."""
    k = {"p": -2.0, "r_oc": -0.4, "s_clay": -0.3, "m_ph": -0.5, "n": 1.1}
    ph = np.array([4.9, 6.7, 8.1])
    aerobic = solution_coefficient(ph, 0.03, 0.25, **k)
    below = solution_coefficient(6.7, 0.03, 0.25, **k)
    wholly = aerobic * submerged_factor(ph, k["m_ph"], 6.7, 1.0)
    np.testing.assert_allclose(wholly, below, rtol=1e-12)
    np.testing.assert_array_equal(submerged_factor(ph, k["m_ph"], 6.7, 0.0), 1.0)
    half = submerged_factor(ph, k["m_ph"], 6.7, 0.5)
    np.testing.assert_allclose(half, 0.5 * (1.0 + below / aerobic), rtol=1e-12)
    assert half[0] < 1.0 < half[2]
    np.testing.assert_array_equal(submerged_factor(ph, 0.0, 6.7, 0.5), 1.0)  # As: no pH
