"""What sensitivity does with missing members, constants, ties, seeds, decisions."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from SALib.analyze import morris, sobol
from scipy.stats import spearmanr

from analysis.experiment.results import Results
from analysis.experiment.sensitivity import indices, partial_rank_correlations, variance_share
from analysis.experiment.sensitivity_maps import (
    leading_factor,
    least_correlation,
    rank_correlations,
)
from analysis.experiment.sensitivity_table import ALL_OPTIONS, SEED, sensitivity_table
from tests.experiment.made_experiment import END, MadeExperiment

AB = ("a", "b")


def outcome(x, option=0, seed=0):
    return 100.0 + 50.0 * x[0] + 20.0 * x[0] * x[1]


def of_cd(made, outcome="overload_share"):
    table = sensitivity_table(Results(made), ["Cd"], END)
    return table[(table["outcome"] == outcome) & (table["metal"] == "Cd")]


def shares(made):
    return np.array([outcome(x) / 1000.0 for x in made.design[["position/a", "position/b"]].values])


def test_sobol_drops_whole_blocks(tmp_path):
    made = MadeExperiment(tmp_path, outcome, method="sobol", samples=64, lost=(0, 1, 30))
    found = of_cd(made).set_index(["index", "factor"])
    assert set(found["used"]) == {62 * 4}  # members 0 and 1 are of block 0, 30 of block 7
    assert set(found["left_out"]) == {2 * 4}
    kept = np.delete(shares(made).reshape(64, 4), [0, 7], axis=0).ravel()
    problem = {"num_vars": 2, "names": AB, "bounds": [[0, 1]] * 2}
    alone = sobol.analyze(problem, kept, calc_second_order=False, seed=1)
    np.testing.assert_allclose(found.loc["S1"].loc[list(AB), "value"], alone["S1"])
    np.testing.assert_allclose(found.loc["ST"].loc[list(AB), "value"], alone["ST"])


def test_morris_drops_whole_trajectories(tmp_path):
    made = MadeExperiment(tmp_path, outcome, method="morris", samples=12, lost=(4,))
    found = of_cd(made).set_index(["index", "factor"])
    assert set(found["used"]) == {11 * 3}
    assert set(found["left_out"]) == {3}
    x = made.design[["position/a", "position/b"]].to_numpy()
    kept = np.delete(np.arange(36), [3, 4, 5])
    problem = {"num_vars": 2, "names": list(AB), "bounds": [[0, 1]] * 2, "groups": None}
    alone = morris.analyze(problem, x[kept], shares(made)[kept], num_levels=4, seed=1)
    np.testing.assert_allclose(found.loc["mu_star"].loc[list(AB), "value"], alone["mu_star"])


def test_given_data_leaves_members_out(tmp_path):
    made = MadeExperiment(tmp_path, outcome, samples=60, lost=(3, 8))
    found = of_cd(made)
    assert set(found["used"]) == {58}
    assert set(found["left_out"]) == {2}
    assert np.isfinite(found["value"]).all()


@pytest.mark.parametrize("method", ["latin-hypercube", "sobol", "morris", "full"])
def test_a_constant_outcome_is_said_to_be_one(tmp_path, method):
    samples = 4 if method == "full" else 16
    made = MadeExperiment(tmp_path, lambda x, o, s: 7.0, method=method, samples=samples)
    (row,) = of_cd(made).to_dict("records")
    assert row["factor"] == ""
    assert row["note"] == "constant: 0.007 in all members"


@pytest.mark.parametrize("method", ["latin-hypercube", "sobol", "morris", "full"])
def test_too_few_members_give_no_index_but_a_reason(tmp_path, method):
    made = MadeExperiment(tmp_path, outcome, method=method, samples=2)
    found = of_cd(made)
    assert len(found)
    assert found["value"].isna().all()
    assert set(found["note"]) == {"too few members"}


def test_no_finished_member(tmp_path):
    (index,) = indices("sobol", AB, np.zeros((8, 2)), np.full(8, np.nan))
    assert index.note == "no member finished"
    assert index.left_out == 8


def test_a_factor_that_stands_still_has_no_index():
    rng = np.random.default_rng(1)
    x = np.column_stack([rng.random(80), np.full(80, 0.5)])
    found = {(i.index, i.factor): i for i in indices("latin-hypercube", AB, x, x[:, 0] ** 2)}
    assert found["delta", "b"].note == "the factor does not vary"
    assert found["S1 (RBD-FAST)", "b"].note == "the factor does not vary"
    assert found["PRCC", "b"].note == "nothing is left to the factor"
    assert found["S1 (RBD-FAST)", "a"].value == pytest.approx(1.0, abs=0.1)


def test_mostly_equal_outcomes_have_no_delta():
    x = np.random.default_rng(2).random((100, 2))
    found = {
        (i.index, i.factor): i for i in indices("latin-hypercube", AB, x, np.maximum(x[:, 0], 0.7))
    }
    assert found["delta", "a"].note == "most members are equal"
    assert found["PRCC", "a"].value > 0.7


def test_partial_rank_correlation_sees_through_the_other_factor():
    rng = np.random.default_rng(3)
    x = rng.random((300, 2))
    y = np.exp(5.0 * x[:, 0]) - 3.0 * x[:, 1] + 0.01 * rng.random(300)
    a, b = partial_rank_correlations(AB, x, y)
    assert a.value > 0.9 > 0.0 > b.value
    assert b.low < b.value < b.high < 0.0
    alone = spearmanr(x[:, 1], y).statistic
    assert abs(b.value) > abs(alone)


def test_full_design_shares_out_the_variance(tmp_path):
    made = MadeExperiment(
        tmp_path, lambda x, o, s: 3.0 * x[0] + 4.0 * x[1], method="full", samples=5
    )
    found = of_cd(made).set_index(["index", "factor"])["value"]
    assert found["variance share", "a"] == pytest.approx(9 / 25)
    assert found["variance share", "b"] == pytest.approx(16 / 25)


def test_variance_share_by_hand():
    assert variance_share(np.array(["a", "a", "b", "b"]), np.array([0.0, 2.0, 4.0, 6.0])) == 0.8


def test_decisions_and_seeds_have_their_shares(tmp_path):
    made = MadeExperiment(
        tmp_path, lambda x, option, seed: 10.0 * option + 5.0 * (seed % 2), samples=30,
        replicates=2, options=("none", "some"),
    )  # fmt: skip
    table = of_cd(made)
    lever = table[table["option"] == ALL_OPTIONS].iloc[0]
    assert (lever["kind"], lever["factor"]) == ("lever", "policy")
    assert lever["value"] == pytest.approx(25.0 / (25.0 + 6.25))
    seeds = table[table["factor"] == SEED]
    assert len(seeds) == 2
    np.testing.assert_allclose(seeds["value"], 1.0)


def test_nobody_else_notices_salib(tmp_path):
    before, wording = np.random.get_state(), warnings.formatwarning  # noqa: NPY002
    of_cd(MadeExperiment(tmp_path, outcome, samples=50))
    after = np.random.get_state()  # noqa: NPY002
    np.testing.assert_array_equal(before[1], after[1])
    assert warnings.formatwarning is wording


def test_maps_of_correlation_are_spearmans():
    rng = np.random.default_rng(4)
    content = rng.random((30, 3, 4)).round(1)  # with ties
    content[:, 0, 0] = np.nan
    content[5, 0, 1] = np.nan
    content[:, 0, 2] = 3.0
    positions = rng.random((30, 2)).round(1)
    found = rank_correlations(content.astype(np.float32), positions)
    assert np.isnan(found[:, 0, :3]).all()
    for i in range(1, 3):
        for j in range(4):
            for k in range(2):
                expected = spearmanr(positions[:, k], content[:, i, j]).statistic
                assert found[k, i, j] == pytest.approx(expected)


def test_leading_factor():
    correlations = np.array([[[0.9, -0.1, np.nan, 0.2]], [[0.3, -0.95, np.nan, 0.1]]])
    np.testing.assert_array_equal(leading_factor(correlations, 40), [[1, 2, -1, 0]])


@pytest.mark.parametrize("members", [10, 40, 200])
def test_least_correlation_is_the_border_of_significance(members):
    r = least_correlation(members, 1)
    t = r * np.sqrt((members - 2) / (1.0 - r**2))
    from scipy.stats import t as student

    assert 2.0 * student.sf(t, members - 2) == pytest.approx(0.05)
    assert least_correlation(members, 8) > r
    assert least_correlation(2, 1) > 1.0
