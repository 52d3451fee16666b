"""Soil cells: views that are agents, in a set with Mesa's verbs."""

from __future__ import annotations

import mesa
import numpy as np
import pandas as pd
import pytest

from simulator.agents.cell_set import CellSet, ranges
from simulator.agents.soil_cell import SoilCell
from simulator.constants import METALS
from simulator.errors import RunError
from simulator.record import ZarrRecorder


@pytest.fixture
def sim(make_sim):
    sim = make_sim()
    sim.step()
    return sim


def test_a_cell_is_an_agent_and_a_view(sim):
    cell = sim.cells[3, 4]
    assert isinstance(cell, mesa.Agent)
    assert cell.position == (3, 4)
    assert cell == sim.cells[3 * 10 + 4]
    assert len({cell, sim.cells[3, 4]}) == 1
    np.testing.assert_array_equal(cell.content, sim.state.content()[:, :, 34])
    sim.state.stock[0, 0, 3, 4] *= 2.0
    assert cell.stock[0, 0] == pytest.approx(
        sim.state.stock[0, 0, 3, 4] + sim.state.stock_sealed[0, 0, 3, 4]
    )


def test_cells_are_found_by_type_but_not_registered_one_by_one(sim):
    assert sim.agents_by_type[SoilCell] is sim.cells
    assert len(sim.agents) == len(sim.sources) + len(sim.parcels) + len(sim.interventions) + 1


def test_the_fluxes_of_a_cell_add_up_to_the_change_of_its_stock(make_sim):
    sim = make_sim()
    cell = sim.cells[5, 5]
    before = cell.stock
    sim.step()
    change = np.zeros_like(before)
    for pathway in sim.ledger.pathways:
        for layer, amount in enumerate(cell.fluxes[pathway.name].T):
            change += np.outer(amount, pathway.signs(layer, before.shape[1]))
    np.testing.assert_allclose(cell.stock - before, change, rtol=1e-7, atol=1e-12 * before.max())


def test_a_cell_knows_its_parcels_and_neighbours(sim):
    cell = sim.cells[0, 0]
    assert len(cell.neighbours) == 3
    assert len(sim.cells[5, 5].neighbours) == 8
    weights = [sim.parcels.map.overlay[cell.index, p.index] for p in cell.parcels]
    assert weights == sorted(weights, reverse=True)
    assert sum(weights) == pytest.approx(1.0)
    assert sum(cell.land.values()) + cell.sealed_share == pytest.approx(1.0)


@pytest.mark.parametrize("key", [(12, 0), (-1, 0), (0, 10)])
def test_a_cell_outside_the_grid_is_refused(sim, key):
    with pytest.raises(IndexError, match="lies outside the 12 x 10 grid"):
        sim.cells[key]


def test_the_grid_fixes_the_cells(sim):
    with pytest.raises(TypeError, match="fixed by the grid"):
        sim.cells[0, 0].remove()
    for refuse in (sim.cells.add, sim.cells.discard, sim.cells.remove):
        with pytest.raises(TypeError, match="grid fixes the cells"):
            refuse(sim.cells[0, 0])
    with pytest.raises(TypeError, match="through the ledger"):
        sim.cells.set("stock", 0.0)


class Remediated(SoilCell):
    """Loses a tenth of a milligram of cadmium a year to a hyperaccumulator, however it grows."""

    def step(self):
        self.exchange()
        self.book("remediation", "Cd", -1e-7)
        self.close()


def test_a_cell_of_ones_own_kind_lives_among_the_others(make_sim):
    plain, mixed = make_sim(), make_sim()
    mixed.cells.replace(Remediated(mixed, 45))
    for sim in (plain, mixed):
        sim.run()
    assert isinstance(mixed.cells[4, 5], Remediated)
    others = np.arange(120) != 45
    assert (plain.state.flat("stock")[..., others] == mixed.state.flat("stock")[..., others]).all()
    cd = METALS.index("Cd")
    taken = plain.cells[45].stock[cd, 0] - mixed.cells[45].stock[cd, 0]
    assert 5.5e-7 < taken <= 6.0e-7
    assert mixed.cells[45].fluxes["remediation"][cd, 0] == -1e-7
    assert mixed.ledger.residual < 1e-12


