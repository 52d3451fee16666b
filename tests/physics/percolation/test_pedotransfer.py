from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.percolation.pedotransfer import (
    FIELD_CAPACITY,
    HYPRES_LIMITS,
    TEXTURE_CLASSES,
    WILTING_POINT,
    VanGenuchten,
    available_water,
    carsel_parrish,
    estimate,
    hypres,
    retention,
    texture_class,
)

SHARES = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(
    lambda u: (min(u), max(u) - min(u), 1 - max(u))
)


def test_hypres_of_another_implementation() -> None:
    # examples of the R package OBIC, pFpara_ptf_Wosten1999, topsoils of 4.5 % organic matter and
    # 1.124447 g cm-3; its conductivity is a tenth of what four other implementations have
    p = hypres([0.15, 0.03], [0.25, 0.45], 1124.447, 0.045, True)
    assert p.theta_s == pytest.approx([0.5098983, 0.5043651], rel=2e-7)
    assert p.alpha == pytest.approx([0.05413231, 0.04231467], rel=2e-6)
    assert p.n == pytest.approx([1.169909, 1.177021], rel=1e-6)
    assert p.theta_r.tolist() == [0.01, 0.01]


def test_hypres_conductivity_term_by_term() -> None:
    c, s, d, om, top = 24.0, 67.6, 1.12, 3.6, 1.0
    ln_k_s = (
        (7.755 + 0.0352 * s + 0.93 * top)
        + (-0.967 * d**2 - 0.000484 * c**2 - 0.000322 * s**2)
        + (0.001 / s - 0.0748 / om - 0.643 * math.log(s))
        + (-0.01398 * d * c - 0.1673 * d * om + 0.02986 * top * c - 0.03305 * top * s)
    )
    e = 0.0202 + 6.193e-4 * c**2 - 1.136e-3 * om**2 - 0.2316 * math.log(om)
    e += -0.03544 * d * c + 0.00283 * d * s + 0.0488 * d * om
    p = hypres(s / 100, c / 100, 1e3 * d, om / 100, True)
    assert float(p.k_s) == pytest.approx(math.exp(ln_k_s), rel=1e-12)
    assert float(p.l) == pytest.approx(10 * (math.exp(e) - 1) / (math.exp(e) + 1), rel=1e-12)


@pytest.mark.parametrize(
    ("clay", "silt", "density", "topsoil", "theta_s", "k_s"),
    [  # class means of the same paper, table 4: medium, medium fine and fine texture
        (25, 40, 1.4, True, 0.439, 12.06),
        (25, 40, 1.6, False, 0.392, 10.75),
        (20, 70, 1.4, True, 0.430, 2.27),
        (45, 35, 1.2, True, 0.520, 24.8),
    ],
)
def test_hypres_is_near_its_class_means(
    clay: float, silt: float, density: float, topsoil: bool, theta_s: float, k_s: float
) -> None:
    p = hypres(silt / 100, clay / 100, 1e3 * density, 0.025, topsoil)
    assert float(p.theta_s) == pytest.approx(theta_s, abs=0.03)
    assert abs(math.log10(float(p.k_s) / k_s)) < 0.75  # class means of the logarithm


@given(SHARES, st.floats(100, 3000), st.floats(0, 1), st.booleans())
def test_hypres_is_physical_for_any_soil(
    shares: tuple[float, float, float], density: float, organic_matter: float, topsoil: bool
) -> None:
    _, silt, clay = shares
    p = hypres(silt, clay, density, organic_matter, topsoil)
    porosity = 1.0 - np.clip(density, 800, 1800) / 2650.0
    assert 0.2 < float(p.theta_s) < porosity + 0.03
    assert float(p.theta_s) > float(p.theta_r)
    assert 1.0 < float(p.n) < 2.5
    assert 1e-5 < float(p.alpha) < 0.2
    assert 1e-3 < float(p.k_s) < 4e3
    assert -10.0 < float(p.l) < 10.0


def test_inputs_beyond_the_limits_count_as_the_limit() -> None:
    low, high = HYPRES_LIMITS["organic_matter"]
    for beyond, limit in ((0.0, low), (60.0, high)):
        assert hypres(0.4, 0.2, 1300.0, beyond / 100, True) == hypres(
            0.4, 0.2, 1300.0, limit / 100, True
        )


def test_denser_soil_has_fewer_pores() -> None:
    p = hypres(0.65, 0.25, np.array([1100.0, 1250.0, 1400.0]), 0.02, False)
    assert (np.diff(p.theta_s) < 0).all()
    assert (np.diff(p.k_s) < 0).all()


