"""Interventions on sources: what they emit, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.inventory import make_inventory
from simulator import Simulation
from simulator.agents.emitter import mercury_species
from simulator.constants import METALS
from simulator.data import Parameters
from simulator.emission_factors import emission_factor
from simulator.processes.agriculture import Agriculture
from simulator.processes.deposition import Deposition
from simulator.region import read_region
from tests.make_area_sources import add_area_sources
from tests.make_region import CELL, X_MIN, Y_MAX, make_region
from tests.make_schedules import thin_weather

P = Parameters()
CD, HG = METALS.index("Cd"), METALS.index("Hg")
#: Coal of the power station of the small region. [t yr-1]
COAL = 2.4e6
#: A place in the north-west, away from all sources.
AWAY = [X_MIN + 2.5 * CELL, Y_MAX - 2.5 * CELL]


@pytest.fixture(scope="module")
def spread_region(tmp_path_factory):
    """A region with area sources whose plumes are quick."""
    made = make_region(tmp_path_factory.mktemp("regions") / "testland")
    thin_weather(made)
    return read_region(add_area_sources(made))


@pytest.fixture
def simulate(spread_region, make_scenario):
    """Simulate deposition alone under interventions, to the end."""

    def run(*acts, **overrides):
        scenario = make_scenario(
            region=str(spread_region.folder), interventions=list(acts), **overrides
        )
        sim = Simulation(spread_region, scenario, processes=[Deposition()], settle=False)
        sim.run()
        sim.close()
        return sim

    return run


def act(kind, date=2021.0, sources=("coal-1",), **keys):
    return {"kind": kind, "date": date, "sources": list(sources), **keys}


def history(sim, source="coal-1", metal=CD):
    """Emission of a source by year. [kg yr-1]."""
    found = next(s for s in sim.emitters if s.source_id == source)
    return np.array([kg[metal] for kg in found.history.values()])


def power(control="ESP+WFGD", fuel="", technology=""):
    """Emission of the power station in a full year. [kg]."""
    return COAL * emission_factor(P, "coal power", control, "t coal", technology, fuel).value


def falling(sim):
    """Dry and wet deposition of the last year, ``[metal, cell]``. [kg m-2 yr-1]."""
    names = ("deposition_dry", "deposition_wet")
    return sum(sim.ledger.flux[:, sim.ledger.slot(name)] for name in names)


ALL_KINDS = [
    act("close", 2021.3, ["sector:secondary copper"], compliance=0.7, ramp_years=1.5),
    act("retrofit", 2021.6, ["sector:road traffic"], removal={"Pb": 0.4, "all": 0.2}),
    act("retrofit", 2021.2, control="ultra-low", compliance=0.8, ramp_years=2.0),
    act("switch_fuel", 2022.5, ["coal-1", "boilers"], fuel="coal of Zhejiang"),
    act("relocate", 2022.25, ["waste-1", "coal-1"], name="out", to=AWAY, strength=0.6),
    act("cap_activity", 2021.0, ["sector:waste incineration"], factor=0.5, ramp_years=1.0),
    act("cap_load", 2021.75, ["all"], cap={"Cd": 5.0, "Hg": 20.0}),
]


# -- close and retrofit ----------------------------------------------------------------------------


def test_a_part_closes(simulate):
    """Two thirds of 0.6 comply from mid-2021: 0.4 of it is gone."""
    sim = simulate(act("close", 2021.5, strength=0.6, compliance=2 / 3), years=3)
    assert history(sim) / power()[CD] == pytest.approx([1.0, 0.8, 0.6])


def test_closing_gradually(simulate):
    """Over two years from 2021.5 the share gone has the means 1/16, 1/2, 15/16, then 1."""
    sim = simulate(act("close", 2021.5, ramp_years=2.0), years=5)
    gone = np.array([0.0, 1 / 16, 1 / 2, 15 / 16, 1.0])
    assert 1.0 - history(sim) / power()[CD] == pytest.approx(gone, abs=1e-12)
    reach = [sim.interventions[0].reach(year) for year in range(2020, 2025)]
    assert reach == pytest.approx(gone)


def test_ramps_of_two_acts_multiply_in_time(simulate):
    """Both over 2021: the mean of (1 - t)(1 - t / 2) is 5/12, not 1/2 x 3/4."""
    sim = simulate(
        act("close", 2021.0, ramp_years=1.0),
        act("retrofit", 2021.0, ramp_years=1.0, removal={"all": 0.5}),
        years=2,
    )
    assert history(sim)[1] / power()[CD] == pytest.approx(5 / 12, rel=1e-12)


def test_removal_in_part(simulate):
    """Half of the sources comply, 0.8 of lead and 0.1 of the others is removed."""
    sim = simulate(
        act("retrofit", 2021.0, removal={"Pb": 0.8, "all": 0.1}, compliance=0.5), years=2
    )
    expected = np.where(np.array(METALS) == "Pb", 0.6, 0.95)
    assert sim.sources[0].emission == pytest.approx(expected * power())


def test_a_control_of_the_tables(simulate):
    """A quarter works ultra-low from 2021.5 on, an eighth of the year's coal."""
    sim = simulate(act("retrofit", 2021.5, control="ultra-low", compliance=0.25), years=3)
    plant = sim.sources[0]
    assert plant.history[2021] == pytest.approx(0.875 * power() + 0.125 * power("ultra-low"))
    assert plant.history[2022] == pytest.approx(0.75 * power() + 0.25 * power("ultra-low"))
    mercury = sum(
        share * power(control)[HG] * mercury_species(P, "coal power", control)
        for share, control in ((0.75, "ESP+WFGD"), (0.25, "ultra-low"))
    )
    assert plant.by_mode()[HG] == pytest.approx(mercury)
    assert plant.control_at(2023.0) == "ESP+WFGD"


