"""Tables of a comparison: numbers from paper, the rules of an assessment, laws of differences."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.assessment.assess import Assessment, Rules
from analysis.assessment.tables import overload_rows
from analysis.compare.align import align
from analysis.compare.tables import ALL, DIFFERENCE, make_tables, with_differences
from analysis.runs import grid_of
from analysis.summary import summarise
from tests.analysis.assessment.hand_run import CELL_HA


@pytest.fixture(scope="module")
def tables(pair):
    return make_tables(pair)


def cadmium(table: pd.DataFrame, run: str) -> pd.Series:
    rows = table[(table["run"] == run) & (table["metal"] == "Cd")]
    assert len(rows) == 1
    return rows.iloc[0]


def test_overload_capacity_and_years_of_the_paper_run(paper) -> None:
    """See ``hand_run``: of four cells, one rises over its limit and one is built on."""
    found = make_tables(paper)
    rising, steady = (cadmium(found.summary, run) for run in ("rising", "steady"))
    # At the start FALLING and BUILT are overloaded; in 2030 RISING, BUILT only as dryland.
    assert rising["overload_ha_start"] == 2 * CELL_HA
    assert rising["overload_ha_end"] == CELL_HA
    assert rising["overload_fixed_ha_end"] == 2 * CELL_HA
    assert steady["overload_ha_end"] == 0.0
    assert steady["overload_fixed_ha_end"] == CELL_HA
    assert steady[f"overload_ha_end{DIFFERENCE}"] == -CELL_HA
    assert rising["reached_ha"] == CELL_HA
    assert steady["reached_ha"] == 0.0
    # 2.4 kg/ha of room for each mg/kg below 0.3, of 12 cells of dryland.
    room = 2.4 * (0.3 * 12 - (8 * 0.03 + 0.41 + 0.15 + 0.215 + 0.35)) / 12
    assert rising["capacity_kg_ha_end"] == pytest.approx(room, rel=1e-6)
    assert steady[f"capacity_kg_ha_end{DIFFERENCE}"] == pytest.approx(2.4 * 0.2 / 12, rel=1e-5)
    # 19 cells have soil.
    assert steady[f"mean_content_mg_kg_end{DIFFERENCE}"] == pytest.approx(-0.2 / 19, rel=1e-5)


def test_when_limits_are_reached_in_the_paper_run(paper) -> None:
    table = make_tables(paper).exceedance
    table = table[table["metal"] == "Cd"].set_index(["run", "period"])["area_ha"] / CELL_HA
    assert table["rising"].to_dict() == {
        "at the start": 2.0, "2021-2030": 1.0, "2031-2080 by trend": 1.0, "later or never": 15.0,
    }  # fmt: skip
    assert table["steady"].to_dict() == {
        "at the start": 2.0, "2021-2030": 0.0, "2031-2080 by trend": 1.0, "later or never": 16.0,
    }  # fmt: skip


@pytest.mark.parametrize("standard", ["screening", "background"])
def test_overload_is_that_of_an_assessment(baseline, closed, standard: str) -> None:
    rules = Rules(standard)
    found = make_tables(align([closed, baseline], rules=rules)).series
    for state in Assessment(closed, [2020, 2022, 2024], rules):
        rows = overload_rows(state, grid_of(closed).cell_area, {})["metal"]
        rows = rows.set_index(["land", "metal"])["overload_ha"]
        ours = found[(found["run"] == "closed") & (found["year"] == int(state["year"].item()))]
        ours = ours.set_index("metal")
        for metal, row in ours.iterrows():
            assert row["overload_ha"] == rows.get(("current", metal), 0.0)
            assert row["overload_fixed_ha"] == rows.get(("fixed", metal), 0.0)
    if standard == "background":
        assert (found["overload_ha"] > 0.0).any()


def test_flows_and_contents_are_those_of_the_summary_of_a_run(pair, tables, longer) -> None:
    """Of the years between recorded ones too."""
    sparse = align([longer, longer])
    cases = [(run, name, tables) for run, name in zip(pair.runs, pair.names, strict=True)]
    for run, name, found in [*cases, (longer, "longer", make_tables(sparse))]:
        rows = found.summary[found.summary["run"] == name].set_index("metal")
        for theirs in summarise(run):
            ours = rows.loc[theirs.metal]
            assert ours["input_g_ha_yr"] == pytest.approx(theirs.input, rel=1e-9)
            assert ours["output_g_ha_yr"] == pytest.approx(theirs.output, rel=1e-9)
            assert ours["mean_content_mg_kg_start"] == pytest.approx(theirs.content_start)
            assert ours["mean_content_mg_kg_end"] == pytest.approx(theirs.content_end)


def test_the_series_has_every_year_metal_and_run_once(pair, tables) -> None:
    keys = tables.series[["run", "year", "metal"]]
    assert not keys.duplicated().any()
    assert len(keys) == len(pair.runs) * len(pair.recorded) * (len(pair.metals) + 1)
    flows = tables.series.set_index("year")["input_g_ha"]
    assert flows[2024].isna().all()  # the state at the end has no year after it
    named = tables.series[tables.series["metal"] != ALL].set_index("year")["input_g_ha"]
    assert named[named.index < 2024].notna().all()


def test_measures_lower_contents_and_inputs(tables) -> None:
    rows = tables.summary[tables.summary["run"] == "closed"].set_index("metal")
    for metal in ("Cd", "Cu", "Zn"):
        assert rows.loc[metal, f"input_g_ha_yr{DIFFERENCE}"] < 0.0
        assert rows.loc[metal, f"mean_content_mg_kg_end{DIFFERENCE}"] < 0.0
        assert rows.loc[metal, f"mean_content_mg_kg_start{DIFFERENCE}"] == 0.0


def test_costs_are_those_of_the_common_years(tables) -> None:
    """Ten million once, and one a year from the middle of 2021 to the end of 2023."""
    rows = tables.summary.set_index("run")
    assert (rows.loc["baseline", "cost_million_cny"] == 0.0).all()
    assert rows.loc["closed", "cost_million_cny"].to_numpy() == pytest.approx(12.5)
    assert rows.loc["closed", f"cost_million_cny{DIFFERENCE}"].to_numpy() == pytest.approx(12.5)


def test_a_run_against_itself_differs_in_nothing(baseline) -> None:
    found = make_tables(align([baseline, baseline]))
    for table in (found.summary, found.exceedance):
        differences = table.filter(like=DIFFERENCE)
        assert differences.shape[1] > 0
        assert (differences.fillna(0.0) == 0.0).all(axis=None)


def test_swapped_runs_flip_the_signs(baseline, closed, tables) -> None:
    swapped = make_tables(align([closed, baseline]))
    for name in ("summary", "exceedance"):
        there = getattr(tables, name).set_index("run").loc["closed"].filter(like=DIFFERENCE)
        back = getattr(swapped, name).set_index("run").loc["baseline"].filter(like=DIFFERENCE)
        np.testing.assert_array_equal(there.to_numpy(), -back.to_numpy())


def test_differences_are_those_of_rows_with_the_same_keys() -> None:
    table = pd.DataFrame(
        {"run": list("aabb"), "metal": ["Cd", "Cu", "Cu", "Cd"], "ha": [1.0, 2.0, 5.0, 9.0]}
    )
    assert with_differences(table, ["metal"], ["ha"])["ha_difference"].tolist() == [0, 0, 3, 8]
