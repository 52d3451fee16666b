"""The simulation: mass, bits, policies, and the agents' part in it."""

from __future__ import annotations

import gc
import pickle
import weakref
from dataclasses import replace

import numpy as np
import pytest

from simulator.constants import METALS
from simulator.errors import BalanceError, RunError
from simulator.ledger import TOLERANCE, Pathway
from simulator.model import Simulation
from simulator.processes import Process, default_processes, in_order
from simulator.schedule import Phase


def same_state(a, b) -> bool:
    keys = ("stock", "stock_sealed", "open_share", "sealed_share", "percolation", "soil_loss")
    return all((getattr(a.state, k) == getattr(b.state, k)).all() for k in keys) and bool(
        (a.ledger.flux == b.ledger.flux).all()
    )


def test_the_change_of_the_region_is_what_the_ledger_says(make_sim):
    """Sum over years of the external fluxes = change of the whole stock, open and sealed."""
    sim = make_sim()
    before = sim.state.total()
    gained = np.zeros(len(METALS))
    while sim.year < sim.end:
        sim.step()
        gained += sim.ledger.net_input(sim.ledger.totals())
    np.testing.assert_allclose(sim.state.total() - before, gained, rtol=1e-11, atol=1e-15)
    assert sim.ledger.residual < TOLERANCE
    assert (np.abs(gained) > 0.0).all()


def test_one_thread_and_many_give_the_same_bits(make_sim, monkeypatch):
    monkeypatch.setattr("simulator.parallel._BLOCK", 7)
    serial, parallel = make_sim({"threads": 1}), make_sim({"threads": 3})
    serial.run()
    parallel.run()
    assert same_state(serial, parallel)


def test_same_seed_same_bits_and_another_seed_other_land(make_sim):
    a, b, c = make_sim(), make_sim(), make_sim(seed=8)
    for sim in (a, b, c):
        sim.run()
    assert same_state(a, b)
    assert (a.parcels.land_class != c.parcels.land_class).any()


@pytest.mark.parametrize("order", ["forward", "shuffled"])
def test_cells_stepped_alone_and_the_batch_give_the_same_bits(make_sim, order):
    batch, alone = make_sim(), make_sim()
    for _ in range(3):
        batch.step()
        alone.open_year()
        cells = alone.cells if order == "forward" else alone.cells.shuffle()
        for cell in cells:
            cell.step()
        alone.close_year()
    assert same_state(batch, alone)


def test_the_set_steps_as_the_batch_does(make_sim):
    batch, by_set = make_sim(), make_sim()
    batch.step()
    by_set.open_year()
    third = np.arange(by_set.state.n_cell) % 3 == 0
    by_set.cells.select(third).do("step")
    by_set.cells.select(~third).do("step")
    by_set.close_year()
    assert same_state(batch, by_set)


def test_what_erosion_takes_from_uniform_soil_comes_back_from_below(make_sim):
    """Surface lowering moves soil up: what comes up has the content of the slice below the edge."""
    sim = make_sim()
    first, slices = sim.state.slices.first[1], sim.state.slices

    def content_below() -> np.ndarray:
        part = sim.state.slice_share[:, first].reshape(len(METALS), -1) / slices.share[first]
        return np.nan_to_num(sim.state.content()[:, 1] * part)

    before = content_below()
    sim.step()
    up = sim.ledger.amounts("exhumation")
    assert (up >= 0.0).all()
    delivery = sim.state.flat("sediment_delivery")
    loss = sim.state.flat("soil_loss") * delivery * sim.state.flat("open_ground")
    assert (delivery > 0.0).all()
    expected = loss * 0.5 * (before + content_below())
    np.testing.assert_allclose(up[:, 0], expected, rtol=0.05, atol=1e-18)


def test_sealed_ground_keeps_its_stock_and_passes_deposition_on(make_sim):
    sim = make_sim()
    sealed_before = sim.state.stock_sealed.copy()
    share_before = sim.state.sealed_share.copy()
    sim.step()
    same = sim.state.sealed_share == share_before
    assert same.any()
    assert (sim.state.stock_sealed[..., same] == sealed_before[..., same]).all()
    falling = sum(
        sim.ledger.amounts(p)[:, 0]
        for p in ("deposition_dry", "deposition_wet", "deposition_background")
    )
    sealed, ground = sim.state.flat("sealed_share"), sim.state.flat("open_ground")
    with np.errstate(invalid="ignore"):
        expected = falling * np.nan_to_num(sealed / (sealed + ground))
    off = sim.ledger.amounts("runoff_sealed")[:, 0]
    np.testing.assert_allclose(off, expected, rtol=1e-12)
    assert off.sum() > 0.0


