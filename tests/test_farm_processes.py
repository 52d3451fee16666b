"""Crops, straw and weathering in a run: what is booked is what was worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.constants import LAND_CLASSES, METALS
from simulator.data import Parameters
from simulator.region import read_region

HG, CD = METALS.index("Hg"), METALS.index("Cd")


def opened(sim):
    """Open a year; rates of the uptake ``[metal, layer, cell]`` and straw ``[metal, cell]``."""
    sim.open_year()
    return sim.ledger.amounts("crop_uptake"), sim.ledger.amounts("straw_return")[:, 0]


def fields(sim):
    """Cells without forest, whose litter no path of straw is about."""
    return sim.state.flat("open_share")[LAND_CLASSES.index("forest")] == 0.0


def straw(factor):
    path = [{"year": 2020, "factor": factor}]
    return {"farming": {"paths": [{"pathway": "straw_return", "path": path}]}}


def test_straw_and_uptake_of_a_paddy_cell_by_hand(make_sim, region):
    """Rice and wheat on the cell with most paddy, metal by metal, from the tables alone."""
    sim = make_sim()
    rate, back = opened(sim)
    p = Parameters()
    share = sim.state.flat("open_share")
    paddy = LAND_CLASSES.index("paddy")
    cell = int(np.argmax(share[paddy] * (share.sum(axis=0) - share[paddy] < 1e-9)))
    assert share[paddy, cell] > 0.5, "a cell whose open land is paddy alone"
    root = sim.soil_water[0].uptake.mean(axis=(0, 3))[:, paddy]
    root = root / root.sum()
    soil = region.soil
    at = np.unravel_index(cell, region.grid.shape)
    stock = sim.state.flat("stock")[:, :, cell]
    mass = sim.state.flat("soil_mass")[:, cell]
    content = stock / (share[paddy, cell] * mass)
    for m, metal in enumerate(METALS):
        taken, left = np.zeros(3), 0.0
        for crop in ("rice", "wheat"):
            of = {
                k: p.value("yields", crop=crop, parameter=k) for k in p.keys("yields", "parameter")
            }
            bcf, ratio = (
                p.value("uptake", crop=crop, metal=metal, parameter=k)
                for k in ("bcf", "straw_ratio")
            )
            slope = {
                k: p.value("uptake_soil", crop=crop, metal=metal, parameter=k)
                for k in ("ph", "organic_carbon", "clay", "content")
            }
            factor = 10 ** (slope["ph"] * (soil.ph[0][at] - 6.0))
            factor *= (soil.organic_matter[0][at] / 1.724 / 0.02) ** slope["organic_carbon"]
            factor *= (soil.clay[0][at] / 0.25) ** slope["clay"]
            area = p.value("cropping", land_class="paddy", crop=crop) * share[paddy, cell]
            grain = area * of["harvest"] * of["dry_matter"] * bcf * factor
            residue = (1 - of["harvest_index"]) / of["harvest_index"] * ratio
            each = grain * root * (content[m] / 2e-7) ** slope["content"] * content[m]
            taken += each * (1 + residue)
            left += (each * residue * of["straw_return"]).sum()
        assert rate[m, :, cell] * stock[m] == pytest.approx(taken, rel=1e-9)
        assert back[m, cell] == pytest.approx(left, rel=1e-9)


@pytest.mark.parametrize("factor", [0.0, 0.3, 1.0, 1000.0])
def test_straw_never_exceeds_the_uptake_at_constant_stock(make_sim, factor):
    sim = make_sim(**straw(factor))
    rate, back = opened(sim)
    taken = (rate * sim.state.flat("stock")).sum(axis=1)
    assert (back <= taken).all()
    assert (back >= 0.0).all()
    farmed = (taken[CD] > 0.0) & fields(sim)
    assert farmed.any()
    assert (back[CD][farmed] > 0.0).any() == (factor > 0.0)


def test_a_path_of_straw_scales_what_comes_back_and_not_what_is_taken(make_sim):
    sim = make_sim()
    whole, half = opened(sim), opened(make_sim(**straw(0.5)))
    np.testing.assert_array_equal(whole[0], half[0])
    here = fields(sim)
    np.testing.assert_allclose(half[1][:, here], 0.5 * whole[1][:, here], rtol=1e-12)


def test_a_path_of_one_metal_leaves_the_others(make_sim):
    path = {"pathway": "straw_return", "metal": "Hg", "path": [{"year": 2020, "factor": 0.0}]}
    sim = make_sim(farming={"paths": [path]})
    back = opened(sim)[1]
    assert (back[HG][fields(sim)] == 0.0).all()
    np.testing.assert_array_equal(back[CD], opened(make_sim())[1][CD])


def test_returned_straw_keeps_metal_in_the_soil_and_the_balance_closes(make_sim):
    """What returns is missing without it, but for what of it leaves again in the same years."""
    with_straw, without = make_sim(years=3), make_sim(years=3, **straw(0.0))
    here, back = fields(with_straw), 0.0
    for _ in range(3):
        with_straw.step()
        without.step()
        back = back + with_straw.ledger.amounts("straw_return")[:, 0, here].sum(axis=1)
    gained = sum(
        (with_straw.state.flat(key) - without.state.flat(key))[:, :, here].sum(axis=(1, 2))
        for key in ("stock", "stock_sealed")
    )
    assert (gained > 0.0).all()
    assert (gained <= back * (1 + 1e-9)).all()
    assert (gained > 0.8 * back).all()
    assert with_straw.ledger.residual < 1e-12


def test_straw_brings_metal_from_below_to_the_surface(make_sim):
    """All of it is put on top, part of it was taken from the layers below."""
    rate, back = opened(make_sim())
    below = (rate[:, 1:] > 0.0).any(axis=1)
    assert (below == (rate[:, 0] > 0.0)).all()
    assert ((back > 0.0) <= below).all()


@pytest.mark.parametrize("factor", [0.0, 0.5, 1.0])
def test_litter_of_forest_stays_whatever_becomes_of_straw(make_sim, factor):
    """All but the twentieth that is cut as timber, where the open land is forest alone."""
    sim = make_sim(**straw(factor))
    rate, back = opened(sim)
    share = sim.state.flat("open_share")
    forest = LAND_CLASSES.index("forest")
    cells = np.flatnonzero((share[forest] > 0.5) & (share.sum(axis=0) - share[forest] < 1e-9))
    assert cells.size
    taken = (rate * sim.state.flat("stock"))[:, :, cells].sum(axis=1)
    np.testing.assert_allclose(back[:, cells] / taken, 0.95, rtol=1e-6)


def test_paddy_soils_weather_less_than_hilly_ones(make_sim, region):
    sim = make_sim()
    sim.open_year()
    amounts = sim.ledger.amounts("weathering").sum(axis=1)
    ground = sim.state.flat("open_ground")
    unit = region.soil_unit.reshape(-1)
    release = Parameters().array("weathering", "metal", METALS)
    for code, factor in ((1, 0.3), (2, 1.0)):  # paddy soil, red soil
        here = (unit == code) & (ground > 0.0)
        assert here.any()
        np.testing.assert_allclose(
            amounts[:, here], factor * np.outer(release, ground[here]), rtol=1e-12
        )
    assert (amounts[:, unit == 0] == 0.0).all()


def test_soils_of_the_table_are_soils_of_the_built_in_regions():
    """The factor goes by name: one that no region uses would be a slip of the pen."""
    names = {n for r in ("taizhou", "wuhan") for n in read_region(r).soil_names.values()}
    table = set(Parameters().keys("weathering_soils", "soil"))
    assert table < names
    assert names - table == {"red soil", "yellow soil", "skeletal soil"}
