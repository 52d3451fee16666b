"""Interventions on inputs: factors of metals and limits of contents, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import Simulation
from simulator.constants import LAND_CLASSES, METALS
from simulator.data import Parameters, to_si
from simulator.processes.agriculture import Agriculture

P = Parameters()
CD, CU, ZN = (METALS.index(m) for m in ("Cd", "Cu", "Zn"))
DRYLAND = LAND_CLASSES.index("dryland")
INPUTS = ("fertiliser", "manure", "pesticide", "irrigation")


@pytest.fixture
def rates(region, make_scenario):
    """Rates ``[metal, land_class]`` of an input by year under interventions."""

    def find(pathway, *acts, years=4):
        scenario = make_scenario(interventions=list(acts), years=years)
        found = []
        with Simulation(region, scenario, processes=[Agriculture()], settle=False) as sim:
            for _ in range(years):
                sim.step()
                found.append(sim.processes[0].rates[pathway].copy())
        return np.array(found)

    return find


def by_material(pathway, metal, land="dryland"):
    """Amount and content of each material, in SI."""
    names = P.keys("farm_rates", "material", pathway=pathway, land_class=land)
    return {
        name: (
            P.value("farm_rates", pathway=pathway, land_class=land, material=name),
            P.value("material_contents", material=name, metal=METALS[metal]),
        )
        for name in names
    }


def limit(pathway, date=2021.0, **keys):
    return {"kind": "limit_content", "pathway": pathway, "date": date, **keys}


def scale(pathway, date=2021.0, **keys):
    return {"kind": "scale_input", "pathway": pathway, "date": date, **keys}


def test_without_acts_it_is_amount_times_content(rates):
    for pathway in INPUTS:
        found = rates(pathway, years=1)[0, :, DRYLAND]
        for metal in (CD, CU, ZN):
            expected = sum(a * c for a, c in by_material(pathway, metal).values())
            assert found[metal] == pytest.approx(expected, rel=1e-12)


def test_factors_of_metals(rates):
    """Half of them follow from mid-2021: copper 1 - 0.35 in the end, others 1 - 0.1, zinc 1."""
    act = scale("manure", 2021.5, factors={"Cu": 0.3, "Zn": 1.0, "all": 0.8}, compliance=0.5)
    found = rates("manure", act) / rates("manure")[0, :, :].clip(1e-300)
    land = found[:, :, DRYLAND]
    assert land[:, CU] == pytest.approx([1.0, 0.825, 0.65, 0.65])
    assert land[:, CD] == pytest.approx([1.0, 0.95, 0.9, 0.9])
    assert land[:, ZN] == pytest.approx([1.0, 1.0, 1.0, 1.0])


def test_metals_that_are_not_named_stay(rates):
    found, plain = rates("manure", scale("manure", factors={"Cu": 0.3})), rates("manure")
    assert found[1, CU] == pytest.approx(0.3 * plain[1, CU])
    others = [m for m in range(len(METALS)) if m != CU]
    np.testing.assert_array_equal(found[:, others], plain[:, others])


def test_a_limit_takes_contents_down_and_none_up(rates):
    """Of two manures the one above 150 mg Cu/kg goes down to it, the other stays."""
    materials = by_material("manure", CU)
    (rich, (much, high)), (_, (other, low)) = sorted(materials.items(), key=lambda m: -m[1][1])
    ceiling = 0.5 * (high + low)
    act = limit("manure", 2021.0, limits={"Cu": ceiling * 1e6}, ramp_years=2.0)
    found = rates("manure", act, years=5)[:, CU, DRYLAND]
    ends = [much * c + other * low for c in (high, ceiling)]
    # over two years from 2021: means 1/4 and 3/4 of the way
    expected = [ends[0] + way * (ends[1] - ends[0]) for way in (0.0, 0.25, 0.75, 1.0, 1.0)]
    assert found == pytest.approx(expected, rel=1e-12)
    only = rates("manure", {**act, "materials": [rich]}, years=5)
    np.testing.assert_array_equal(only[:, CU, DRYLAND], found)
    plain = rates("manure", years=5)
    np.testing.assert_array_equal(only[:, CD], plain[:, CD])


def test_a_limit_of_one_material_leaves_the_others(rates):
    poor = min(by_material("manure", CU).items(), key=lambda m: m[1][1])[0]
    act = limit("manure", materials=[poor], limits={"Cu": 0.0})
    left = [a * c for name, (a, c) in by_material("manure", CU).items() if name != poor]
    assert rates("manure", act)[1, CU, DRYLAND] == pytest.approx(sum(left))


def test_limits_have_the_unit_of_the_table(rates):
    """River water is in ug/L: at most 0.05 ug Cd/L."""
    unit = P.row("material_contents", material="river water", metal="Cd").unit
    assert unit == "ug/L"
    act = limit("irrigation", limits={"Cd": 0.05})
    water = P.value(
        "farm_rates", pathway="irrigation", land_class="dryland", material="river water"
    )
    content = P.value("material_contents", material="river water", metal="Cd")
    kept = min(content, to_si(0.05, "ug/L"))
    assert kept < content
    assert rates("irrigation", act)[1, CD, DRYLAND] == pytest.approx(water * kept)


def test_of_two_limits_the_lower_holds(rates):
    acts = [limit("pesticide", limits={"Cu": v}) for v in (3e5, 1e5, 2e5)]
    lowest = rates("pesticide", acts[1])
    np.testing.assert_allclose(rates("pesticide", *acts), lowest, rtol=1e-12)


@pytest.mark.parametrize("key", ["strength", "compliance"])
def test_without_reach_no_bit_changes(rates, key):
    acts = [
        {**limit("manure", limits={"Cu": 0.0}), key: 0.0},
        {**scale("manure", factors={"all": 0.0}), key: 0.0},
    ]
    np.testing.assert_array_equal(rates("manure", *acts), rates("manure"))


def test_the_years_before_the_run_know_nothing_of_it(make_sim):
    """Else a branch at the start would not have the soil of a whole run."""
    none = {"factor": 0.0, "date": 2020.0}
    acts = [scale("manure", **none), scale("deposition_background", **none)]
    with make_sim() as plain, make_sim(interventions=acts) as sim:
        assert sim.state.slice_share.tobytes() == plain.state.slice_share.tobytes()
        sim.step()
        assert (sim.ledger.amounts("manure") == 0.0).all()
