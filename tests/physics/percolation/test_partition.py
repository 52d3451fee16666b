from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.constants import METALS
from simulator.data import Parameters
from simulator.data.partition import COEFFICIENTS, OWN, partition_table, published_relations
from simulator.physics.percolation.partition import Partition, Relation, kd_by_model
from simulator.physics.sorption import OM_PER_OC, solution_coefficient, solution_concentration


def by_model(
    metal: str, ph: float, organic_matter: float, clay: float, content: float
) -> dict[str, Partition]:
    relations = [Relation(**vars(r)) for r in published_relations(metal)]
    return {p.model: p for p in kd_by_model(relations, ph, organic_matter, clay, content)}


def test_a_published_distribution_coefficient_comes_back() -> None:
    found = by_model("Pb", 6.0, 0.03, 0.2, 40.0)
    assert found["Carlon 2004"].kd == pytest.approx(10 ** (1.99 + 0.42 * 6.0), rel=1e-4)
    assert found["Sauvé 2000 pH and content"].kd == pytest.approx(
        10 ** (1.19 + 0.37 * 6.0 + 0.44 * math.log10(40.0)), rel=1e-4
    )
    cd = by_model("Cd", 6.0, 0.03, 0.2, 0.2)["Sauvé 2000 pH and OM"]
    assert cd.kd == pytest.approx(10 ** (-0.65 + 0.48 * 6.0 + 0.82 * math.log10(3.0)), rel=1e-4)


def test_otte_2000_of_the_report() -> None:
    # table 16, Zn, at pH 6, 2 % carbon, 10 % clay, 60 mg/kg
    c = 10 ** (0.922 - 0.008 * math.log10(2) - 0.571 - 0.379 * 6) * 60**0.569
    zn = by_model("Zn", 6.0, 0.02 * OM_PER_OC, 0.10, 60.0)["Otte 2000"]
    assert zn.concentration == pytest.approx(c, rel=1e-9)
    assert zn.kd == pytest.approx(60.0 / c, rel=1e-9)


def test_roemkens_2004_in_two_steps() -> None:
    # Cd: total to reactive content, mol/kg, mmol/L
    ph, om, clay, total = 5.8, 3.6, 24.0, 0.21
    reactive = 10 ** (
        (math.log10(total) - 0.028 - 0.009 * math.log10(om) - 0.081 * math.log10(clay)) / 0.877
    )
    k_f = 10 ** (-4.85 + 0.58 * math.log10(om) + 0.28 * math.log10(clay) + 0.27 * ph)
    mmol = (reactive / 112.414e3 / k_f) ** (1 / 0.54)
    cd = by_model("Cd", ph, om / 100, clay / 100, total)["Römkens 2004"]
    assert cd.concentration == pytest.approx(112.414 * mmol, rel=1e-3)


def test_relation_of_the_run_is_among_them() -> None:
    parameters = Parameters({"sorption/Cd/n": 1.0})
    own = published_relations("Cd", parameters)[0]
    assert own.model == OWN
    assert own.n == 1.0
    run = Parameters()
    p = [run.value("sorption", metal="Zn", parameter=c) for c in COEFFICIENTS]
    si = solution_concentration(80e-6, solution_coefficient(6.2, 0.02, 0.25, *p), p[-1])
    zn = by_model("Zn", 6.2, 0.02, 0.25, 80.0)[OWN]
    assert zn.concentration == pytest.approx(1e3 * float(si), rel=1e-12)


@given(
    st.sampled_from(METALS),
    st.floats(3.5, 8.5),
    st.floats(0.002, 0.15),
    st.floats(0.01, 0.7),
    st.floats(0.01, 500),
)
def test_isotherm_and_distribution_coefficient_agree(
    metal: str, ph: float, organic_matter: float, clay: float, content: float
) -> None:
    for p in by_model(metal, ph, organic_matter, clay, content).values():
        assert p.kd * p.concentration == pytest.approx(content)
        assert p.k_f * p.concentration**p.beta == pytest.approx(content)


@given(st.sampled_from(METALS), st.floats(3.5, 7.5))
def test_acid_soil_holds_no_more(metal: str, ph: float) -> None:
    acid = by_model(metal, ph, 0.02, 0.2, 20.0)
    limed = by_model(metal, ph + 1.0, 0.02, 0.2, 20.0)
    for model, p in acid.items():
        if (metal, model) != ("Cu", "Otte 2000"):  # R2 0.035
            assert p.kd <= limed[model].kd * (1 + 1e-12)


def test_soils_outside_the_relation_are_marked() -> None:
    inside = by_model("Cd", 5.7, 0.04, 0.3, 0.2)
    assert inside["Otte 2000"].outside == ()
    assert inside["Sauvé 2000 pH"].outside is None
    out = by_model("Cd", 8.4, 0.0012, 0.7, 60.0)["Otte 2000"]
    assert out.outside == ("ph", "organic_carbon", "clay", "content")


def test_recalled_coefficients_are_marked() -> None:
    cd = by_model("Cd", 6.0, 0.03, 0.2, 0.2)
    assert cd["Otte 2000"].confidence == cd["Römkens 2004"].confidence == "read"
    assert cd["Degryse 2009"].confidence == "recalled"


def test_table_is_complete() -> None:
    rows = partition_table().rows
    coefficients: dict[tuple[str, str], set[str]] = {}
    for model, metal, parameter in rows:
        assert metal in METALS
        coefficients.setdefault((model, metal), set()).add(parameter)
    assert all(found >= set(COEFFICIENTS) for found in coefficients.values())
    assert {metal for _, metal in coefficients} == set(METALS)
    assert all(rows[*key, "n"].value > 0 for key in coefficients)


@pytest.mark.parametrize("metal", METALS)
def test_background_soil_is_within_the_means_of_all_soils(metal: str) -> None:
    # mean contents of a paddy soil; the run's relation within its published neighbours
    content = dict(zip(METALS, (6, 0.14, 57, 25, 0.13, 24, 40, 112), strict=True))[metal]
    found = by_model(metal, 5.7, 0.043, 0.30, content)
    others = [p.kd for p in found.values() if p.model != OWN]
    assert 0.3 * min(others) < found[OWN].kd < 3.1 * max(others)
    assert np.ptp(np.log10(others)) < 2.5
