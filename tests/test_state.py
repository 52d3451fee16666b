"""The state: shares, sealing, shown content."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.constants import LAND_CLASSES, METALS
from simulator.fields import FIELDS, STATE_FIELDS, out_of_bounds
from simulator.physics.slices import slices_of
from simulator.state import State

LAYERS = [0.2, 0.3, 0.5]  # m


def random_land(rng: np.random.Generator, n: int):
    """Open shares by class and a sealed share that add up to 1."""
    parts = rng.dirichlet(np.ones(len(LAND_CLASSES) + 1), n).T
    parts[rng.integers(len(parts)), rng.integers(n)] = 0.0
    return parts[:-1].reshape(len(LAND_CLASSES), 1, n), parts[-1].reshape(1, n)


def random_state(rng: np.random.Generator, n: int = 6) -> State:
    state = State((1, n), LAYERS)
    state.set_land(*random_land(rng, n))
    state.soil_mass[...] = 250.0
    state.stock[...] = rng.uniform(0, 1e-2, state.stock.shape) * state.open_ground
    state.stock_sealed[...] = rng.uniform(0, 1e-2, state.stock.shape) * state.sealed_share
    return state


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_sealing_and_unsealing_conserve_every_layer(seed):
    """The sum of open and sealed stock of each cell, metal and layer does not change."""
    rng = np.random.default_rng(seed)
    state = random_state(rng)
    before = state.stock + state.stock_sealed
    for _ in range(4):
        state.set_land(*random_land(rng, 6))
        np.testing.assert_allclose(state.stock + state.stock_sealed, before, rtol=1e-13)
        assert (state.stock >= 0.0).all()
        assert (state.stock_sealed >= 0.0).all()


def test_sealing_does_not_change_the_content_of_what_stays_open():
    """Half of the open ground is sealed: half of its stock goes under, the content stays."""
    state = State((1, 1), LAYERS)
    open_share = np.zeros((len(LAND_CLASSES), 1, 1))
    open_share[0] = 0.8
    state.set_land(open_share, np.full((1, 1), 0.2))
    state.soil_mass[...] = 200.0
    state.stock[...] = 0.8 * 200.0 * 5e-6
    content = state.content()
    state.set_land(open_share / 2, np.full((1, 1), 0.6))
    np.testing.assert_allclose(state.content(), content, rtol=1e-14)
    np.testing.assert_allclose(state.stock_sealed, 0.4 * 200.0 * 5e-6, rtol=1e-14)
    state.set_land(open_share * 0, np.ones((1, 1)))
    assert (state.stock == 0.0).all()
    np.testing.assert_allclose(state.content(), 0.8 * 200.0 * 5e-6 / 200.0, rtol=1e-14)


def test_every_field_is_declared_once_and_sized_by_its_dims():
    state = State((4, 5), [0.2, 0.3])
    assert state.tag_stock.size == state.tag_stock_sealed.size == 0
    state.add_tags(3)
    sizes = {
        "tag": 3,
        "metal": len(METALS),
        "layer": 2,
        "slice": len(slices_of([0.2, 0.3])),
        "land_class": len(LAND_CLASSES),
        "row": 4,
        "col": 5,
    }
    for key in STATE_FIELDS:
        array = getattr(state, key)
        assert array.shape == tuple(sizes[d] for d in FIELDS[key].dims)
        assert array.flags.c_contiguous
        assert np.shares_memory(state.flat(key), array)
    assert len({f.name for f in FIELDS.values()}) == len(FIELDS)


def test_bounds_count_what_is_outside_and_what_is_not_a_number():
    assert out_of_bounds("sealed_share", np.array([0.0, 1.0, -0.1, 1.1, np.nan])) == 3
