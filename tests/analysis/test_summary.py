"""The closing table: mass in less mass out is what the stock gained."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.assessment.thresholds import farmland_limit
from analysis.runs import content
from analysis.summary import column_flows, exceeds, share_above, summarise
from simulator.constants import LAND_CLASSES, METALS
from simulator.record import RunFolder


@pytest.mark.parametrize("which", ["run", "sparse", "totals_only"])
def test_in_less_out_is_the_gain_of_the_stock(which: str, request: pytest.FixtureRequest) -> None:
    run: RunFolder = request.getfixturevalue(which)
    history = run.history
    stock = (history["stock"] + history["stock_sealed"]).sum("layer")
    years = int(history["year"][-1] - history["year"][0])
    soil = np.isfinite(history["content"][0, 0, 0].values)
    gain = (stock[-1] - stock[0]).values[:, soil].mean(axis=1)  # mg m-2
    per_hectare = gain * 10.0 / years  # 1 mg m-2 = 10 g ha-1
    for metal, expected in zip(METALS, per_hectare, strict=True):
        entered, left = column_flows(run)[metal]
        assert entered > 0.0
        assert left > 0.0
        assert entered - left == pytest.approx(expected, rel=1e-6)


def test_rows_hold_the_means_of_the_control_layer(run: RunFolder) -> None:
    rows = summarise(run)
    assert [r.metal for r in rows] == list(METALS)
    lead = rows[METALS.index("Pb")]
    assert lead.content_start == pytest.approx(np.nanmean(content(run, "Pb", 2020)))
    assert lead.content_end == pytest.approx(np.nanmean(content(run, "Pb", 2024)))


def test_above_counts_soil_cells_over_the_value_of_their_land_and_ph(run: RunFolder) -> None:
    # The table's values, with the limit looked up cell by cell from the recorded state
    values = content(run, "Cu", 2024)
    state = run.history.sel(year=2024)
    classes = [str(c) for c in state["land_class"].values]
    above = soil = 0
    for row, col in np.ndindex(*values.shape):
        if not np.isfinite(values[row, col]):
            assert not exceeds(run, "Cu", 2024)[row, col]
            continue
        soil += 1
        shares = dict(zip(classes, state["open_share"].values[:, row, col], strict=True))
        shares.pop("water")
        land = max(shares, key=lambda c: shares[c]) if max(shares.values()) > 0.0 else "bare"
        ph = state["ph"].values[0, row, col]
        limit = farmland_limit("Cu", np.array([ph]), np.array([LAND_CLASSES.index(land)]))[0]
        above += bool(values[row, col] > limit)
    assert share_above(run, "Cu", 2024) == pytest.approx(above / soil)
    assert summarise(run)[METALS.index("Cu")].above_end == pytest.approx(above / soil)


def test_a_run_without_a_finished_year_has_a_table_too(record, tmp_path) -> None:
    begun = record(tmp_path / "begun", until=2020)
    row = summarise(begun)[0]
    assert row.content_start == row.content_end
    assert np.isnan(row.input)