def test_only_signed_pathways_can_be_booked_by_hand(sim):
    with pytest.raises(ValueError, match="'leaching' is not a signed pathway; these are: remed"):
        sim.cells[0].book("leaching", "Cd", 1.0)


def test_what_is_booked_by_hand_is_checked(sim):
    with pytest.raises(ValueError, match="'Fe' is not one of As, Cd"):
        sim.cells[0].book("remediation", "Fe", 1.0)
    with pytest.raises(ValueError, match="cannot book -inf"):
        sim.cells[0].book("remediation", "Cd", -np.inf)


def test_a_cell_of_another_model_is_refused(sim, make_sim):
    with pytest.raises(ValueError, match="belongs to another model"):
        sim.cells.replace(Remediated(make_sim(), 3))


def test_a_cell_explains_its_last_year(make_sim):
    """What the pathways added to the column sums to the change of its stock."""
    sim = make_sim()
    cell = sim.cells[5, 5]
    before = cell.stock
    sim.step()
    gains = cell.explain()
    change = (cell.stock - before).sum(axis=1) * 1e6
    np.testing.assert_allclose(gains.sum(), change, atol=1e-12 * before.sum() * 1e6)
    assert list(gains.columns) == list(METALS)
    assert gains.loc["leaching", "Cd"] < 0.0 < gains.loc["deposition_background", "Cd"]


def test_a_cell_of_an_unrecorded_run_has_no_history(sim):
    with pytest.raises(RunError, match="the run is not recorded"):
        sim.cells[0].history()


def test_a_recorded_cell_has_a_history_and_explains_its_years(make_sim, tmp_path):
    sim = make_sim({"recorder": ZarrRecorder(tmp_path / "run")})
    sim.run(until=2023)
    cell = sim.cells[5, 5]
    assert cell.history().stock.sizes["year"] == 4
    pd.testing.assert_frame_equal(
        cell.explain(2022), cell.explain(), check_names=False, rtol=1e-12, atol=1e-18
    )
    with pytest.raises(RunError, match="year 2031 is not recorded"):
        cell.explain(2031)
    sim.close()


def test_mesas_verbs_on_views(sim):
    """Each of these came back empty from the base class, which keeps weak references."""
    cells = sim.cells
    assert len(cells) == 120
    assert len(list(cells)) == 120
    assert cells[0] in cells
    assert len(cells.to_list()) == 120
    sealed = cells.get("sealed_share")
    assert isinstance(sealed, np.ndarray)
    some = cells.select(sealed > np.median(sealed))
    assert isinstance(some, CellSet)
    assert 0 < len(some) < 120
    assert len(cells.select(lambda c: c.sealed_share > 0.3)) == (sealed > 0.3).sum()
    assert len(cells.select(at_most=5)) == 5
    assert len(cells.select(at_most=0.25)) == 30
    assert sorted(c.index for c in cells.shuffle()) == list(range(120))
    ordered = cells.sort("sealed_share", ascending=True).get("sealed_share")
    assert (np.diff(ordered) >= 0).all()
    assert cells.sort(lambda c: c.index)[0].index == 119
    districts = cells.groupby("district")
    assert sum(len(s) for s in districts.values()) == 120
    assert set(cells.groupby(lambda c: c.position[0])) == set(range(12))
    assert cells.agg("sealed_share", np.mean) == pytest.approx(sealed.mean())
    assert cells.agg("sealed_share", [np.min, np.max]) == [sealed.min(), sealed.max()]
    assert cells.get("content").shape == (8, 3, 120)
    assert cells.map("__repr__")[0] == "<SoilCell (0, 0)>"
    assert cells.map(lambda c: c.index) == list(range(120))
    assert [v[0] for v in cells.get(["index", "unique_id"])] == [0, 1]
    with pytest.raises(AttributeError):
        cells.get("nonsense")
    assert cells.get("nonsense", handle_missing="default", default_value=3) == [3] * 120


def test_ranges_are_the_runs_of_an_index():
    assert list(ranges(np.array([7, 1, 2, 3, 9, 8]))) == [(1, 4), (7, 10)]
    assert list(ranges(np.array([], dtype=int))) == []