# -- fuels -----------------------------------------------------------------------------------------


def test_another_fuel_burnt_in_another_way(simulate):
    sim = simulate(
        act("switch_fuel", 2021.0, fuel="coal of Zhejiang"),
        act("switch_fuel", 2022.5, fuel="coal of Anhui", technology="stoker", compliance=0.5),
        years=4,
    )
    zhejiang = power(fuel="coal of Zhejiang")
    anhui = power(fuel="coal of Anhui", technology="stoker")
    plant = sim.sources[0]
    assert plant.history[2021] == pytest.approx(zhejiang)
    assert plant.history[2022] == pytest.approx(0.75 * zhejiang + 0.25 * anhui)
    assert plant.history[2023] == pytest.approx(0.5 * zhejiang + 0.5 * anhui)


def test_stoves_and_boilers_switch_too(simulate):
    sim = simulate(act("switch_fuel", 2021.5, ["boilers"], fuel="coal of Zhejiang"), years=3)
    boilers = sim.area_sources[1]
    args = (boilers.control, "t coal", boilers.operation.setting.technology)
    new = emission_factor(P, "small industry", *args, "coal of Zhejiang").value * boilers.activity
    old = boilers.history[2020]
    assert boilers.history[2022] == pytest.approx(new)
    assert boilers.history[2021] == pytest.approx(0.5 * (old + new))


# -- caps ------------------------------------------------------------------------------------------


def test_a_cap_on_load_binds_exactly(simulate):
    """All sources together, of two metals; each keeps its part of the sum."""
    plain = simulate(years=4)
    total = sum(history(plain, s.source_id) for s in plain.emitters)[0]
    mercury = sum(history(plain, s.source_id, HG) for s in plain.emitters)[0]
    cap = {"Cd": 0.3 * total, "Hg": 2.0 * mercury}
    sim = simulate(act("cap_load", 2021.5, ["all"], cap=cap, ramp_years=1.0), years=4)
    sums = np.sum([list(s.history.values()) for s in sim.emitters], axis=0)
    # reach 1/8 in 2021, 7/8 in 2022, then all of it
    assert sums[:, CD] / total == pytest.approx([1.0, 1 - 0.7 / 8, 1 - 0.7 * 7 / 8, 0.3])
    assert sums[:, HG] == pytest.approx(4 * [mercury])
    for a, b in zip(sim.emitters, plain.emitters, strict=True):
        left = a.history[2023][CD] / b.history[2023][CD]
        assert left == pytest.approx(0.3)
        assert a.by_mode().sum(axis=1)[CD] == pytest.approx(a.emission[CD])
    assert falling(sim)[CD] == pytest.approx(0.3 * falling(plain)[CD], rel=1e-6)
    assert falling(sim)[HG] == pytest.approx(falling(plain)[HG], rel=1e-6)


