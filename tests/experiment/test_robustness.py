from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.experiment.results import Results
from analysis.experiment.robustness import regret, robustness, robustness_table
from tests.experiment.made_experiment import END, MadeExperiment

AREAS = arrays(float, st.tuples(st.integers(1, 5), st.integers(1, 20)), elements=st.floats(0, 1e5))


def test_regret_by_hand():
    # Savage's table: neither option is best in all futures
    values = np.array([[10.0, 20.0, 90.0], [40.0, 30.0, 50.0]])
    np.testing.assert_array_equal(regret(values), [[0.0, 0.0, 40.0], [30.0, 10.0, 0.0]])
    found = robustness(values, np.array([15.0, 25.0, 60.0]))
    assert found is not None
    assert found.regret_max.tolist() == [40.0, 30.0]
    assert found.least_regret.tolist() == [False, True]
    assert found.best.tolist() == [pytest.approx(2 / 3), pytest.approx(1 / 3)]
    # 10 <= 15 and 20 <= 25 but not 90 <= 60; only 50 <= 60
    assert found.satisfied.tolist() == [pytest.approx(2 / 3), pytest.approx(1 / 3)]
    assert found.mean.tolist() == [40.0, 40.0]
    assert found.worst.tolist() == [90.0, 50.0]
    assert found.regret_mean.tolist() == [pytest.approx(40 / 3), pytest.approx(40 / 3)]


@given(AREAS)
def test_regret_is_never_negative_and_somebody_has_none(values):
    lost = regret(values)
    assert (lost >= 0.0).all()
    assert (lost == 0.0).any(axis=0).all()


def test_futures_that_miss_an_option_are_left_out(tmp_path):
    made = MadeExperiment(
        tmp_path, lambda x, option, seed: 300.0 - 250.0 * option * x[0], options=("none", "some"),
        samples=10, lost=(1, 4),
    )  # fmt: skip
    table = robustness_table(Results(made), ["Cd"], END)
    assert set(table["metal"]) == {"Cd", "any"}
    assert set(table["futures"]) == {8}
    assert set(table["left_out"]) == {2}
    row = table[(table["metal"] == "Cd") & (table["option"] == "some")].iloc[0]
    x = made.design[made.design["lever/policy"] == "some"]["position/a"].to_numpy()
    kept = np.delete(x, [0, 2])  # members 1 and 4: futures 0 and 2
    area = 300.0 - 250.0 * kept
    assert row["mean_ha"] == pytest.approx(area.mean())
    assert row["satisfied_share"] == pytest.approx((area <= 100.0).mean())
    assert row["regret_max_ha"] == 0.0
    assert bool(row["least_max_regret"])


def test_no_whole_future_gives_no_row(tmp_path):
    made = MadeExperiment(
        tmp_path, lambda x, option, seed: 1.0, options=("none", "some"), samples=2, lost=(0, 2)
    )
    assert robustness_table(Results(made), ["Cd"], END).empty
    assert robustness(np.full((2, 3), np.nan), np.zeros(3)) is None
