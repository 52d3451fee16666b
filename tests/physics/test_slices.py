"""Slices: they make up the layers, thin at the surface and beside the edges of layers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.physics.slices import (
    FINEST,
    GREATEST_ABOVE,
    GREATEST_BELOW,
    GROWTH,
    SURFACE,
    slices_of,
)

LAYERS = [0.2, 0.3, 0.5]  # m
layers = st.lists(st.floats(0.01, 2.0), min_size=1, max_size=10)


@given(layers)
@settings(max_examples=100, deadline=None)
def test_slices_make_up_the_layers(thickness):
    slices = slices_of(thickness)
    in_layer = [slices.layer == z for z in range(len(thickness))]
    assert slices.layer.tolist() == sorted(slices.layer)
    for z, whole in enumerate(thickness):
        assert slices.thickness[in_layer[z]].sum() == pytest.approx(whole, rel=1e-14)
        assert slices.share[in_layer[z]].sum() == pytest.approx(1.0, rel=1e-14)
    np.testing.assert_allclose(slices.share * np.array(thickness)[slices.layer], slices.thickness)
    np.testing.assert_allclose(
        slices.edges[slices.first], np.append(0.0, np.cumsum(thickness)), rtol=1e-14, atol=1e-15
    )
    assert slices.edges.size == len(slices) + 1
    assert slices.first.tolist() == [
        *(int(np.flatnonzero(i)[0]) for i in in_layer),
        len(slices),
    ]


@given(layers)
@settings(max_examples=100, deadline=None)
def test_no_slice_is_thicker_than_allowed_or_a_sliver(thickness):
    """None is thinner than the finest share of its layer, or of the depth that it lies in."""
    slices = slices_of(thickness)
    top = slices.layer == 0
    assert slices.thickness[top].max() <= GREATEST_ABOVE * (1 + 1e-9)
    if len(thickness) > 1:
        assert slices.thickness[~top].max() <= GREATEST_BELOW * (1 + 1e-9)
    for z, whole in enumerate(thickness):
        least = FINEST * min(whole, float(np.sum(thickness[: max(z, 1)])))
        assert slices.thickness[slices.layer == z].min() >= 0.99 * min(least, SURFACE)


@given(st.lists(st.floats(0.3, 1.0), min_size=2, max_size=6))
@settings(max_examples=100, deadline=None)
def test_slices_are_thin_beside_the_edges_and_grow_away_from_them(thickness):
    slices = slices_of(thickness)
    assert slices.thickness[0] == SURFACE
    for z, depth in enumerate(np.cumsum(thickness)[:-1]):
        edge = slices.first[z + 1]
        above = slices.thickness[slices.first[z] : edge][::-1]
        below = slices.thickness[edge : slices.first[z + 2]]
        most_above = GREATEST_ABOVE if z == 0 else GREATEST_BELOW
        for beside, most in ((above, most_above), (below, GREATEST_BELOW)):
            if FINEST * depth < most:
                assert beside[0] == pytest.approx(FINEST * depth)
            if GROWTH * FINEST * depth < most:  # 0.1 m at most: within half of the layer
                assert beside[1] == pytest.approx(GROWTH * FINEST * depth)


def test_slices_of_the_usual_layers():
    """Twenty-one slices for a metre: 3 cm at the surface, 8 mm and 2 cm beside the edges."""
    slices = slices_of(LAYERS)
    assert slices.first.tolist() == [0, 6, 14, 21]
    np.testing.assert_allclose(
        slices.thickness[:6], [0.03, 0.05496, 0.05496, 0.03528, 0.0168, 0.008], rtol=1e-12
    )
    np.testing.assert_allclose(
        slices.thickness[6:14],
        [0.008, 0.0168, 0.03528, 0.074088, 0.051916, 0.051916, 0.042, 0.02],
        rtol=1e-12,
    )
    np.testing.assert_allclose(
        slices.thickness[14:], [0.02, 0.042, 0.0882, *[0.08745] * 4], rtol=1e-12
    )


def test_one_layer_is_refined_at_the_surface_alone():
    slices = slices_of([0.99])
    assert slices.thickness[0] == SURFACE
    np.testing.assert_allclose(slices.thickness[1:], 0.06, rtol=1e-12)
    assert slices.first.tolist() == [0, 17]


def test_a_thin_layer_is_one_slice():
    slices = slices_of([0.02])
    assert slices.thickness.tolist() == [0.02]
    assert slices.share.tolist() == [1.0]
    assert slices.first.tolist() == [0, 1]


def test_what_lies_above_a_depth_is_counted_in_the_uppermost_layer():
    """A slice counts when all of it lies above the depth, whatever rounding does to edges."""
    slices = slices_of(LAYERS)
    assert slices.above(0.0) == 0
    assert slices.above(0.0299) == 0
    assert slices.above(0.03) == 1
    for count, edge in enumerate(slices.edges[: slices.first[1] + 1]):
        assert slices.above(float(edge)) == count
        assert slices.above(float(edge) - 1e-12) == count
    assert slices.above(0.2) == slices.above(5.0) == slices.first[1]


def test_where_both_sides_meet_there_is_no_sliver():
    """3.125 cm between 5 and 10.5 mm from above and from below."""
    slices = slices_of([0.0625, 0.03125, 1.0])
    middle = slices.thickness[slices.layer == 1]
    np.testing.assert_allclose(middle, [0.005, 0.0105, 0.01075, 0.005])