def test_a_cap_above_the_load_changes_no_bit(simulate):
    plain = simulate(years=3)
    sim = simulate(act("cap_load", 2020.0, ["all"], cap={"Cd": 1e9}), years=3)
    np.testing.assert_array_equal(sim.ledger.flux, plain.ledger.flux)


def test_a_cap_of_nothing(simulate):
    sim = simulate(act("cap_load", 2021.0, cap={"Cd": 0.0}), years=2)
    assert history(sim)[1] == 0.0
    assert history(sim, metal=HG)[1] == pytest.approx(power()[HG])


def test_a_cap_on_activity_holds_a_growing_sector(simulate):
    """The path goes 1, 1.5, 2; at most 1.2 from mid-2021 on."""
    path = [{"year": 2020, "factor": 1.0}, {"year": 2022, "factor": 2.0}]
    growing = {"emission": {"paths": [{"sector": "coal power", "path": path}]}}
    sim = simulate(act("cap_activity", 2021.5, factor=1.2), years=3, **growing)
    assert history(sim) / power()[CD] == pytest.approx([1.0, (1.5 + 1.2) / 2, 1.2])
    part = simulate(act("cap_activity", 2021.0, factor=1.2, compliance=0.5), years=3, **growing)
    assert history(part) / power()[CD] == pytest.approx([1.0, 1.35, 1.6])


# -- relocation ------------------------------------------------------------------------------------


def test_what_moves_is_emitted_elsewhere(simulate, spread_region):
    plain = simulate(years=4)
    sim = simulate(act("relocate", 2021.5, name="coast", to=AWAY, ramp_years=1.0), years=4)
    moved = sim.sources[3]
    assert moved.source_id == "coal-1@coast"
    assert moved.position == tuple(AWAY)
    here, there = history(sim), history(sim, "coal-1@coast")
    assert there / power()[CD] == pytest.approx([0.0, 1 / 8, 7 / 8, 1.0])
    assert here + there == pytest.approx(history(plain), rel=1e-12)


def test_the_deposition_moves_along(simulate, spread_region):
    """The low stack of the copper works leaves most beside where it stands."""
    copper = ["copper-1"]
    without = falling(simulate(act("close", 2021.0, copper), years=2))[CD]
    place = tuple(simulate(years=1).sources[2].position)
    for acts, where in (
        ([], place),
        ([act("relocate", 2021.0, copper, name="n", to=AWAY)], tuple(AWAY)),
    ):
        own = falling(simulate(*acts, years=2))[CD] - without
        assert own.min() >= -1e-12 * own.max()
        row, col = np.unravel_index(np.argmax(own), spread_region.grid.shape)
        here = spread_region.grid.cell_of(*where)
        assert max(abs(row - here[0]), abs(col - here[1])) <= 1


def test_moving_on_the_spot_leaves_the_deposition(simulate):
    plain = simulate(years=3)
    place = list(plain.sources[0].position)
    sim = simulate(act("relocate", 2021.25, name="same", to=place, strength=0.4), years=3)
    np.testing.assert_allclose(falling(sim), falling(plain), rtol=1e-6)


def test_what_moves_stays_what_it_is(simulate):
    """A retrofit of before and a closure of after the move act at both places."""
    others = [
        act("retrofit", 2020.5, control="ultra-low"),
        act("close", 2023.5, ["sector:coal power"]),
        act("cap_activity", 2022.0, factor=0.5),
    ]
    plain = simulate(*others, years=5)
    sim = simulate(*others, act("relocate", 2021.5, name="n", to=AWAY, compliance=0.5), years=5)
    here, there = history(sim), history(sim, "coal-1@n")
    assert here + there == pytest.approx(history(plain), rel=1e-12)
    assert there[2:] == pytest.approx(here[2:])
    assert there[1] == pytest.approx(here[1] / 3)  # a quarter of the year's, and three quarters
    assert there[4] == 0.0