@pytest.mark.parametrize(
    ("sand", "silt", "clay", "name"),
    [
        (92, 5, 3, "sand"),
        (82, 12, 6, "loamy sand"),
        (65, 25, 10, "sandy loam"),
        (48, 48, 4, "sandy loam"),  # little clay
        (40, 40, 20, "loam"),
        (7, 87, 6, "silt"),
        (20, 65, 15, "silt loam"),
        (60, 13, 27, "sandy clay loam"),
        (32, 34, 34, "clay loam"),
        (10, 56, 34, "silty clay loam"),
        (52, 7, 41, "sandy clay"),
        (50, 13, 37, "sandy clay"),
        (6, 47, 47, "silty clay"),
        (20, 20, 60, "clay"),
        # on the lines
        (52, 41, 7, "loam"),
        (20, 53, 27, "silty clay loam"),
        (45, 28, 27, "clay loam"),
        (0, 80, 20, "silt loam"),
        (0, 88, 12, "silt loam"),
        (45, 15, 40, "clay"),
        (20, 40, 40, "silty clay"),
    ],
)
def test_texture_classes_of_the_soil_survey_manual(
    sand: float, silt: float, clay: float, name: str
) -> None:
    assert TEXTURE_CLASSES[int(texture_class(sand, silt, clay))] == name
    assert TEXTURE_CLASSES[int(texture_class(sand / 100, silt / 100, clay / 100))] == name


@given(st.integers(0, 100), st.integers(0, 100))
def test_texture_classes_keep_the_lines_of_the_triangle(first: int, second: int) -> None:
    sand, clay = min(first, second), 100 - max(first, second)
    silt = 100 - sand - clay
    name = TEXTURE_CLASSES[int(texture_class(sand, silt, clay))]
    fine = {"clay", "silty clay", "sandy clay"}
    assert (clay >= 40) <= (name in fine)
    assert (name in fine) <= (clay >= 35)
    assert (name == "silty clay") == (clay >= 40 and silt >= 40)
    assert (name == "silt" or name == "silt loam") == (clay < 27 and silt >= 50)
    assert (name == "sand") == (silt + 1.5 * clay < 15)


def test_carsel_and_parrish_serve_the_class() -> None:
    p = carsel_parrish([0.92, 0.2], [0.05, 0.65], [0.03, 0.15])
    assert p.theta_r.tolist() == [0.045, 0.067]
    assert p.k_s.tolist() == [712.8, 10.8]
    assert p.l.tolist() == [0.5, 0.5]
    assert carsel_parrish(0.2, 0.65, 0.15).n.shape == ()


def test_method_is_chosen_by_name() -> None:
    soil = (0.1, 0.65, 0.25, 1200.0, 0.03, True)
    assert estimate(*soil) == hypres(*soil[1:])
    assert estimate(*soil, method="carsel_parrish") == carsel_parrish(*soil[:3])
    with pytest.raises(ValueError, match="hypres or carsel_parrish"):
        estimate(*soil, method="rosetta")  # type: ignore[arg-type]


LOAM = carsel_parrish(0.4, 0.4, 0.2)


def test_retention_of_van_genuchten() -> None:
    m = 1 - 1 / 1.56
    expected = 0.078 + 0.352 * (1 + (0.036 * 100) ** 1.56) ** -m
    assert float(retention(-100.0, LOAM)) == pytest.approx(expected, rel=1e-12)
    assert float(retention(10.0, LOAM)) == float(retention(0.0, LOAM)) == 0.43
    assert float(retention(-1e9, LOAM)) == pytest.approx(0.078, abs=1e-4)


@given(SHARES, st.floats(900, 1700), st.floats(0.003, 0.1), st.booleans())
def test_available_water_lies_between_the_two_heads(
    shares: tuple[float, float, float], density: float, organic_matter: float, topsoil: bool
) -> None:
    p = estimate(*shares, density, organic_matter, topsoil)
    capacity, wilting = (float(retention(h, p)) for h in (FIELD_CAPACITY, WILTING_POINT))
    assert float(p.theta_r) < wilting < capacity < float(p.theta_s)
    assert float(available_water(p)) == pytest.approx(capacity - wilting)


def test_layers_come_as_arrays() -> None:
    p = estimate(*(np.full((3, 2), x) for x in (0.2, 0.6, 0.2)), 1300.0, 0.02, [True, False])
    assert isinstance(p, VanGenuchten)
    assert all(x.shape == (3, 2) for x in vars(p).values())
