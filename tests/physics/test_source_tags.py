"""Source tags: they add up to the total, each closes by itself, and the total does not see them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.physics import booking, land, tag_arrays
from tests.physics.test_balance import (
    FIRST,
    LAYERS,
    SLICES,
    SLOTS,
    Case,
    random_case,
    slots_of,
    still_case,
)

#: Initial, fallout of two sources, release, corrections.
INITIAL, NEAR, FAR, RELEASE, BOOKED = range(5)
ROUTES = ("leaching", "erosion", "uptake", "runoff", "interflow", "signed")


def tagged(case: Case, seed: int = 0, turned: bool = False) -> Case:
    """The case with its stock, and what falls on it, divided among tags at random."""
    rng = np.random.default_rng(seed)
    n_metal, _, n_cell = case.stock.shape
    division = rng.dirichlet(np.ones(5), case.in_slices.shape)
    division = np.moveaxis(division, -1, 0)
    share = case.shares.astype(float)
    share /= np.add.reduceat(share, SLICES.first[:-1], axis=1)[:, SLICES.layer]
    stock = np.ascontiguousarray(division * case.stock[:, SLICES.layer] * share)
    parts = np.zeros((5, n_metal, n_cell))
    near = rng.uniform(0.0, 1.0, (n_metal, n_cell))
    fallout = case.of("fallout")[:, 0]
    parts[NEAR], parts[FAR] = near * fallout, (1.0 - near) * fallout
    n_slot = SLOTS.kind.size
    tag = np.full(n_slot, tag_arrays.UNTAGGED)
    tag[slots_of("fallout")] = tag_arrays.PARTS
    tag[slots_of("release")] = tag_arrays.TURNED if turned else RELEASE
    route, falls = np.full(n_slot, -1), np.zeros(n_slot, dtype=bool)
    for k, name in enumerate(ROUTES):
        route[slots_of(name)] = k
    falls[slots_of("fallout")] = True
    tags = tag_arrays.Tags(
        stock, parts, np.zeros((5, n_metal, n_cell)),
        np.zeros((5, n_metal, len(ROUTES), n_cell)), tag, falls, route, INITIAL, BOOKED,
        FIRST["uptake"] if turned else -1,
    )  # fmt: skip
    return replace(case.copy(), tags=tags)


def slices_of_case(case: Case):
    share = case.shares.astype(float)
    share /= np.add.reduceat(share, SLICES.first[:-1], axis=1)[:, SLICES.layer]
    return case.stock[:, SLICES.layer] * share


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.0, 1e-3, 1.0, 30.0]),
    st.sampled_from([0.0, 0.05, 5.0]),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_tags_add_up_close_and_stay_positive(seed, water, rate, turned):
    plain = random_case(seed, water=water, rate=rate)
    case = tagged(plain, seed, turned)
    for _ in range(2):  # a second year from what the first one left
        for one in (case, plain):
            one.flux[:] = random_case(seed, water=water, rate=rate).flux
        before, slices = case.tags.stock.sum(axis=2), slices_of_case(case)
        case.close()
        plain.close()
        # the total does not see the tags
        np.testing.assert_array_equal(case.flux, plain.flux)
        np.testing.assert_array_equal(case.stock, plain.stock)
        np.testing.assert_array_equal(case.shares, plain.shares)
        # they add up, slice by slice
        total = slices_of_case(case)
        turnover = np.abs(case.flux).max(axis=1)[:, None]
        scale = total + slices + turnover + 1e-300
        assert np.max(np.abs(case.tags.stock.sum(axis=0) - total) / scale) < 1e-13
        assert case.tags.stock.min() >= 0.0
        # each closes by itself
        after = case.tags.stock.sum(axis=2)
        change = case.tags.gain - case.tags.loss.sum(axis=2)
        size = before + case.tags.gain + 1e-18
        assert np.max(np.abs(after - before - change) / size) < 1e-11


def test_what_tags_gain_and_lose_is_what_the_ledger_says():
    case = tagged(random_case(3))
    case.close()
    tags = case.tags
    gained = case.of("fallout")[:, 0] - case.of("bypass")[:, 0] + case.of("exhumation")[:, 2]
    gained += case.of("release").sum(axis=1) + np.maximum(case.of("signed")[:, 0], 0.0)
    np.testing.assert_allclose(tags.gain.sum(axis=0), gained, rtol=1e-12)
    for k, name in enumerate(ROUTES[1:-1], start=1):
        lost = case.of(name).sum(axis=1)
        np.testing.assert_allclose(tags.loss[:, :, k].sum(axis=0), lost, rtol=1e-10, atol=1e-25)
    out = case.of("leaching")[:, 2]
    np.testing.assert_allclose(tags.loss[:, :, 0].sum(axis=0), out, rtol=1e-10, atol=1e-25)
    removed = np.maximum(-case.of("signed")[:, 0], 0.0)
    np.testing.assert_allclose(tags.loss[:, :, 5].sum(axis=0), removed, rtol=1e-9, atol=1e-25)


def test_cells_do_not_see_each_other():
    whole, parts = tagged(random_case(5, n_cell=300)), tagged(random_case(5, n_cell=300))
    whole.close()
    for a, b in ((128, 300), (0, 7), (7, 128)):
        parts.close(a, b)
    np.testing.assert_array_equal(whole.tags.stock, parts.tags.stock)
    np.testing.assert_array_equal(whole.tags.loss, parts.tags.loss)


def test_a_soil_of_one_mixture_keeps_it_without_inputs():
    case = random_case(11)
    for name in ("fallout", "release", "exhumation", "bypass", "signed"):
        case.of(name)[:] = 0.0
    case = tagged(case)
    share = np.array([0.5, 0.2, 0.1, 0.15, 0.05])[:, None, None, None]
    case.tags.stock[:] = share * case.tags.stock.sum(axis=0)
    case.close()
    total = case.tags.stock.sum(axis=0)
    np.testing.assert_allclose(case.tags.stock, share * total, rtol=1e-9, atol=1e-24)


def test_fallout_stays_on_top_and_leaves_with_the_surface():
    """Of slow metal that falls, the surface's losses take more than of what lies deep."""
    case = still_case()
    case = tagged(case)
    case.tags.stock[:] = 0.0
    case.tags.stock[INITIAL] = slices_of_case(case)
    lost = []
    for _ in range(10):
        case.flux[:] = 0.0
        case.of("fallout")[:] = 2e-6
        case.tags.parts[NEAR] = 2e-6
        case.of("erosion")[:] = 1e-3
        case.close()
        lost.append(case.tags.loss[NEAR, 0, ROUTES.index("erosion"), 0])
    assert case.tags.stock[NEAR, 0, 0, 0] == pytest.approx(case.tags.stock[NEAR].sum(), rel=1e-6)
    in_layer = case.tags.stock[NEAR].sum() / case.stock[0, 0, 0]
    in_loss = lost[-1] / case.of("erosion")[0, 0, 0]
    # the slice's mixture: a layer mixed throughout would lose by `in_layer`
    assert in_loss > 3.0 * in_layer
    share = case.tags.stock[NEAR, 0, 0, 0] / case.tags.stock[:, 0, 0, 0].sum()
    assert in_loss == pytest.approx(share, rel=1e-6)  # slices are kept in single precision