def test_cells_without_soil_take_no_part(make_sim):
    sim = make_sim()
    sim.run()
    outside = ~sim.region.soil_mask.reshape(-1)
    assert outside.any()
    assert (sim.ledger.flux[:, :, outside] == 0.0).all()
    assert np.isnan(sim.state.content()[:, :, outside]).all()


class Thief(Process):
    """Takes metal and does not book it."""

    phase = Phase.RECORD

    def begin_year(self, year):
        self.state.stock[0, 0] *= 0.99


def test_a_process_that_does_not_book_stops_the_run(make_sim):
    sim = make_sim({"processes": [*default_processes(), Thief()]})
    sim.step()
    with pytest.raises(BalanceError, match=r"2021 does not close: relative residual .* \(cells"):
        sim.step()


class Interrupts(Process):
    """Is interrupted in one year, as by Ctrl-C in a notebook."""

    phase = Phase.LOSSES

    def begin_year(self, year):
        if year == 2022:
            raise KeyboardInterrupt


def test_a_year_left_half_done_cannot_be_gone_on_with(make_sim):
    """Whatever was not run of it would be missing, and later years would be wrong in silence."""
    sim = make_sim({"processes": [*default_processes(), Interrupts()]})
    with pytest.raises(KeyboardInterrupt):
        sim.run()
    for again in (sim.run, sim.step, sim.open_year, sim.close_year):
        with pytest.raises(RunError, match="year 2022 is left half done"):
            again()


def test_a_year_is_begun_and_ended_once(make_sim):
    sim = make_sim(years=1)
    with pytest.raises(RunError, match="between open_year"):
        sim.cells.do("step")
    with pytest.raises(RunError, match="between open_year"):
        sim.cells[0].step()
    with pytest.raises(RunError, match="closed"):
        sim.close_year()
    sim.open_year()
    with pytest.raises(RunError, match="is open and cannot be begun"):
        sim.step()
    sim.cells.do("step")
    sim.close_year()
    with pytest.raises(RunError, match="the scenario ends before 2021"):
        sim.step()


@pytest.mark.parametrize("times", [0, 2])
def test_a_cell_stepped_twice_or_never_does_not_close(make_sim, times):
    sim = make_sim()
    sim.open_year()
    sim.cells.select(np.arange(sim.state.n_cell) != 7).do("step")
    for _ in range(times):
        sim.cells[7].step()
    with pytest.raises(BalanceError, match="stepped twice or not at all"):
        sim.close_year()


class NegativeRate(Process):
    """Gives a loss that makes metal."""

    phase = Phase.LOSSES
    pathways = (Pathway("gain", "Gain", "loss"),)

    def book(self, start, stop):
        self.ledger.flux[:, self.ledger.slot("gain"), start:stop] = -1e-3


def test_a_negative_rate_stops_the_run(make_sim):
    sim = make_sim({"processes": [*default_processes(), NegativeRate()]})
    with pytest.raises(BalanceError, match="negative rate"):
        sim.step()


def test_what_an_event_books_inside_the_year_stays(make_sim):
    """A dated booking on a signed slot is balanced at the end of its year."""
    sim = make_sim()

    def dig(**_):
        sim.ledger.amounts("remediation")[METALS.index("Cd"), 0, 45] -= 1e-7

    sim._on_dig = dig
    sim.calendar.add(2020.5, Phase.POLICY, "dig")
    sim.step()
    assert sim.ledger.amounts("remediation")[METALS.index("Cd"), 0, 45] == -1e-7
    sim.step()
    assert (sim.ledger.amounts("remediation") == 0.0).all()


def test_processes_serve_one_simulation(make_sim):
    processes = default_processes()
    make_sim({"processes": processes})
    with pytest.raises(ValueError, match="serves another simulation"):
        make_sim({"processes": processes})


class Falling(Process):
    """Something of the user's that falls from the air, on pavement too."""

    phase = Phase.DEPOSITION
    pathways = (Pathway("dust", "Dust", "input", falls=True),)

    def book(self, start, stop):
        ground = self.state.flat("open_ground") + self.state.flat("sealed_share")
        self.ledger.flux[:, self.ledger.slot("dust"), start:stop] = 1e-6 * ground[start:stop]


def test_what_falls_on_pavement_runs_off_whoever_booked_it(make_sim):
    plain, dusty = make_sim(), make_sim({"processes": [*default_processes(), Falling()]})
    plain.step()
    dusty.step()
    more = dusty.ledger.amounts("runoff_sealed") - plain.ledger.amounts("runoff_sealed")
    np.testing.assert_allclose(more[0, 0], 1e-6 * plain.state.flat("sealed_share"), atol=1e-18)


