"""Why stocks differ: the parts add up, and a closed plant is found out."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.compare.align import align
from analysis.compare.attribution import PATHWAY, RESIDUAL, SOURCE, START, STOCK, attribute
from simulator.record import branch
from tests.compare.conftest import CLOSING, TAGGED

_KEYS = ["run", "metal", "scope", "by"]


def assert_adds_up(found) -> None:
    """Items without the residual add up to the stock, to the rounding of doubles."""
    rows = found.parts
    items = rows[~rows["item"].isin([STOCK, RESIDUAL])]
    sums = items.groupby(_KEYS)[["reference_kg", "run_kg", "difference_kg"]].sum()
    stock = rows[rows["item"] == STOCK].set_index(_KEYS).reindex(sums.index)
    scale = stock[["reference_kg", "run_kg"]].max(axis=1)
    for name in sums:
        assert ((sums[name] - stock[name]).abs() <= 1e-12 * scale).all()
    assert found.residual < 1e-12


@pytest.fixture(scope="module")
def found(pair):
    return attribute(pair)


def test_pathways_and_sources_add_up_to_the_difference_of_stock(found, pair) -> None:
    assert_adds_up(found)
    groups = set(found.parts[["scope", "by"]].itertuples(index=False, name=None))
    assert groups == {("control layer", PATHWAY), ("column", PATHWAY), ("column", SOURCE)}
    assert len(found.parts["metal"].unique()) == len(pair.metals)
    held = pair.runs[1].history[["stock", "stock_sealed"]].sel(year=2024, metal="Cd")
    kg = float(sum(held[name].sum() for name in held)) * pair.grid.cell_area / 1e6
    rows = found.parts.set_index(["scope", "by", "metal", "item"])
    assert rows.loc[("column", PATHWAY, "Cd", STOCK), "run_kg"] == pytest.approx(kg, rel=1e-12)


def test_a_closed_plant_is_the_difference_of_its_emissions(found, pair) -> None:
    """Nothing else emits less; what is missing is all that it emitted from mid-2021 on."""
    changed = found.emissions[found.emissions["difference_kg"] != 0.0]
    assert set(changed["sector"]) == {"coal power"}
    sources = pair.runs[0].sources
    sources = sources[(sources["sector"] == "coal power") & (sources["metal"] == "Cd")]
    by_year = sources.groupby("year")["kg_per_yr"].sum()
    missing = 0.5 * by_year[2021] + by_year[2022] + by_year[2023]
    difference = changed[changed["metal"] == "Cd"]["difference_kg"].sum()
    assert difference == pytest.approx(-missing, rel=1e-9)


def test_what_was_changed_makes_the_difference(found) -> None:
    """Other inputs are alike to the bit; their metal is lost a little faster or slower."""
    column = found.parts[(found.parts["scope"] == "column") & (found.parts["metal"] == "Cd")]
    column = column.set_index(["by", "item"])["difference_kg"]
    for same in (START, "deposition_background", "fertiliser", "irrigation"):
        assert column[PATHWAY, same] == 0.0
    for less in ("manure", "deposition_dry", "deposition_wet"):
        assert column[PATHWAY, less] < 0.0
    sources = column[SOURCE].drop([STOCK, RESIDUAL])
    assert set(sources.nsmallest(2).index) == {"manure", "sector:coal power"}


def test_a_run_against_itself_differs_in_nothing(baseline) -> None:
    found = attribute(align([baseline, baseline]))
    assert (found.parts["difference_kg"] == 0.0).all()
    assert (found.parts["difference_g_ha"] == 0.0).all()
    assert (found.emissions["difference_kg"] == 0.0).all()


def test_swapped_runs_flip_the_signs(baseline, closed, found) -> None:
    swapped = attribute(align([closed, baseline])).parts
    keys = ["metal", "scope", "by", "item"]
    there = found.parts.set_index(keys)
    back = swapped.set_index(keys).reindex(there.index)
    np.testing.assert_array_equal(back["difference_kg"], -there["difference_kg"])
    np.testing.assert_array_equal(back["run_kg"], there["reference_kg"])


def test_runs_without_tags_or_of_other_years_add_up(baseline, longer, closed) -> None:
    """Over 2020, 2022 and 2024; sources are told apart where both runs have tags."""
    found = attribute(align([baseline, longer, closed]))
    assert_adds_up(found)
    by = found.parts.groupby("run")["by"].unique()
    assert set(by["longer"]) == {PATHWAY}
    assert set(by["closed"]) == {PATHWAY, SOURCE}


def test_a_branch_begins_with_the_difference_that_it_has(
    baseline, make_scenario, record_run, tmp_path
) -> None:
    """Compared from a later year on, what happened before is the difference at the start."""
    scenario = make_scenario(**TAGGED, interventions=[{**CLOSING, "date": 2022.0}])
    with branch(baseline.path, 2022, scenario, tmp_path / "branch") as sim:
        sim.run()
    late = record_run("late", years=2, start=2022, tags={"by": "sector"})
    found = attribute(align([baseline, type(baseline)(tmp_path / "branch"), late]))
    assert_adds_up(found)
    rows = found.parts.set_index(["run", "scope", "by", "metal", "item"])["difference_kg"]
    assert rows["branch", "column", PATHWAY, "Cd", START] == 0.0
    assert rows["late", "column", PATHWAY, "Cd", START] != 0.0
    assert rows["branch", "column", PATHWAY, "Cd", STOCK] < 0.0
