"""Adjustments: what they accept, tables of them, and what they do to a run."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.inventory import make_inventory
from simulator.calibration.adjustments import Adjustments
from simulator.constants import METALS
from simulator.errors import InputError

ONES = np.ones(len(METALS))
TWO = 2.0 * ONES
FACTORS = st.lists(st.floats(1e-3, 1e3), min_size=len(METALS), max_size=len(METALS)).map(np.array)
TAGS = {"by": "sector", "plants": ["copper-1"]}


def plume(sim) -> dict[str, np.ndarray]:
    """What fell of each tag of a source in the last year, ``[metal, cell]``."""
    parts = sim.ledger.tags.parts
    return {t: parts[k].copy() for k, t in enumerate(sim.tags.names) if ":" in t}


@given(FACTORS, FACTORS, FACTORS, FACTORS)
def test_a_table_gives_the_same_bits_back(tmp_path_factory, emission, background, sorption, first):
    own = Adjustments({"source:a": emission, "sector:b": first}, background, sorption, emission)
    path = tmp_path_factory.mktemp("adjustments") / "factors.csv"
    own.write(path)
    for back in (Adjustments.from_table(own.to_table()), Adjustments.read(path)):
        assert set(back.names) == set(own.names)
        for name in own.names:
            np.testing.assert_array_equal(back.of(name), own.of(name))


def test_none_is_one_everywhere():
    none = Adjustments.none()
    assert none.is_none
    assert not none.with_sorption(TWO).is_none
    for name in ("initial", "deposition_background", "sorption", "source:x", "manure"):
        np.testing.assert_array_equal(none.of(name), ONES)


def test_a_plant_has_its_own_factor_before_that_of_its_sector():
    own = Adjustments({"source:a": TWO, "sector:cement": 3.0 * ONES})
    np.testing.assert_array_equal(own.of_source("a", "cement"), TWO)
    np.testing.assert_array_equal(own.of_source("b", "cement"), 3.0 * ONES)
    np.testing.assert_array_equal(own.of_source("a-b", "foundry"), ONES)


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.nan, np.inf])
def test_factors_are_positive_and_finite(wrong):
    bad = ONES.copy()
    bad[3] = wrong
    with pytest.raises(InputError) as error:
        Adjustments({"source:a": bad}, bad, bad, bad)
    assert len(error.value.problems) == 4


def test_wrong_tables_are_refused():
    table = Adjustments({"source:a": TWO}).to_table()
    with pytest.raises(InputError, match="columns"):
        Adjustments.from_table(table.drop(columns="Zn"))
    with pytest.raises(InputError, match="twice"):
        Adjustments.from_table(pd.concat([table, table.loc[["source:a"]]]))
    with pytest.raises(InputError, match="no source tag"):
        Adjustments({"manure": TWO})
    with pytest.raises(InputError, match="a factor is"):
        Adjustments(background=np.ones(3))


def test_factors_can_not_be_changed_afterwards():
    background = ONES.copy()
    own = Adjustments(background=background)
    background[0] = 5.0
    assert own.background[0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        own.background[0] = 2.0


def test_none_leaves_every_bit_of_a_run(make_sim):
    plain = make_sim()
    adjusted = make_sim({"adjustments": Adjustments.none()})
    for sim in (plain, adjusted):
        for _ in range(2):
            sim.step()
    for field in ("stock", "slice_share", "solution_coefficient", "stock_sealed"):
        np.testing.assert_array_equal(getattr(plain.state, field), getattr(adjusted.state, field))
    np.testing.assert_array_equal(plain.ledger.flux, adjusted.ledger.flux)


def test_twice_the_emission_is_twice_the_deposition_of_that_plant(make_sim):
    plain = make_sim(tags=TAGS)
    adjusted = make_sim({"adjustments": Adjustments({"source:copper-1": TWO})}, tags=TAGS)
    for sim in (plain, adjusted):
        sim.step()
    before, after = plume(plain), plume(adjusted)
    assert before["source:copper-1"].any()
    for tag in before:
        factor = 2.0 if tag == "source:copper-1" else 1.0
        np.testing.assert_array_equal(after[tag], factor * before[tag])
    for one, other in zip(plain.emitters, adjusted.emitters, strict=True):
        factor = 2.0 if one.source_id == "copper-1" else 1.0
        np.testing.assert_array_equal(other.emission, factor * one.emission)


def test_a_factor_of_a_sector_is_for_all_its_sources_and_one_metal(make_sim):
    only_lead = np.where(np.array(METALS) == "Pb", 4.0, 1.0)
    plain = make_sim(tags=TAGS)
    adjusted = make_sim({"adjustments": Adjustments({"sector:coal power": only_lead})}, tags=TAGS)
    for sim in (plain, adjusted):
        sim.step()
    before, after = plume(plain), plume(adjusted)
    for tag in before:
        factor = only_lead if tag == "sector:coal power" else ONES
        np.testing.assert_array_equal(after[tag], factor[:, None] * before[tag])


def test_background_deposition_is_scaled(make_sim):
    plain, adjusted = make_sim(), make_sim({"adjustments": Adjustments(background=TWO)})
    for sim in (plain, adjusted):
        sim.step()
    amounts = plain.ledger.amounts("deposition_background")
    np.testing.assert_array_equal(adjusted.ledger.amounts("deposition_background"), 2.0 * amounts)
    dry = plain.ledger.amounts("deposition_dry")
    np.testing.assert_array_equal(adjusted.ledger.amounts("deposition_dry"), dry)


def test_what_the_inventory_says_stays(region, make_scenario, make_sim):
    """Also what is taken off a measured deposition that includes the sources."""
    sim = make_sim({"adjustments": Adjustments({"source:copper-1": TWO})})
    sim.step()
    inventory = make_inventory(region, make_scenario(), [2020]).sources.query("id == 'copper-1'")
    copper = next(s for s in sim.sources if s.source_id == "copper-1")
    kg = inventory.set_index("metal")["kg"].reindex(METALS).to_numpy()
    np.testing.assert_array_equal(copper.emission, 2.0 * kg)
    np.testing.assert_allclose(copper.inventory_by_mode(2020).sum(axis=1), kg, rtol=1e-14)


def test_sources_within_the_measured_deposition_move_no_background(region, make_scenario):
    from dataclasses import replace

    from simulator.model import Simulation

    measured = replace(region, deposition_includes_sources=True)
    found = [
        Simulation(measured, make_scenario(), adjustments=own).processes
        for own in (Adjustments.none(), Adjustments({"source:copper-1": TWO}))
    ]
    one, other = (
        next(p for p in processes if p.name == "Deposition").reference for processes in found
    )
    assert (one < region.background_deposition).any()
    np.testing.assert_array_equal(one, other)


def test_sorption_moves_the_solution_and_with_it_leaching(make_sim):
    plain, adjusted = make_sim(), make_sim({"adjustments": Adjustments(sorption=TWO)})
    np.testing.assert_array_equal(
        adjusted.state.solution_coefficient, 2.0 * plain.state.solution_coefficient
    )
    for sim in (plain, adjusted):
        sim.step()
    one = plain.ledger.amounts("leaching").sum(axis=(1, 2))
    other = adjusted.ledger.amounts("leaching").sum(axis=(1, 2))
    assert (np.abs(other) > 1.5 * np.abs(one)).all()
    assert (np.abs(other) < 2.5 * np.abs(one)).all()


def test_the_soil_starts_with_the_adjusted_content(make_sim):
    plain, adjusted = make_sim(), make_sim({"adjustments": Adjustments(initial=TWO)})
    np.testing.assert_array_equal(adjusted.state.stock, 2.0 * plain.state.stock)
    np.testing.assert_array_equal(adjusted.state.stock_sealed, 2.0 * plain.state.stock_sealed)