class Dumping(Process):
    """A user's own process with a pathway of its own."""

    phase = Phase.AGRICULTURE
    pathways = (Pathway("dumping", "Dumping", "input"),)

    def book(self, start, stop):
        flux, slot = self.ledger.flux, self.ledger.slot("dumping")
        flux[:, slot, start:stop] = 1e-6 * self.state.flat("open_ground")[start:stop]


def test_a_new_process_books_under_its_own_pathway_and_touches_no_other_file(make_sim):
    plain, dumped = make_sim(), make_sim({"processes": [*default_processes(), Dumping()]})
    plain.step()
    dumped.step()
    booked = dumped.ledger.amounts("dumping").sum(axis=(1, 2))
    assert (booked > 0.0).all()
    gain = dumped.state.total() - plain.state.total()
    assert ((gain > 0.9 * booked) & (gain <= booked)).all()


def test_pathways_are_unique(make_sim):
    with pytest.raises(ValueError, match="'dumping' is booked by two processes"):
        make_sim({"processes": [*default_processes(), Dumping(), Dumping()]})


def test_a_process_may_not_read_what_is_written_later():
    class Early(Process):
        phase = Phase.DEPOSITION
        reads = ("percolation",)

    with pytest.raises(ValueError, match="Early reads 'percolation', which WaterBalance writes"):
        in_order([*default_processes(), Early()])


def test_a_process_may_not_read_what_nobody_writes():
    without_water = [p for p in default_processes() if p.name != "WaterBalance"]
    with pytest.raises(ValueError, match="Runoff reads 'runoff_depth', which no process writes"):
        in_order(without_water)


def test_an_intervention_at_midyear_halves_the_year(make_sim):
    """Closing at 2022.5 leaves half of 2022's emission and none after."""
    closed = make_sim(
        interventions=[{"kind": "close", "date": 2022.5, "sources": ["sector:coal power"]}]
    )
    free = make_sim()
    closed.run()
    free.run()
    pairs = zip(closed.sources, free.sources, strict=True)
    coal = [(a, b) for a, b in pairs if a.sector == "coal power"]
    assert coal
    for a, b in coal:
        np.testing.assert_array_equal(a.history[2021], b.history[2021])
        np.testing.assert_allclose(a.history[2022], 0.5 * b.history[2022], rtol=1e-12)
        assert (a.history[2023] == 0.0).all()


def test_a_retrofit_takes_its_share_of_the_metals_it_names(make_sim):
    sim = make_sim(
        interventions=[
            {"kind": "retrofit", "date": 2021.0, "sources": ["sector:coal power"],
             "removal": {"Hg": 0.6}}
        ]
    )  # fmt: skip
    sim.run(until=2022)
    source = next(s for s in sim.sources if s.sector == "coal power")
    ratio = source.history[2021] / source.history[2020]
    assert ratio[METALS.index("Hg")] == pytest.approx(0.4)
    assert ratio[METALS.index("Cd")] == pytest.approx(1.0)


def test_an_input_is_scaled_over_its_ramp(make_sim):
    """Factor 0 over two years from 2021.0: means 1, 0.75, 0.25, 0."""
    sim = make_sim(
        interventions=[
            {"kind": "scale_input", "date": 2021.0, "pathway": "manure", "factor": 0.0,
             "ramp_years": 2.0}
        ]
    )  # fmt: skip
    means = [sim.input_factor("manure", year) for year in (2020, 2021, 2022, 2023)]
    np.testing.assert_allclose(means, np.outer([1.0, 0.75, 0.25, 0.0], np.ones(len(METALS))))
    assert (sim.input_factor("fertiliser", 2023) == 1.0).all()


def test_protected_parcels_are_not_built_on(make_sim, region):
    free = make_sim()
    free.run()
    built = [e.parcel for e in free.parcels.history]
    assert built
    guarded = make_sim(interventions=[{"kind": "protect", "date": 2020.0, "parcels": built}])
    guarded.run()
    assert not set(built) & {e.parcel for e in guarded.parcels.history}


def test_a_finished_model_is_let_go(make_sim):
    """Mesa 3.3 keeps every model that ever held an agent; closing ours frees it."""
    sim = make_sim()
    sim.step()
    ghost = weakref.ref(sim)
    with sim:
        pass
    del sim
    gc.collect()
    assert ghost() is None


def test_the_calendar_of_a_model_can_be_pickled(make_sim):
    sim = make_sim()
    sim.step()
    assert pickle.loads(pickle.dumps(sim.calendar)).past == sim.calendar.past


def test_a_region_without_sources_has_its_years(region, make_scenario):
    bare = replace(region, sources=region.sources.iloc[:0])
    with Simulation(bare, make_scenario()) as sim:
        sim.step()
        assert sim.ledger.amounts("deposition_dry").sum() == 0.0
        assert sim.ledger.residual < 1e-12
