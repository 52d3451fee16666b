"""The calibrator: what it books, how far, and what it remembers."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.agents.calibrator import FluxCalibrator, NullCalibrator
from simulator.constants import METALS
from simulator.model import Simulation
from simulator.tags import CORRECTIONS
from tests.make_calibration import calibration_by_hand, only_calibration, with_samples

#: Land that stays as it is.
STILL = {
    "built_growth": [{"year": 2020, "rate": 0.0}],
    "densification_rate": 0.0,
    "max_impervious_urban": 0.8,
    "max_impervious_industrial": 0.9,
    "neighbourhood_distance_m": 600.0,
}


def booked(sim):
    return sim.ledger.amounts("calibration")[:, 0].copy()


def soil(sim):
    """Cells with open soil."""
    return (sim.state.flat("open_ground") > 0.0) & sim.region.soil_mask.ravel()


# -- what it books ---------------------------------------------------------------------------------


def test_a_missing_input_adds_up_over_the_years(region, make_scenario):
    """Where nothing else happens a content rises by rate over mass a year."""
    found = calibration_by_hand(region, np.full((8, region.grid.size), 2e-6))
    with only_calibration(region, make_scenario(landuse=STILL, years=4), found) as sim:
        before, mass = sim.state.content()[:, 0], sim.state.flat("soil_mass")[0]
        sim.run()
        at = soil(sim)
        gained = sim.state.content()[:, 0] - before
        expected = np.broadcast_to(4 * 2e-6 / mass[at], (8, at.sum()))
        np.testing.assert_allclose(gained[:, at], expected, rtol=1e-9)


def test_a_missing_loss_takes_a_share_of_what_is_there(region, make_scenario):
    """The content falls as a geometric series, and a richer soil loses more."""
    found = calibration_by_hand(region, np.full((8, region.grid.size), -1e-6))
    with only_calibration(region, make_scenario(landuse=STILL, years=4), found) as sim:
        sim.state.flat("stock")[:, 0, ::2] *= 3.0
        sim.ledger.reopen(0.0)
        before, mass = sim.state.content()[:, 0], sim.state.flat("soil_mass")[0]
        sim.run()
        at = soil(sim)
        share = 1.0 - 1e-6 / (mass[at] * found.reference_content[:, at])
        np.testing.assert_allclose(
            sim.state.content()[:, 0, at], before[:, at] * share**4, rtol=1e-12
        )


def test_it_follows_the_inputs_of_the_year(region, make_scenario):
    """By the formula, from what the ledger holds; three times the usual input is the most."""
    usual = np.full((8, region.grid.size), 1e-6)
    usual[:, ::3] = 1e-12
    found = calibration_by_hand(region, reference_input=usual)
    with Simulation(region, make_scenario(), calibration=found) as sim:
        sim.step()
        before, mass = sim.state.content()[:, 0], sim.state.flat("soil_mass")[0]
        sim.open_year()  # the balance writes what soil has risen in place of what was foreseen
        ground, at = sim.state.flat("open_ground"), soil(sim)
        entered = np.zeros_like(usual)
        for pathway in sim.ledger.pathways:
            if pathway.kind in ("input", "upward"):
                entered += sim.ledger.amounts(pathway.name)[:, 0]
        entered -= sim.ledger.amounts("runoff_sealed")[:, 0]
        sim.cells.do("step")
        sim.close_year()
        ratio = np.minimum(entered[:, at] / ground[at] / usual[:, at], 3.0)
        assert (ratio == 3.0).any()
        assert (ratio < 1.0).any()
        rate = found.rate[:, at]
        loss = rate * before[:, at] / found.reference_content[:, at]
        expected = ground[at] * np.where(rate > 0.0, rate * ratio, loss)
        now = booked(sim)
        # land that was unsealed in the year brought other soil
        still = np.isclose(now[:, at], expected, rtol=1e-9, atol=0.0)
        assert still.mean() > 0.99
        assert (now[:, ~at] == 0.0).all()
        assert mass.min() >= 0.0


def test_stocks_are_never_negative(region, make_scenario):
    """A correction may ask for more than there is; the ledger gives what there is and closes."""
    found = calibration_by_hand(region, np.full((8, region.grid.size), -1.0))
    with Simulation(region, make_scenario(), calibration=found) as sim:
        sim.step()
        assert (sim.state.flat("stock")[:, 0, soil(sim)] == 0.0).all()
        assert (booked(sim)[:, soil(sim)] < 0.0).all()
        sim.step()
        assert (sim.state.stock >= 0.0).all()
        assert sim.ledger.residual < 1e-12


@pytest.mark.parametrize("rate", [1e-6, -1e-6])
def test_without_references_nothing_is_not_a_number(region, make_scenario, rate):
    """Neither an input nor a content to refer to; a rate that is not known."""
    shape = (8, region.grid.size)
    rates = np.full(shape, rate)
    rates[:, ::5] = np.nan
    nothing = {"reference_input": np.zeros(shape), "reference_content": np.zeros(shape)}
    nothing["reference_content"][:, ::2] = np.nan
    found = calibration_by_hand(region, rates, **nothing)
    with Simulation(region, make_scenario(), calibration=found) as sim:
        sim.step()
        now, ground = booked(sim), sim.state.flat("open_ground")
        assert np.isfinite(now).all()
        assert np.isfinite(sim.state.stock).all()
        if rate > 0.0:
            known = np.isfinite(rates)
            np.testing.assert_allclose(now[known], np.broadcast_to(rate * ground, shape)[known])
        else:
            assert (now == 0.0).all()


def test_a_calibration_of_nothing_changes_no_bit(region, make_scenario):
    found = calibration_by_hand(region, 0.0)
    with (
        Simulation(region, make_scenario(), calibration=found) as sim,
        Simulation(region, make_scenario()) as plain,
    ):
        assert isinstance(sim.calibrator, FluxCalibrator)
        assert isinstance(plain.calibrator, NullCalibrator)
        for one in (sim, plain):
            one.run(until=2023)
        np.testing.assert_array_equal(sim.state.stock, plain.state.stock)
        np.testing.assert_array_equal(sim.state.slice_share, plain.state.slice_share)


def test_threads_and_single_cells_have_the_same_bits(region, make_scenario, monkeypatch):
    monkeypatch.setattr("simulator.parallel._BLOCK", 17)
    found = calibration_by_hand(region, reference_input=np.full((8, region.grid.size), 1e-6))
    stocks = []
    for threads, alone in ((1, False), (3, False), (1, True)):
        with Simulation(region, make_scenario(), calibration=found, threads=threads) as sim:
            for _ in range(2):
                if not alone:
                    sim.step()
                    continue
                sim.open_year()
                for cell in sim.cells.shuffle():
                    cell.step()
                sim.close_year()
            stocks.append(sim.state.stock.copy())
    np.testing.assert_array_equal(stocks[0], stocks[1])
    np.testing.assert_array_equal(stocks[0], stocks[2])


def test_source_tags_still_add_up(region, make_scenario):
    """What it adds is tagged as a correction, what it takes is of the mixture that is there."""
    found = calibration_by_hand(region, 5e-6)
    with Simulation(region, make_scenario(tags={"by": "sector"}), calibration=found) as sim:
        tag, at, state = sim.tags.names.index(CORRECTIONS), soil(sim), sim.state
        for year in range(4):
            sim.step()
            if year == 0:  # later straw returns with corrections of years before
                gain = sim.ledger.tags.gain[tag]
                np.testing.assert_allclose(gain, np.maximum(booked(sim), 0.0), rtol=1e-12)
            by_layer = np.add.reduceat(state.tag_stock.sum(axis=0), state.slices.first[:-1], axis=1)
            np.testing.assert_allclose(by_layer, state.stock, rtol=1e-13, atol=1e-25)
            assert (state.tag_stock >= 0.0).all()
        share = sim.state.content_by_tag()[tag, :, 0]
        assert (share[:, at & (found.rate[0] > 0.0)] > 0.0).all()


# -- what it remembers -----------------------------------------------------------------------------


def test_status_weight_and_rate_are_those_of_the_calibration(region, make_scenario):
    weight = np.ones((8, region.grid.size))
    weight[:, :10] = 0.2
    found = calibration_by_hand(region, weight=weight)
    with Simulation(region, make_scenario(), calibration=found) as sim:
        agent = sim.calibrator
        assert agent.rate is found.rate
        assert agent.weight is found.weight
        assert set(np.unique(agent.status)) == {0, 2, 3}
        assert (agent.status[:, ~region.soil_mask.ravel()] == 0).all()


def test_content_less_the_corrections_is_that_of_the_processes(region, make_scenario):
    """As a run without calibration shows: to a tenth of the correction, better than its sum."""
    sampled = with_samples(region, [2024])
    found = calibration_by_hand(sampled, 2e-4 * region.background[:, :1].reshape(8, -1))
    scenario = make_scenario(landuse=STILL)
    with (
        Simulation(sampled, scenario, calibration=found) as sim,
        Simulation(sampled, scenario) as plain,
    ):
        for one in (sim, plain):
            one.run()
        agent = sim.calibrator
        cell = agent._cell
        mass = sim.state.flat("soil_mass")[0, cell][:, None]
        corrected, process = (s.state.content()[:, 0, cell].T for s in (sim, plain))
        added = corrected - process
        assert (added > 0.0).all()
        error = np.abs(agent._held / mass - added) / added
        assert (error < 0.1).all()
        summed = np.abs(6 * found.rate[:, cell].T / mass - added) / added
        assert (np.median(error, axis=0) < np.median(summed, axis=0)).all()


def test_a_scenario_without_calibration_has_none(make_sim):
    with make_sim() as sim:
        assert sim.calibration is None
        assert sim.adjustments.is_none
        assert sim.calibrator.to_arrays() == {}
        assert sim.calibrator.years_due == ()
    assert len(METALS) == 8
