from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.experiment.effects import (
    DELAY,
    PER_HECTARE,
    WON,
    cost_per_hectare,
    delay_at_cells,
    effects,
    total_cost,
    years_ahead,
    years_won,
)
from analysis.experiment.results import Results, Series, independent_samples, paired
from tests.experiment.made_experiment import END, START, MadeExperiment

NAN, INF = float("nan"), float("inf")


def made_of(tmp_path, area, **more):
    settings = {"options": ("none", "some"), "samples": 9} | more
    return MadeExperiment(tmp_path, area, **settings)


def row_of(table, outcome, metal="Cd", option="some"):
    (row,) = table[
        (table["outcome"] == outcome) & (table["metal"] == metal) & (table["option"] == option)
    ].to_dict("records")
    return row


def test_differences_are_taken_within_each_future(tmp_path):
    made = made_of(tmp_path, lambda x, option, seed: 1000.0 * x[0] - 50.0 * option * x[1])
    row = row_of(effects(Results(made), ["Cd"], [END]), "overload_ha")
    one = made.design[made.design["lever/policy"] == "some"]
    less = -50.0 * one["position/b"].to_numpy()
    assert row["difference_median"] == pytest.approx(np.median(less))
    assert row["difference_low"] == pytest.approx(np.quantile(less, 0.05))
    assert row["difference_high"] == pytest.approx(np.quantile(less, 0.95))
    assert row["reference_median"] == pytest.approx(np.median(1000.0 * one["position/a"]))
    assert (row["better_share"], row["futures"], row["left_out"]) == (1.0, 9, 0)
    assert (row["against"], row["unit"]) == ("none", "ha")


def test_a_pair_that_misses_a_member_is_left_out(tmp_path):
    made = made_of(tmp_path, lambda x, option, seed: 100.0 + option, lost=(0, 5))
    table = effects(Results(made), ["Cd"], [END])
    row = row_of(table, "overload_ha")
    assert (row["futures"], row["left_out"]) == (7, 2)
    assert row["better_share"] == 0.0  # a hectare more is worse
    assert row_of(table, "capacity_kg_ha")["better_share"] == 0.0  # less of it, too
    assert np.isnan(row_of(table, "built_km2", "")["better_share"])  # neither good nor bad


def test_fluxes_and_costs_are_of_the_years_before(tmp_path):
    made = made_of(tmp_path, lambda x, option, seed: 50.0)
    results = Results(made)
    table = effects(results, ["Cd"], [END])
    assert row_of(table, "flux/fertiliser")["difference_median"] == 10.0
    assert row_of(table, "cost_million_cny", "")["difference_median"] == END - START
    discounted = total_cost(results, END, discount=0.5)
    np.testing.assert_allclose(discounted[1], 1.0 + 1 / 1.5 + 1 / 1.5**2 + 1 / 1.5**3)
    np.testing.assert_array_equal(total_cost(results, START), np.zeros((2, 9)))


def test_cost_of_a_hectare(tmp_path):
    made = made_of(tmp_path, lambda x, option, seed: 100.0 - 20.0 * option)
    table = effects(Results(made), ["Cd"], [END])
    row = row_of(table, PER_HECTARE)
    assert row["difference_median"] == pytest.approx(4e6 / 20.0)
    assert row["better_share"] == 1.0
    useless = made_of(tmp_path, lambda x, option, seed: 100.0)
    row = row_of(effects(Results(useless), ["Cd"], [END]), PER_HECTARE)
    assert row["difference_median"] == INF
    assert row["better_share"] == 0.0


def test_cost_per_hectare_by_hand():
    cost = np.array([2.0, 2.0, 2.0, -1.0, NAN, 0.0])
    kept = np.array([4.0, 0.0, -3.0, 5.0, 1.0, 0.0])
    np.testing.assert_array_equal(cost_per_hectare(cost, kept), [5e5, INF, INF, 0.0, NAN, INF])