def test_moving_twice(simulate):
    """0.5 at a first place from 2021; then 0.4 of all, wherever it is, at a second."""
    spot = [AWAY[0] + CELL, AWAY[1]]
    sim = simulate(
        act("relocate", 2022.0, name="second", to=spot, strength=0.4),
        act("relocate", 2021.0, name="first", to=AWAY, strength=0.5),
        years=3,
    )
    ids = ("coal-1", "coal-1@first", "coal-1@second")
    found = np.array([history(sim, name) for name in ids]) / power()[CD]
    assert found[:, 1] == pytest.approx([0.5, 0.5, 0.0])
    assert found[:, 2] == pytest.approx([0.3, 0.3, 0.4])


def test_out_of_the_region(simulate):
    sim = simulate(act("relocate", 2021.5, name="n", to="outside", compliance=0.5), years=3)
    assert len(sim.sources) == 3
    assert history(sim) / power()[CD] == pytest.approx([1.0, 0.75, 0.5])


def test_a_cap_counts_both_places(simulate):
    half = float(0.5 * power()[CD])
    sim = simulate(
        act("relocate", 2020.0, name="n", to=AWAY, strength=0.25),
        act("cap_load", 2021.0, cap={"Cd": half}),
        years=2,
    )
    assert history(sim)[1] == pytest.approx(0.75 * half)
    assert history(sim, "coal-1@n")[1] == pytest.approx(0.25 * half)


def test_tags_stay_with_the_plant(simulate):
    sim = simulate(
        act("relocate", 2021.0, name="n", to=AWAY),
        years=2,
        tags={"by": "sector", "plants": ["coal-1"]},
    )
    of = sim.tags.of_source
    assert of[3] == of[0]
    assert sim.tags.names[of[0]] == "source:coal-1"


# -- all of them -----------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["strength", "compliance"])
def test_without_reach_no_bit_changes(simulate, key):
    plain = simulate(years=3)
    sim = simulate(*({**a, key: 0.0, "date": 2020.4} for a in ALL_KINDS), years=3)
    np.testing.assert_array_equal(sim.ledger.flux, plain.ledger.flux)
    for a, b in zip(sim.sources, plain.sources, strict=False):
        np.testing.assert_array_equal(list(a.history.values()), list(b.history.values()))


def test_a_policy_for_sectors_that_are_not_here_changes_no_bit(simulate):
    plain = simulate(years=3)
    costly = {"sources": ["sector:cement"], "cost": {"capital": 9.0}, "policy": "clean"}
    sim = simulate(*({**a, **costly} for a in ALL_KINDS), years=3)
    np.testing.assert_array_equal(sim.ledger.flux, plain.ledger.flux)
    assert sum(a.cost(year) for a in sim.interventions for year in range(2020, 2023)) == 0.0
    assert sum("of clean does nothing and costs nothing" in w for w in sim.warnings) == len(
        sim.interventions
    )


def test_the_inventory_is_that_of_the_run(simulate, spread_region):
    sim = simulate(*ALL_KINDS, years=4)
    made = make_inventory(spread_region, sim.scenario, range(2020, 2024))
    table = made.sources.set_index(["year", "id", "metal"])
    for source in sim.emitters:
        for year, kg in source.history.items():
            found = table.loc[[(year, source.source_id, metal) for metal in METALS]]
            np.testing.assert_allclose(found["kg"], kg, rtol=1e-12)
            assert (found["low"] <= found["kg"] * (1 + 1e-12)).all()
            assert (found["high"] >= found["kg"] * (1 - 1e-12)).all()
    assert set(made.sources["id"]) >= {"coal-1@out", "waste-1@out"}


def test_the_year_closes_under_all_of_them(spread_region, make_scenario):
    scenario = make_scenario(
        region=str(spread_region.folder), interventions=ALL_KINDS, years=4, tags={"by": "sector"}
    )
    processes = [Deposition(), Agriculture()]
    with Simulation(spread_region, scenario, processes=processes, settle=False) as sim:
        sim.run()  # raises if a year does not close
        assert sim.ledger.residual < 1e-12
