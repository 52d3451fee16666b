"""Indices of functions with known ones, read like those of an experiment."""

from __future__ import annotations

import numpy as np
import pytest
from SALib.test_functions import Ishigami, Sobol_G
from scipy.stats import norm

from analysis.experiment.results import Results
from analysis.experiment.sensitivity_table import sensitivity_table
from tests.experiment.made_experiment import END, MadeExperiment

THREE = ("x1", "x2", "x3")
#: Ishigami and Homma (1990, doi:10.1109/ISUMA.1990.151285) with a = 7, b = 0.1, in closed form.
ISHIGAMI = {"S1": (0.3139, 0.4424, 0.0), "ST": (0.5576, 0.4424, 0.2437)}
A = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0])


def ishigami(x, option=0, seed=0):
    return float(Ishigami.evaluate(np.pi * (2.0 * np.atleast_2d(x) - 1.0))[0])


def g_function(x, option=0, seed=0):
    return float(Sobol_G.evaluate(np.atleast_2d(x), A)[0])


def g_indices():
    """Sobol's G function (Saltelli et al. 2010, doi:10.1016/j.cpc.2009.09.018)."""
    parts = 1.0 / (3.0 * (1.0 + A) ** 2)
    total = np.prod(1.0 + parts) - 1.0
    others = np.prod(1.0 + parts) / (1.0 + parts)
    return {"S1": parts / total, "ST": parts * others / total}


def read(made, outcome="overload_share", option=None):
    """Indices by name, each by factor, of the outcome of Cd."""
    table = sensitivity_table(Results(made), ["Cd"], END)
    table = table[(table["outcome"] == outcome) & (table["metal"] == "Cd")]
    table = table[table["kind"] == "factor"]
    if option is not None:
        table = table[table["option"] == option]
    return {name: rows.set_index("factor") for name, rows in table.groupby("index")}


@pytest.mark.parametrize(
    ("function", "factors", "known"),
    [
        (ishigami, THREE, ISHIGAMI),
        (g_function, tuple(f"x{i}" for i in range(1, 9)), g_indices()),
    ],
    ids=["Ishigami", "G"],
)
def test_sobol_indices(tmp_path, function, factors, known):
    made = MadeExperiment(
        tmp_path, function, method="sobol", samples=1024, factors=factors, metals=("Cd",)
    )
    found = read(made)
    for index, truth in known.items():
        rows = found[index].loc[list(factors)]
        np.testing.assert_allclose(rows["value"], truth, atol=0.02)
        np.testing.assert_array_less(rows["low"] - 0.01, truth)
        np.testing.assert_array_less(truth, rows["high"] + 0.01)
        assert set(rows["used"]) == {1024 * (len(factors) + 2)}


def test_morris_of_a_straight_function_is_its_slopes(tmp_path):
    made = MadeExperiment(
        tmp_path, lambda x, option, seed: 1000.0 * (3.0 * x[0] - 2.0 * x[1]), method="morris",
        samples=10, factors=THREE, metals=("Cd",),
    )  # fmt: skip
    found = read(made)
    np.testing.assert_allclose(found["mu_star"].loc[list(THREE), "value"], [3, 2, 0], atol=1e-9)
    np.testing.assert_allclose(found["mu"].loc[list(THREE), "value"], [3, -2, 0], atol=1e-9)
    np.testing.assert_allclose(found["sigma"].loc[list(THREE), "value"], 0.0, atol=1e-9)


def test_morris_sees_that_x3_of_ishigami_acts_with_others_only(tmp_path):
    made = MadeExperiment(
        tmp_path, ishigami, method="morris", samples=100, factors=THREE, metals=("Cd",)
    )
    found = read(made)
    assert found["mu_star"]["value"]["x3"] > 0.004  # thousandths: the share is area / 1000
    assert abs(found["mu"]["value"]["x3"]) < found["mu_star"]["value"]["x3"]
    assert found["sigma"]["value"]["x3"] > found["mu_star"]["value"]["x3"]


def test_given_data_of_ishigami(tmp_path):
    made = MadeExperiment(tmp_path, ishigami, samples=400, factors=THREE, metals=("Cd",))
    found = read(made)
    first = found["S1 (RBD-FAST)"].loc[list(THREE)]
    np.testing.assert_allclose(first["value"], ISHIGAMI["S1"], atol=0.08)
    assert found["PRCC"]["low"]["x1"] > 0.3  # rising; the others go up and down again
    assert found["PRCC"]["low"]["x2"] < 0.0 < found["PRCC"]["high"]["x2"]


def delta_of_a_normal_sum():
    """Delta of either of two standard normal summands, by quadrature of its definition."""
    y = np.linspace(-9.0, 9.0, 3001)
    given = norm.pdf(y, loc=norm.ppf((np.arange(400) + 0.5) / 400.0)[:, None])
    apart = np.abs(norm.pdf(y, scale=np.sqrt(2.0)) - given).sum(axis=1) * (y[1] - y[0])
    return float(0.5 * apart.mean())


def test_delta_of_a_sum(tmp_path):
    made = MadeExperiment(
        tmp_path, lambda x, option, seed: norm.ppf(x[0]) + norm.ppf(x[1]), samples=500,
        factors=THREE, metals=("Cd",),
    )  # fmt: skip
    found = read(made)["delta"]["value"]
    assert delta_of_a_normal_sum() == pytest.approx(0.306, abs=1e-3)
    np.testing.assert_allclose(found[["x1", "x2"]], delta_of_a_normal_sum(), atol=0.05)
    assert abs(found["x3"]) < 0.05
