"""Solubility that leaching takes: by pH, and by the flood on paddies."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.constants import LAND_CLASSES, METALS
from simulator.data import Parameters
from simulator.physics.sorption import solution_coefficient

NAMES = ("p", "r_oc", "s_clay", "m_ph", "n")


def test_only_land_that_is_flooded_percolates_from_a_flood(make_sim):
    flooded = make_sim().soil_water[0].flooded
    assert ((flooded >= 0.0) & (flooded <= 1.0)).all()
    for c, name in enumerate(LAND_CLASSES):
        assert flooded[:, c].any() == (name == "paddy"), name


@pytest.mark.parametrize("metal", ["As", "Cd", "Zn"])
def test_the_top_layer_of_paddies_has_the_mean_of_both_ph(make_sim, region, metal):
    sim = make_sim()
    p, state, soil = Parameters(), sim.state, region.soil
    values = dict(
        zip(NAMES, (p.value("sorption", metal=metal, parameter=k) for k in NAMES), strict=True)
    )
    least = p.value("general", process="sorption", parameter="least_organic_matter")
    organic = np.maximum(soil.organic_matter, least)
    aerobic = solution_coefficient(soil.ph, organic, soil.clay, **values)
    below = solution_coefficient(6.7, organic[0], soil.clay[0], **values)
    found = state.solution_coefficient[METALS.index(metal)]
    mask = region.soil_mask
    np.testing.assert_allclose(found[1:, mask], aerobic[1:, mask], rtol=1e-12)
    share = state.open_share[LAND_CLASSES.index("paddy")]
    dry = mask & (share == 0.0)
    np.testing.assert_allclose(found[0, dry], aerobic[0, dry], rtol=1e-12)
    wet = mask & (share > 0.99 * state.open_ground) & (share > 0.0)
    water, soils = sim.soil_water
    part = water.flooded.mean(axis=0)[LAND_CLASSES.index("paddy"), soils.soil].reshape(mask.shape)
    expected = (1.0 - part) * aerobic[0] + part * below
    assert wet.any()
    np.testing.assert_allclose(found[0, wet], expected[wet], rtol=0.02)


def test_a_cell_of_two_kinds_counts_their_percolation(make_sim):
    """Paddies let more through than dry land, so their flood weighs more than their area."""
    sim = make_sim()
    leaching = next(p for p in sim.processes if p.name == "Leaching")
    paddy = LAND_CLASSES.index("paddy")
    share, (water, soils) = sim.state.flat("open_share"), sim.soil_water
    through = share * water.percolation[:, 0].mean(axis=0)[:, soils.soil]
    cell = int(np.argmax(np.minimum(share[paddy], share.sum(axis=0) - share[paddy])))
    part = water.flooded.mean(axis=0)[paddy, soils.soil[cell]]
    expected = part * through[paddy, cell] / through[:, cell].sum()
    assert leaching._flooded().flat[cell] == pytest.approx(expected, rel=1e-12)
    assert expected > part * share[paddy, cell] / share[:, cell].sum()
