"""Designs: their shapes, their order, and that SALib's analyses read them."""

from __future__ import annotations

import numpy as np
import pytest
from SALib.analyze import morris as analyse_morris
from SALib.analyze import sobol as analyse_sobol
from SALib.sample import latin

from analysis.experiment.design import (
    combinations,
    design_table,
    positions,
    salib_problem,
    sample_count,
)
from analysis.experiment.spec import ExperimentSpec

NAMES = ("a", "b", "c")


def spec_of(method: str, samples: int, *, factors=NAMES, levers=(), **design) -> ExperimentSpec:
    return ExperimentSpec.model_validate(
        {
            "name": "x",
            "title": "X",
            "scenario": "taizhou-baseline",
            "design": {"method": method, "samples": samples, **design},
            "levers": list(levers),
            "uncertainties": [{"name": n, "input": "manure", "range": [0.0, 4.0]} for n in factors],
        }
    )


def options(name: str, n: int) -> dict[str, object]:
    return {"name": name, "options": [{"name": f"{name}{k}"} for k in range(n)]}


def test_each_stratum_of_a_latin_hypercube_is_met_once():
    drawn = positions(spec_of("latin-hypercube", 40, seed=5))
    assert drawn.shape == (40, 3)
    for column in drawn.T:
        assert sorted(np.floor(40 * column).tolist()) == list(range(40))


def test_the_hypercube_is_that_of_salib():
    spec = spec_of("latin-hypercube", 7, seed=5)
    np.testing.assert_array_equal(positions(spec), latin.sample(salib_problem(spec), 7, seed=5))


def test_the_seed_makes_the_design():
    one, again, other = (positions(spec_of("latin-hypercube", 9, seed=s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_rows_of_sobol_differ_in_one_factor():
    """A, then A with one column of B each, then B (Saltelli et al. 2010)."""
    drawn = positions(spec_of("sobol", 8)).reshape(8, 5, 3)
    for block in drawn:
        for k in range(3):
            assert (block[1 + k] != block[0]).tolist() == [j == k for j in range(3)]
            assert block[1 + k, k] == block[4, k]


def test_salib_finds_the_indices_of_a_sum_in_our_design():
    """y = 4a + 2b + c: shares of the variance 16, 4 and 1 of 21."""
    spec = spec_of("sobol", 256)
    y = positions(spec) @ np.array([4.0, 2.0, 1.0])
    found = analyse_sobol.analyze(salib_problem(spec), y, calc_second_order=False, seed=1)
    np.testing.assert_allclose(found["S1"], np.array([16, 4, 1]) / 21, atol=0.02)
    np.testing.assert_allclose(found["ST"], np.array([16, 4, 1]) / 21, atol=0.02)


def test_salib_finds_the_slopes_of_a_plane_on_our_trajectories():
    spec = spec_of("morris", 6)
    drawn = positions(spec)
    assert drawn.shape == (24, 3)
    assert set(np.round(3 * np.unique(drawn), 9).tolist()) <= {0.0, 1.0, 2.0, 3.0}
    y = drawn @ np.array([4.0, -2.0, 1.0])
    found = analyse_morris.analyze(salib_problem(spec), drawn, y, num_levels=4, seed=1)
    np.testing.assert_allclose(found["mu_star"], [4.0, 2.0, 1.0], rtol=1e-9)
    np.testing.assert_allclose(found["sigma"], 0.0, atol=1e-9)


def test_a_full_design_is_every_combination_of_levels():
    drawn = positions(spec_of("full", 3, factors=("a", "b")))
    assert drawn.tolist() == [[a, b] for a in (0.0, 0.5, 1.0) for b in (0.0, 0.5, 1.0)]


@pytest.mark.parametrize(
    ("method", "samples"), [("latin-hypercube", 9), ("sobol", 4), ("morris", 5), ("full", 2)]
)
def test_samples_are_counted_without_being_drawn(method: str, samples: int):
    spec = spec_of(method, samples)
    assert len(positions(spec)) == sample_count(spec)
    assert ((positions(spec) >= 0.0) & (positions(spec) <= 1.0)).all()


def test_nothing_sampled_is_one_future():
    spec = spec_of("latin-hypercube", 1, factors=(), levers=[options("p", 3)])
    assert sample_count(spec) == 1
    assert design_table(spec, 7)["lever/p"].tolist() == ["p0", "p1", "p2"]


def test_members_are_futures_by_options_by_samples_by_seeds():
    spec = spec_of(
        "latin-hypercube", 2, factors=("a",), replicates=3,
        levers=[options("p", 2), options("q", 2)],
    )  # fmt: skip
    table = design_table(spec, 100)
    assert combinations(spec) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert len(table) == 2 * 3 * 4
    assert table["member"].tolist() == list(range(24))
    assert table["future"].tolist() == [f for f in range(6) for _ in range(4)]
    assert table["sample"].tolist() == [0] * 12 + [1] * 12
    assert table["replicate"].tolist() == [r for _ in range(2) for r in (0, 1, 2) for _ in range(4)]
    assert (table["seed"] - table["replicate"]).eq(100).all()
    assert table["lever/p"].tolist() == ["p0", "p0", "p1", "p1"] * 6
    assert table["lever/q"].tolist() == ["q0", "q1"] * 12
    assert table.groupby("sample")["position/a"].nunique().eq(1).all()
    np.testing.assert_allclose(table["value/a"], 4.0 * table["position/a"])


def test_a_sampled_strength_is_a_factor_and_levels_are_options():
    levers = [
        {"name": "how much", "policies": ["x"], "strength": [0.5, 1.0]},
        {"name": "steps", "policies": ["x"], "levels": [0.0, 1.0]},
    ]
    spec = spec_of("full", 2, factors=("a",), levers=levers)
    table = design_table(spec, 1)
    assert spec.factors == ("how much", "a")
    assert table["value/how much"].tolist() == [0.5, 0.5, 0.5, 0.5, 1.0, 1.0, 1.0, 1.0]
    assert table["lever/steps"].tolist() == ["0", "1"] * 4
    assert "lever/how much" not in table
