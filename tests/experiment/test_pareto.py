from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.experiment.pareto import EACH_METAL, non_dominated, pareto_table, share_non_dominated
from analysis.experiment.results import Results
from tests.experiment.made_experiment import END, MadeExperiment

FEW = st.sampled_from([0.0, 1.0, 2.0, 3.0, float("nan")])


@given(arrays(float, st.tuples(st.integers(1, 6), st.integers(1, 3)), elements=FEW))
def test_non_dominated_by_brute_force(objectives):
    found = non_dominated(objectives)
    for i, one in enumerate(objectives):
        if np.isnan(one).any():
            assert not found[i]
            continue
        beaten = any(
            all(o <= m for o, m in zip(other, one, strict=True))
            and any(o < m for o, m in zip(other, one, strict=True))
            for other in objectives
            if not np.isnan(other).any()
        )
        assert found[i] != beaten


@given(arrays(float, (3, 2, 5), elements=FEW))
def test_share_is_that_of_whole_futures(objectives):
    whole = [k for k in range(5) if not np.isnan(objectives[..., k]).any()]
    shares = share_non_dominated(objectives)
    if not whole:
        assert np.isnan(shares).all()
        return
    each = np.array([non_dominated(objectives[..., k]) for k in whole])
    np.testing.assert_allclose(shares, each.mean(axis=0))


def test_an_option_that_costs_more_and_keeps_less_is_dominated(tmp_path):
    areas = [200.0, 120.0, 150.0]  # option 2 costs most and keeps less than option 1
    made = MadeExperiment(
        tmp_path, lambda x, option, seed: areas[option] + x[0], options=("none", "good", "bad"),
        samples=20, lost=(0,),
    )  # fmt: skip
    table = pareto_table(Results(made), ["Cd"], END)
    of_metal = table[table["metal"] == "Cd"].set_index("option")
    assert of_metal["non_dominated"].to_dict() == {"none": True, "good": True, "bad": False}
    assert of_metal["non_dominated_share"].to_dict() == {"none": 1.0, "good": 1.0, "bad": 0.0}
    assert of_metal["cost_median_million_cny"].to_dict() == {"none": 0.0, "good": 4.0, "bad": 8.0}
    np.testing.assert_allclose(of_metal["kept_median_ha"], [0.0, 80.0, 50.0])
    assert set(of_metal["futures"]) == {19}
    assert set(of_metal["left_out"]) == {1}
    assert set(table["metal"]) == {"Cd", "any", EACH_METAL}