@pytest.mark.parametrize("water", [0.3, 1.0])
def test_a_linear_soil_has_each_tag_as_if_it_were_alone(water):
    """Where sorption is linear, shares are what runs of each source by itself would give.

    The mixture is of first order in time, which smears what has come far.
    """
    case = still_case()
    n = len(SLICES)
    behind = np.full((n + 1, 1, 1), water)
    behind[[0, -1]] = 0.0
    ahead = behind + 0.4 * water
    ahead[0] = 0.0
    exchange = case.exchange._replace(ahead=ahead, behind=behind)
    ground = case.ground._replace(coefficient=np.full((1, 3, 1), 1.0 / 0.3))  # Kd 0.3 m3/kg
    case = replace(case, exchange=exchange, ground=ground)
    both = tagged(case)
    both.tags.stock[:] = 0.0
    both.tags.stock[INITIAL] = slices_of_case(both)
    old, new = replace(case.copy()), replace(case.copy())
    new.stock[:] = 0.0
    for _ in range(50):
        for one, falling in ((both, 1e-6), (old, 0.0), (new, 1e-6)):
            one.flux[:] = 0.0
            one.of("fallout")[:] = falling
            one.of("erosion")[:] = 2e-3
        both.tags.parts[NEAR] = 1e-6
        for one in (both, old, new):
            one.close()
    layers = np.add.reduceat(both.tags.stock, SLICES.first[:-1], axis=2)[:, 0, :, 0]
    alone = np.stack([old.stock[0, :, 0], new.stock[0, :, 0]])
    found = layers[[INITIAL, NEAR]]
    np.testing.assert_allclose(found / found.sum(axis=0), alone / alone.sum(axis=0), atol=1e-3)
    np.testing.assert_allclose(found[:, 0], alone[:, 0], rtol=5e-3)


def test_sealing_moves_tags_as_it_moves_the_total():
    rng = np.random.default_rng(2)
    case = tagged(random_case(2, n_cell=40))
    layers = case.stock.copy()
    sealed = 0.3 * layers
    tag_sealed = np.ascontiguousarray(
        rng.dirichlet(np.ones(5), layers.shape).transpose(3, 0, 1, 2) * sealed
    )
    ground, paved = np.full(40, 0.6), np.full(40, 0.3)
    change = rng.uniform(-0.4, 0.7, 40)
    change[:5] = 0.0
    before = case.tags.stock.sum(axis=2) + tag_sealed.sum(axis=2)
    tag_arrays.seal(
        change, ground, paved, case.shares, SLICES.first, case.tags.stock, tag_sealed, 0, 40
    )
    land.seal(change, ground, paved, layers, sealed, 0, 40)
    of_layers = np.add.reduceat(case.tags.stock.sum(axis=0), SLICES.first[:-1], axis=1)
    np.testing.assert_allclose(of_layers, layers, rtol=1e-6, atol=1e-22)
    np.testing.assert_allclose(tag_sealed.sum(axis=0), sealed, rtol=1e-6, atol=1e-22)
    after = case.tags.stock.sum(axis=2) + tag_sealed.sum(axis=2)
    np.testing.assert_allclose(after, before, rtol=1e-12, atol=1e-24)
    assert case.tags.stock.min() >= 0.0


def test_layers_of_the_cases_are_those_of_the_house():
    assert LAYERS == [0.2, 0.3, 0.5]
    assert booking.SIGNED in SLOTS.kind
