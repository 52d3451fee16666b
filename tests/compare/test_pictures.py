"""Charts: items add up, names stand apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.compare.attribution import RESIDUAL, STOCK
from analysis.compare.pictures import BARS, _apart, main_items


def test_small_items_are_summed_and_all_add_up() -> None:
    sizes = [8.0, -5.0, 0.01, 0.02, 0.0]
    items = [f"p{i}" for i in range(len(sizes))]
    parts = pd.DataFrame(
        {
            "run": "b",
            "item": [*items, RESIDUAL, STOCK],
            "label": [f"Path {i}" for i in items] + ["Rounding", "Stock"],
            "difference_g_ha": [*sizes, 0.0, sum(sizes)],
        }
    )
    table = main_items(parts)["b"]
    assert table.index.tolist() == ["Path p0", "Path p1", "2 others", "All together"]
    assert table.iloc[:-1].sum() == pytest.approx(table.iloc[-1])


def test_at_most_so_many_items_have_a_bar() -> None:
    items = [f"p{i:02}" for i in range(BARS + 5)]
    rows = [
        {"run": run, "item": item, "label": item, "difference_g_ha": 1.0}
        for run in ("b", "c")
        for item in [*items, RESIDUAL, STOCK]
    ]
    table = main_items(pd.DataFrame(rows))
    assert len(table) == BARS + 2
    assert table.loc["5 others", "c"] == 5.0


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=8), st.floats(1e-3, 1e3))
def test_places_keep_their_order_and_a_distance(values: list[float], least: float) -> None:
    places = np.array(_apart(values, least, (-1e5, 1e5)))
    order = np.argsort(values, kind="stable")
    slack = 1e-9 * (np.abs(values).max() + 8.0 * least)
    assert (np.diff(places[order]) >= least - slack).all()
    if (np.diff(np.sort(values)) >= least).all():
        np.testing.assert_allclose(places, values, atol=slack)
    assert places.mean() == pytest.approx(np.mean(values), abs=slack)


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8))
def test_places_stay_within_the_axis(values: list[float]) -> None:
    places = np.array(_apart(values, 0.1, (0.0, 1.0)))
    assert places.min() >= 0.0
    assert places.max() <= 1.0 + 1e-12
    assert (np.diff(np.sort(places)) >= 0.1 - 1e-9).all()
