"""Interventions on land: what they keep open, cut, open again and lead into the soil."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
import shapely
from pydantic import ValidationError

from simulator.agents.interventions.land import built_distance, ramp_at
from simulator.agents.open_land import within_share
from simulator.constants import LAND_CLASSES
from simulator.model import Simulation
from simulator.record import RunFolder, branch, resume
from simulator.scenario import check_scenario, read_scenario, select_parcels
from tests.agents.town import parcel_set
from tests.record.runs import Crash, assert_same, crashing, record

FAST = {
    "built_growth": [{"year": 2020, "rate": 0.2}],
    "densification_rate": 0.05,
    "max_impervious_urban": 0.8,
    "max_impervious_industrial": 0.9,
    "neighbourhood_distance_m": 600.0,
}


def act(kind, **keys):
    return {"kind": kind, "date": 2021.0, **keys}


@pytest.fixture
def run(make_sim):
    """A run of the small region under some interventions, closed in the end."""
    made = []

    def start(*acts, until=None, **overrides):
        sim = make_sim(interventions=list(acts), **{"landuse": FAST, **overrides})
        made.append(sim)
        if until is not None:
            sim.run(until=until)
        return sim

    yield start
    for sim in made:
        sim.close()


@pytest.fixture(scope="module")
def plain(region, make_scenario):
    """Runs without interventions, after one year and after all six."""
    with contextlib.ExitStack() as stack:
        scenario = make_scenario(landuse=FAST)
        first, whole = (stack.enter_context(Simulation(region, scenario)) for _ in range(2))
        first.step()
        whole.run()
        yield first, whole


def same_bits(a, b):
    """All that a checkpoint holds and all fluxes are the same."""
    parcels = zip(a.parcels.to_arrays().values(), b.parcels.to_arrays().values(), strict=True)
    return (
        a.ledger.flux.tobytes() == b.ledger.flux.tobytes()
        and a.state.stock.tobytes() == b.state.stock.tobytes()
        and a.state.ph.tobytes() == b.state.ph.tobytes()
        and a.state.solution_coefficient.tobytes() == b.state.solution_coefficient.tobytes()
        and all(x.tobytes() == y.tobytes() for x, y in parcels)
    )


ALL_KINDS = [
    act("protect", parcels=["district:South"]),
    act("red_line", share=0.9),
    act("green_belt", width_m=800.0),
    act("cap_built", rate=0.01, area_km2=3.0),
    act("unseal", parcels=["class:urban"], rate=0.1, floor=0.2),
    act("retain_runoff", parcels=["all"], share=0.5),
    act("building_standard", max_impervious=0.2),
    act("lime", parcels=["class:paddy"], ph=1.0),
    act("phytoextract", parcels=["all"]),
    act("remove_soil", parcels=["class:paddy"], depth_m=0.1, content={"Cd": 0.05}),
]


def test_without_strength_nothing_happens(run, plain):
    sim = run(*[a | {"strength": 0.0} for a in ALL_KINDS], until=2026)
    assert same_bits(plain[1], sim)


@pytest.mark.parametrize("entry", ALL_KINDS, ids=[a["kind"] for a in ALL_KINDS])
def test_nothing_happens_before_the_date_and_something_after(run, plain, entry):
    sim = run(entry)
    sim.step()
    assert same_bits(plain[0], sim)
    sim.run()
    assert not same_bits(plain[1], sim)
    assert sim.ledger.residual < 1e-12
    assert (sim.state.stock >= 0.0).all()
    assert (sim.state.stock_sealed >= 0.0).all()


# -- what is kept open -----------------------------------------------------------------------------


KEPT = [
    act("protect", parcels=["class:paddy"]),
    act("red_line", share=1.0),
    act("green_belt", width_m=900.0),
]


@pytest.mark.parametrize("entry", KEPT, ids=[a["kind"] for a in KEPT])
def test_what_is_kept_open_is_never_built_on(run, plain, entry):
    sim = run(entry, until=2021)
    chosen = sim.interventions[0].kept(1.0)
    still_open = set(sim.parcels.map.ids[chosen & ~sim.parcels.built].tolist())
    sim.run()
    later = {e.parcel for e in sim.parcels.history if e.year >= 2021}
    assert still_open
    assert not later & still_open
    assert {e.parcel for e in plain[1].parcels.history if e.year >= 2021} & still_open
    assert sim.interventions[0].area == pytest.approx(sim.parcels.map.area[chosen].sum())


def test_the_first_parcels_are_protected_up_to_the_share_that_follows(run):
    entry = act("protect", parcels=["district:North"], strength=0.5, compliance=0.8)
    sim = run(entry, until=2022)
    area, ids = sim.parcels.map.area, sim.parcels.map.ids
    asked = np.isin(ids, select_parcels(["district:North"], sim.region))
    got = sim.parcels.protected & asked
    assert (sim.parcels.protected == got).all()  # that of the region lies in the north
    assert 0.4 - area.max() / area[asked].sum() < area[got].sum() / area[asked].sum() <= 0.4
    assert (ids[got] == ids[asked][: got.sum()]).all()


def test_protection_grows_with_the_ramp(run):
    entry = act("protect", parcels=["all"], ramp_years=4.0)
    sim, shares = run(entry), []
    around = sim.parcels.map
    water = around.class_at_start == LAND_CLASSES.index("water")
    whole = around.area[~around.built_at_start & ~water].sum()
    for _ in range(6):
        sim.step()
        shares.append(around.area[sim.parcels.protected].sum())
    for share, done in zip(shares[1:], (0.25, 0.5, 0.75, 1.0), strict=False):
        assert (done - 0.1) * whole < share <= done * whole
    assert shares[4] == pytest.approx(whole)
    assert [sim.interventions[0].reach(y) for y in (2020, 2021, 2024, 2030)] == [0, 0.25, 1, 1]


def test_a_belt_lies_between_its_distances(run):
    sim = run(act("green_belt", width_m=700.0, distance_m=300.0))
    around = sim.parcels.map
    towns = shapely.union_all(around.geometry[around.built_at_start])
    distance = shapely.distance(around.geometry, towns)
    water = around.class_at_start == LAND_CLASSES.index("water")
    expected = (distance >= 300.0) & (distance < 1000.0) & ~water
    assert (sim.interventions[0].kept(1.0) == expected).all()
    assert expected.any()


def test_distance_to_built_land_by_hand():
    squares = shapely.box(np.array([0.0, 10.0, 30.0]), 0.0, np.array([10.0, 20.0, 40.0]), 10.0)
    assert built_distance(squares, np.array([True, False, False])).tolist() == [0.0, 0.0, 20.0]
    assert np.isinf(built_distance(squares, np.zeros(3, dtype=bool))).all()


@pytest.mark.parametrize(
    ("share", "kept"), [(0.0, []), (0.24, []), (0.25, [0]), (0.99, [0, 1]), (1.0, [0, 1, 2])]
)
def test_within_a_share(share, kept):
    assert np.flatnonzero(within_share(np.array([1.0, 2.0, 1.0]), share)).tolist() == kept
    assert within_share(np.empty(0), share).size == 0


def test_all_of_many_parcels_is_all():
    """The sum of many areas does not lose the last of them to rounding."""
    area = np.random.default_rng(0).uniform(0.1, 1e5, 5000)
    assert within_share(area, 1.0).all()


# -- how towns grow --------------------------------------------------------------------------------


def built_areas(sim):
    areas = [sim.parcels.built_area]
    while sim.year < sim.end:
        sim.step()
        areas.append(sim.parcels.built_area)
    return np.array(areas)


def test_a_cap_on_the_rate(run, plain):
    """20 % a year is cut to 2 %: until one parcel is due, nothing is built."""
    sim = run(act("cap_built", rate=0.02))
    capped = built_areas(sim)
    assert capped[1] == plain[0].parcels.built_area
    demanded = capped[1] * 1.02**5 - capped[1]
    surplus = capped[1] - capped[0] * 1.2
    assert capped[-1] - capped[1] <= max(demanded - surplus, 0.0) + sim.parcels.map.area.max()
    assert capped[-1] < plain[1].parcels.built_area


def test_a_cap_on_the_area(run, plain):
    around = plain[0].parcels.map
    cap, largest = 1.3 * around.area[around.built_at_start].sum(), around.area.max()
    areas = built_areas(run(act("cap_built", area_km2=cap / 1e6)))
    assert cap - largest < areas[-1] < cap + largest  # parcels are built on whole
    assert plain[1].parcels.built_area > cap + largest


def test_half_a_cap_cuts_half_of_the_growth(run):
    sim = run(act("cap_built", rate=0.0, compliance=0.5))
    cut = sim.interventions[0].limit(sim.parcels, 2021, 1000.0)
    assert cut == 500.0
    assert sim.interventions[0].limit(sim.parcels, 2020, 1000.0) == 1000.0


def test_a_standard_is_for_what_is_built_later(run):
    sim = run(act("building_standard", max_impervious=0.25), until=2026)
    since = sim.parcels.built_since
    later, early = since >= 2021, since == 2020
    assert later.any()
    assert early.any()
    assert (sim.parcels.impervious[later] <= 0.25).all()
    assert (sim.parcels.impervious[early] > 0.25).all()
    ceiling = sim.interventions[0].ceiling(np.array([-np.inf, np.nan, 2020, 2021]), np.full(4, 0.8))
    assert ceiling.tolist() == [0.8, 0.8, 0.8, 0.25]


def test_half_a_standard_lowers_half_as_much(run):
    sim = run(act("building_standard", max_impervious=0.2, strength=0.5))
    assert sim.interventions[0].ceiling(np.array([2024.0]), np.array([0.8]))[0] == pytest.approx(
        0.5
    )


def test_unsealing_by_hand(run):
    """Rate 0.1 a year of 0.55, against no further sealing, down to 0.45."""
    still = FAST | {"densification_rate": 0.0, "built_growth": [{"year": 2020, "rate": 0.0}]}
    entry = act("unseal", parcels=["class:urban"], rate=0.1, floor=0.45, date=2021.5)
    sim = run(entry, landuse=still)
    urban = sim.parcels.land_class == LAND_CLASSES.index("urban")
    others = sim.parcels.impervious[~urban].copy()
    shares = []
    for _ in range(4):
        sim.step()
        shares.append(np.unique(sim.parcels.impervious[urban]).tolist())
    half = 0.55 * (1 - 0.1 * 0.5)  # the first year has half of it
    assert shares[0] == [0.55]
    assert shares[1] == pytest.approx([half])
    assert shares[2] == pytest.approx([half * 0.9])
    assert shares[3] == [0.45]
    assert (sim.parcels.impervious[~urban] == others).all()
    whole = sim.parcels.map.area[urban].sum()
    assert sim.interventions[0].area == pytest.approx(whole)


def test_unsealing_raises_nothing():
    parcels = parcel_set()
    before = parcels.impervious.copy()
    parcels.unseal(np.ones(len(parcels), dtype=bool), 0.2, 0.6)
    built = parcels.built
    assert (parcels.impervious[~built] == before[~built]).all()
    assert (parcels.impervious <= before).all()
    assert parcels.impervious[built] == pytest.approx(
        np.where(before[built] > 0.6, np.maximum(0.8 * before[built], 0.6), before[built])
    )


def test_ramps():
    assert [ramp_at(t, 2.0) for t in (-1.0, 0.0, 0.5, 2.0, 3.0)] == [0.0, 0.0, 0.25, 1.0, 1.0]
    assert [ramp_at(t, 0.0) for t in (-1.0, 0.0, 0.1)] == [0.0, 0.0, 1.0]


# -- cost, choice and checks -----------------------------------------------------------------------


def test_cost_per_hectare_is_of_the_treated_land(run):
    cost = {"per_hectare": 1e5, "yearly_per_hectare": 1e3}
    sim = run(act("protect", parcels=["district:North"], cost=cost))
    hectares = sim.parcels.map.area[sim.interventions[0].kept(1.0)].sum() / 1e4
    assert sim.interventions[0].cost(2021) == pytest.approx(hectares * 0.101)
    assert sim.interventions[0].cost(2022) == pytest.approx(hectares * 0.001)
    assert sim.interventions[0].cost(2020) == 0.0


def test_classes_are_those_of_the_start(run):
    sim = run(act("protect", parcels=["class:forest"]), act("protect", parcels=["all"]))
    forest = sim.region.parcels["land_class"] == "forest"
    assert (sim.interventions[0].kept(1.0) == forest.to_numpy()).all()
    town = np.isin(sim.region.parcels["land_class"], ["urban", "industrial", "water"])
    assert (sim.interventions[1].kept(1.0) == ~town).all(), "what is open to be kept so"


@pytest.mark.parametrize(
    ("entry", "what", "fix"),
    [
        (act("lime", parcels=["class:padyd"], ph=1.0), "is no land class", "'paddy'"),
        (act("unseal", parcels=["district:West"], rate=0.1), "is no district", "Valid"),
        (act("remove_soil", parcels=["all"], depth_m=0.3), "0.3 m, and the top layer", "0.2 m"),
    ],
)
def test_what_the_region_does_not_have_is_refused(region, make_scenario, entry, what, fix):
    problems = check_scenario(make_scenario(interventions=[entry]), region)
    assert len(problems) == 1
    assert what in problems[0].what
    assert fix in problems[0].fix


@pytest.mark.parametrize(
    "entry",
    [
        act("cap_built"),
        act("green_belt", width_m=0.0),
        act("lime", parcels=["all"], ph=0.0),
        act("lime", parcels=["every"], ph=1.0),
        act("lime", parcels=["all"], ph=1.0, above={"Fe": 1.0}),
        act("unseal", parcels=["all"], rate=1.5),
        act("building_standard", max_impervious=0.0),
    ],
)
def test_bad_entries_are_refused(make_scenario, entry):
    with pytest.raises(ValidationError):
        make_scenario(interventions=[entry])


def test_unknown_plants_are_refused(region, make_scenario):
    entry = act("phytoextract", parcels=["all"], plant="Sedum plumbizincola")
    problems = check_scenario(make_scenario(interventions=[entry]), region)
    assert [p.what for p in problems] == ["unknown plant 'Sedum plumbizincola'"]
    assert "'Sedum plumbizincicola'" in problems[0].fix


def test_they_read_back_from_the_scenario_file(make_scenario, tmp_path):
    scenario = make_scenario(interventions=ALL_KINDS)
    (tmp_path / "all.toml").write_text(scenario.to_toml(), "utf-8")
    assert read_scenario(str(tmp_path / "all.toml")) == scenario


# -- resuming and branching ------------------------------------------------------------------------


def test_resumed_and_branched_runs_have_the_same_bits(
    region, small_region, make_scenario, tmp_path, monkeypatch
):
    """With all kinds, ramps and repetition at work; tags too."""
    for module in ("restart", "branching"):
        monkeypatch.setattr(f"simulator.record.{module}.read_region", lambda _: region)
    acts = [a | {"date": 2021.5, "ramp_years": 3.0, "compliance": 0.9} for a in ALL_KINDS]
    acts[7]["repeat_years"] = 2
    scenario = make_scenario(
        interventions=acts, landuse=FAST, tags={"by": "sector"}, record={"checkpoint_every": 2}
    )
    straight = record(region, scenario, tmp_path / "straight")
    with pytest.raises(Crash):
        record(region, scenario, tmp_path / "run", processes=crashing(2023))
    with resume(tmp_path / "run") as sim:
        sim.run()
    assert_same(straight, RunFolder(tmp_path / "run"))
    with branch(tmp_path / "straight", 2023, scenario, tmp_path / "branch") as sim:
        sim.run()
    assert_same(straight, RunFolder(tmp_path / "branch"))
    assert straight.policies.equals(RunFolder(tmp_path / "run").policies)
    assert straight.policies.equals(RunFolder(tmp_path / "branch").policies)
    assert len(straight.policies) == 5 * len(acts)