def test_years_won_by_hand(tmp_path):
    # from 100 ha straight to the end in four years; 300 ha: 150, 200, 250
    ends = {0: 300.0, 1: 180.0, 2: 420.0, 3: 300.0, 4: 50.0}
    names = ("none", "less", "more", "same", "falling")
    made = made_of(tmp_path, lambda x, option, seed: ends[option], options=names, lost=(4,))
    won = years_won(Results(made), "Cd", END)
    assert won[0].tolist() == [0.0] * 9
    assert won[1].tolist() == [2.0] * 9  # the reference passed 180 ha by 2022
    assert won[2].tolist() == [-1.0] * 9  # 340 ha in 2023
    assert won[3].tolist() == [0.0] * 9
    assert np.isnan(won[4, 0])
    assert won[4, 1:].tolist() == [4.0] * 8  # never so little, not even at the start
    row = row_of(effects(Results(made), ["Cd"], [END]), WON, option="less")
    assert (row["difference_median"], row["better_share"]) == (2.0, 1.0)


def test_years_are_not_won_by_what_came_back():
    """One cell over its limit for two years is not the beginning of the growth."""
    years = np.arange(2020, 2027)
    area = np.array([0.0, 1.0, 1.0, 0.0, 2.0, 3.0, 4.0])
    assert years_ahead(area, np.array([0.0]), years) == 2.0
    assert years_ahead(area, np.array([-1.0]), years) == 6.0, "always above"
    assert years_ahead(area, np.array([4.0]), years) == 0.0


@given(arrays(float, (2, 1, 6), elements=st.integers(0, 9).map(float)))
def test_years_won_and_lost_change_places(area):
    years = np.arange(2020, 2026)

    class Fixed:
        def series(self, outcome, metal):
            return Series(years, self.values)

    one, other = Fixed(), Fixed()
    one.values, other.values = area, area[::-1]
    won, lost = (years_won(r, "Cd", 2025)[1, 0] for r in (one, other))
    assert won == -lost
    assert np.sign(won) == np.sign(area[0, 0, -1] - area[1, 0, -1]) or won == 0.0


def test_never_in_both_is_no_difference():
    values = np.array([[INF, INF, 2030.0, NAN], [INF, 2030.0, INF, 2030.0]])
    np.testing.assert_array_equal(paired(values, 1, values[0]), [0.0, -INF, INF, NAN])


def test_delay_looks_at_cells_that_pass_the_limit_in_the_reference(tmp_path):
    reference = np.array([[2020.0, 2025.0, 2030.0, NAN, 2026.0]])
    option = np.array([[2020.0, 2028.0, NAN, 2021.0, 2028.0]])
    assert delay_at_cells(option, reference, 2020.0) == 3.0  # of 3, never and 2
    assert delay_at_cells(np.full((1, 5), NAN), reference, 2020.0) == INF
    assert np.isnan(delay_at_cells(option, np.full((1, 5), 2020.0), 2020.0))
    made = made_of(tmp_path, lambda x, option, seed: 50.0, options=("none", "some", "more"))
    table = effects(Results(made), ["Cd"], [END])
    assert row_of(table, DELAY)["difference_median"] == 1.0
    assert row_of(table, DELAY, option="more")["difference_median"] == 2.0


def test_without_options_there_are_no_effects(tmp_path):
    made = made_of(tmp_path, lambda x, option, seed: 50.0, options=())
    assert effects(Results(made), ["Cd"], [END]).empty


def test_independent_draws_of_each_design():
    rows = np.arange(12)
    assert independent_samples("latin-hypercube", rows, 2).tolist() == rows.tolist()
    assert independent_samples("sobol", rows, 2).tolist() == [0, 3, 4, 7, 8, 11]
    assert independent_samples("morris", rows, 2).tolist() == [0, 3, 6, 9]


def test_futures_of_sobol_that_repeat_others_do_not_count(tmp_path):
    made = made_of(tmp_path, lambda x, option, seed: 100.0 * x[0], method="sobol", samples=8)
    results = Results(made)
    assert results.futures.size == 32
    assert row_of(effects(results, ["Cd"], [END]), "overload_ha")["futures"] == 16


def test_arrangement_of_replicates_and_levers(tmp_path):
    made = made_of(tmp_path, lambda x, option, seed: x[0] + 10.0 * seed, replicates=3, lost=(7,))
    results = Results(made)
    assert results.members.shape == (2, 27)
    assert results.missing == 1
    assert results.members[1, 3] == -1  # member 7 is future 3 under the second option
    assert results.samples[:4].tolist() == [0, 0, 0, 1]
    positions, means = results.by_sample(results.series("overload_ha", "Cd").at(END)[1])
    np.testing.assert_allclose(means[0], positions[0, 0] + 20.0)
    np.testing.assert_allclose(means[1], positions[1, 0] + 25.0)  # without seed 1
