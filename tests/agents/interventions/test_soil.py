"""Interventions on the soil: lime, harvests of metal, clean soil."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from simulator.constants import LAND_CLASSES, METALS
from simulator.model import Simulation

CD, ZN, AS, PB = (METALS.index(m) for m in ("Cd", "Zn", "As", "Pb"))
QUIET = {
    "built_growth": [{"year": 2020, "rate": 0.0}],
    "densification_rate": 0.0,
    "max_impervious_urban": 0.8,
    "max_impervious_industrial": 0.9,
    "neighbourhood_distance_m": 600.0,
}


def act(kind, **keys):
    return {"kind": kind, "date": 2021.0, "parcels": ["all"], **keys}


@pytest.fixture
def run(make_sim):
    """A run without growth of towns under some interventions, closed in the end."""
    made = []

    def start(*acts, years=0, **overrides):
        sim = make_sim(interventions=list(acts), **{"landuse": QUIET, **overrides})
        made.append(sim)
        for _ in range(years):
            sim.step()
        return sim

    yield start
    for sim in made:
        sim.close()


def soil(sim):
    return sim.state.flat("open_ground") > 0.0


# -- where -----------------------------------------------------------------------------------------


def test_a_cell_is_treated_in_part(run):
    """By its open ground on the parcels: paddy has 3 % sealed, the town 55 and 70 %."""
    sim = run(act("lime", ph=1.0, parcels=["class:paddy"]))
    parcels = sim.parcels
    paddy = parcels.land_class == LAND_CLASSES.index("paddy")
    bare = np.where(parcels.land_class == LAND_CLASSES.index("water"), 0, 1 - parcels.impervious)
    cover = parcels.map.overlay.toarray()
    whole = cover @ bare
    expected = np.divide(cover @ (bare * paddy), whole, out=np.zeros_like(whole), where=whole > 0)
    part = sim.interventions[0].part
    assert part[soil(sim)] == pytest.approx(expected[soil(sim)])
    assert (part[~soil(sim)] == 0.0).all()
    of_paddy = sim.state.flat("open_share")[LAND_CLASSES.index("paddy")]
    ground = sim.state.flat("open_ground")
    assert part * ground == pytest.approx(of_paddy)
    area = of_paddy.sum() * sim.region.grid.cell_area
    assert sim.interventions[0].area == pytest.approx(area)


def test_only_soil_above_a_content(run):
    """The paddy soil has 0.16 mg/kg of Cd and 6.2 of pH, the red soil 0.09."""
    sim = run(
        act("lime", ph=1.0, above={"Cd": 0.12}),
        act("lime", ph=1.0, above={"Cd": 0.12, "As": 1.0}),
        act("lime", ph=1.0, above={"Cd": 5.0}, cost={"capital": 5.0, "yearly": 1.0}),
    )
    rich = sim.region.soil_unit.reshape(-1) == 1
    one, any_of, none = (i.part for i in sim.interventions)
    assert (one[rich & soil(sim)] == 1.0).all()
    assert (one[~rich] == 0.0).all()
    assert (any_of[soil(sim)] == 1.0).all()
    assert (none == 0.0).all()
    assert sim.interventions[2].area == 0.0
    assert sim.interventions[2].cost(2022) == 0.0


# -- lime ------------------------------------------------------------------------------------------


def test_lime_raises_the_ph_and_fades(run):
    sim = run(act("lime", ph=1.0, compliance=0.5, date=2021.5))
    start, below = sim.state.ph[0].copy(), sim.state.ph[1:].copy()
    rises = []
    for _ in range(4):
        sim.step()
        rises.append((sim.state.ph[0] - start).reshape(-1)[soil(sim)])
    fall = math.exp(-sim.parameters.value("general", process="liming", parameter="decay"))
    # half of the year 2021, then all of 2022; what was limed first has faded by a year
    levels = [0.0, 0.5, 0.5 + 0.5 * fall, (0.5 + 0.5 * fall) * fall]
    for rise, level in zip(rises, levels, strict=True):
        assert rise == pytest.approx(0.5 * level)
    assert (sim.state.ph[1:] == below).all()


def test_lime_holds_metals_back_and_out_of_crops(run):
    """The coefficient of the solution follows its pH slope, the uptake that of the crops."""
    plain, sim = run(years=2), run(act("lime", ph=1.0), years=2)
    here = soil(sim).reshape(sim.state.shape)
    before, after = plain.state.solution_coefficient, sim.state.solution_coefficient
    slope = sim.parameters.array("sorption", "metal", METALS, parameter="m_ph")
    submerged = sim.parameters.value("general", process="sorption", parameter="submerged_ph")
    flooded = sim.processes[[p.name for p in sim.processes].index("Leaching")].flooded[here]

    def water(ph, m):
        return 10.0 ** (m * ph) + flooded * (10.0 ** (m * submerged) - 10.0 ** (m * ph))

    old, new = plain.state.ph[0][here], sim.state.ph[0][here]
    for m in range(len(METALS)):
        ratio = after[m, 0][here] / before[m, 0][here]
        assert ratio == pytest.approx(water(new, slope[m]) / water(old, slope[m]))
    assert (after[CD, 0][here] < before[CD, 0][here]).all()
    assert (after[:, 1:] == before[:, 1:]).all()
    taken, limed = (s.ledger.amounts("crop_uptake").sum(axis=1) for s in (plain, sim))
    planted = taken[CD] > 0.0
    assert planted.sum() > 100
    assert (limed[CD][planted] < taken[CD][planted]).all()
    leached, kept = (s.ledger.amounts("leaching")[CD, 0] for s in (plain, sim))
    assert kept.sum() < leached.sum()


def test_uptake_is_that_of_a_soil_of_the_new_ph(run, make_scenario, region):
    """Limed in the first year: as if the soil had had that pH at the start."""
    sim = run(act("lime", ph=0.7, date=2020.0), years=1)
    ph = region.soil.ph.copy()
    ph[0] += 0.7
    changed = replace(region, soil=replace(region.soil, ph=ph))
    with Simulation(changed, make_scenario(landuse=QUIET)) as other:
        other.state.slice_share[...] = run().state.slice_share
        other.step()
        for name in ("crop_uptake", "straw_return"):
            assert sim.ledger.amounts(name)[:, :, soil(sim)] == pytest.approx(
                other.ledger.amounts(name)[:, :, soil(sim)], rel=1e-9
            )


def test_lime_repeated_holds_the_ph(run):
    sim = run(act("lime", ph=0.5, repeat_years=1), years=6)
    here = soil(sim)
    assert sim.state.flat("ph")[0, here] == pytest.approx(sim.region.soil.ph[0].flat[here] + 0.5)


# -- harvests and clean soil -----------------------------------------------------------------------


def test_phytoextraction_ends(run):
    """Of 2021.5 to 2023.5, half of them following: what is grown, and what it costs."""
    cost = {"capital": 6.0, "yearly": 2.0}
    sim = run(act("phytoextract", date=2021.5, years=2.0, compliance=0.5, cost=cost))
    (grown,) = sim.interventions
    assert [grown.reach(y) for y in range(2020, 2026)] == [0.0, 0.25, 0.5, 0.25, 0.0, 0.0]
    assert [grown.cost(y) for y in range(2020, 2026)] == [0.0, 2.0, 2.5, 0.5, 0.0, 0.0]
    taken = []
    for _ in range(5):
        sim.step()
        taken.append(float(sim.ledger.amounts("remediation").sum()))
    assert [t < 0.0 for t in taken] == [False, True, True, True, False]


def test_capital_is_spent_whole_by_what_ends_early(run):
    """Half a year, and two halves: the share of a year that is grown is no share of the capital."""
    acts = [
        act("phytoextract", date=d, years=n, compliance=0.5, cost={"capital": 8.0})
        for d, n in ((2021.0, 0.5), (2021.5, 1.0), (2021.0, 3.0))
    ]
    costs = [[a.cost(y) for y in range(2020, 2026)] for a in run(*acts).interventions]
    assert costs[0] == [0.0, 4.0, 0.0, 0.0, 0.0, 0.0]
    assert costs[1] == [0.0, 2.0, 2.0, 0.0, 0.0, 0.0]
    assert costs[2] == costs[0]


def test_a_year_of_phytoextraction(run):
    """2.9 t/ha of dry shoots with 66 times the content of Cd; no lead."""
    sim = run(act("phytoextract", parcels=["class:paddy"], compliance=0.5), years=1)
    before = sim.state.flat("stock")[:, 0].copy()
    part = sim.interventions[0].part
    sim.step()
    gain = sim.ledger.amounts("remediation")[:, 0]
    mass = sim.state.flat("soil_mass")[0]
    here = soil(sim)
    rate = 0.29 * 66.0 / mass[here]
    assert gain[CD, here] == pytest.approx(-before[CD, here] * rate * 0.5 * part[here])
    assert gain[ZN].sum() < 0.0
    assert (gain[PB] == 0.0).all()
    assert (gain[AS] == 0.0).all()


def test_no_more_is_taken_than_is_there(run):
    """With a hundred times the harvest the soil is nearly emptied, and the balance closes."""
    sim = run(
        act("phytoextract"), act("phytoextract"), act("remove_soil", depth_m=0.2, content={}),
        parameters={"hyperaccumulators/Sedum plumbizincicola/harvest": 290.0}, years=4,
    )  # fmt: skip
    assert (sim.state.stock >= 0.0).all()
    assert sim.ledger.residual < 1e-12


def test_soil_is_replaced_once(run):
    sim = run(act("remove_soil", depth_m=0.1, content={"Cd": 0.05}, date=2021.3), years=1)
    before = sim.state.flat("stock")[:, 0].copy()
    sim.step()
    gain = sim.ledger.amounts("remediation")[:, 0].copy()
    ground = sim.state.flat("open_ground") * sim.state.flat("soil_mass")[0]
    assert gain[CD] == pytest.approx(0.5 * (0.05e-6 * ground - before[CD]))
    natural = np.nan_to_num(sim.region.background[PB, 0].reshape(-1))
    assert gain[PB] == pytest.approx(0.5 * (natural * ground - before[PB]))
    sim.step()
    assert (sim.ledger.amounts("remediation") == 0.0).all()
    assert sim.ledger.residual < 1e-12


def test_a_ramp_spreads_the_replacement(run):
    """A quarter of the land a year: the last has all of what is left to be replaced."""
    sim = run(act("remove_soil", depth_m=0.2, content={"Cd": 0.0}, ramp_years=4.0), years=1)
    left = []
    for _ in range(5):
        before = sim.state.flat("stock")[CD, 0].copy()
        sim.step()
        gain = sim.ledger.amounts("remediation")[CD, 0]
        left.append(gain.sum() / before.sum())
    assert left[:4] == pytest.approx([-1 / 4, -1 / 3, -1 / 2, -1.0])
    assert left[4] == 0.0


def test_replacement_comes_to_the_same_whatever_its_pace(run):
    """Of half of the land 0.1 of 0.2 m: a quarter of the difference to the clean soil is gone."""
    keys = {"depth_m": 0.1, "content": {"Cd": 0.0}, "strength": 0.5}
    parts = []
    for ramp in (0.0, 3.0):
        sim = run(act("remove_soil", ramp_years=ramp, **keys), years=1)
        left = 1.0
        for _ in range(4):
            before = sim.state.flat("stock")[CD, 0].sum()
            sim.step()
            left *= 1.0 + sim.ledger.amounts("remediation")[CD, 0].sum() / before
        parts.append(left)
    assert parts == pytest.approx([0.75, 0.75])


def test_soil_that_is_replaced_twice_is_clean_soil(run):
    """What acts first leaves less to those after it in the same year."""
    clean = act("remove_soil", depth_m=0.2, content={"Cd": 1.0})
    sim = run(act("phytoextract"), clean, clean, years=1)
    before = sim.state.flat("stock")[CD, 0].copy()
    sim.step()
    gain = sim.ledger.amounts("remediation")[CD, 0]
    ground = sim.state.flat("open_ground") * sim.state.flat("soil_mass")[0]
    assert before + gain == pytest.approx(1.0e-6 * ground)


def test_lime_raises_no_soil_above_its_highest_ph(run):
    """Three times 2 on soils of pH 6.2 and 5.1: 8.3."""
    sim = run(*[act("lime", ph=2.0, date=d) for d in (2020.0, 2021.0, 2022.0)], years=1)
    here = soil(sim)
    rich = sim.region.soil_unit.reshape(-1)[here] == 1
    assert sim.state.flat("ph")[0, here][rich] == pytest.approx(8.2)
    assert sim.state.flat("ph")[0, here][~rich] == pytest.approx(7.1)
    for _ in range(2):
        sim.step()
        assert sim.state.flat("ph")[0, here] == pytest.approx(8.3)


# -- runoff kept in the city -----------------------------------------------------------------------


def test_kept_runoff_is_a_share_of_that_of_sealed_ground(run):
    plain = run(years=2)
    sim = run(act("retain_runoff", share=0.4, compliance=0.5), years=2)
    off, kept = (sim.ledger.amounts(n)[:, 0] for n in ("runoff_sealed", "retained_runoff"))
    assert off.tobytes() == plain.ledger.amounts("runoff_sealed")[:, 0].tobytes()
    assert kept == pytest.approx(0.2 * off)
    more = sim.state.total() - plain.state.total()
    assert (more > 0.0).all()
    assert (more < kept.sum(axis=1)).all()  # some of it is leached and taken up
    assert more == pytest.approx(kept.sum(axis=1), rel=0.05)
    assert (plain.ledger.amounts("retained_runoff") == 0.0).all()


def test_runoff_is_kept_of_the_chosen_parcels_only(run):
    sim = run(act("retain_runoff", share=1.0, parcels=["class:industrial"]), years=2)
    parcels = sim.parcels
    works = parcels.land_class == LAND_CLASSES.index("industrial")
    cover = parcels.map.overlay.toarray()
    part = cover @ (parcels.impervious * works) / np.maximum(cover @ parcels.impervious, 1e-12)
    off, kept = (sim.ledger.amounts(n)[ZN, 0] for n in ("runoff_sealed", "retained_runoff"))
    assert kept[soil(sim)] == pytest.approx((part * off)[soil(sim)])
    assert 0.0 < kept.sum() < off.sum()
    sealed = (parcels.map.area * parcels.impervious)[works].sum()
    assert sim.interventions[0].area == pytest.approx(sealed)


def test_two_of_them_keep_of_what_the_other_leaves(run):
    entry = act("retain_runoff", share=0.5)
    sim = run(entry, entry, years=2)
    off, kept = (sim.ledger.amounts(n) for n in ("runoff_sealed", "retained_runoff"))
    assert kept == pytest.approx(0.75 * off)


def test_kept_runoff_has_the_sources_of_what_falls(run):
    """Tags: what each source adds rises by the same share; there is no source 'retained runoff'."""
    plain = run(tags={"by": "sector"}, years=2)
    sim = run(act("retain_runoff", share=1.0), tags={"by": "sector"}, years=2)
    names = list(sim.tags.names)
    assert "retained_runoff" not in names
    one = names.index("sector:coal power")
    sealed, ground = sim.state.flat("sealed_share"), sim.state.flat("open_ground")
    here = (ground > 0.0) & (plain.ledger.tags.gain[one, CD] > 0.0)
    ratio = sim.ledger.tags.gain[one, CD, here] / plain.ledger.tags.gain[one, CD, here]
    # but for what came back with straw of the year before
    assert ratio == pytest.approx((1.0 + sealed / np.maximum(ground, 1e-9))[here], rel=1e-3)
    total = sim.state.tag_stock.sum(axis=0).sum(axis=1) + sim.state.tag_stock_sealed.sum(
        axis=(0, 2)
    )
    assert total == pytest.approx((sim.state.stock + sim.state.stock_sealed).sum(axis=1))
