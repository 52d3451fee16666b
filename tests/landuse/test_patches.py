"""Patches of new built land and their expansion index."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage, sparse

from simulator.landuse.mosaic import Mosaic
from simulator.landuse.patches import (
    EDGE,
    INFILL,
    LEAPFROG,
    NewPatches,
    expansion_kind,
    fit_patch_sizes,
    unit_expansion_index,
)

EIGHT = np.ones((3, 3))


def of_map(rows: list[str]) -> tuple[Mosaic, np.ndarray, np.ndarray]:
    """Mosaic, built before and after of a map of # built, n new, . open land."""
    symbols = np.array([list(row) for row in rows])
    mosaic = Mosaic.of_cells(np.ones(symbols.shape, dtype=bool), 100.0)
    return mosaic, (symbols == "#").ravel(), (symbols != ".").ravel()


def test_the_three_kinds_of_liu_on_a_map() -> None:
    mosaic, before, after = of_map(
        [
            "###......",
            "#n#......",
            "###...nn.",
            "..n......",
            ".........",
        ]
    )
    patches = NewPatches.between(mosaic, before, after)
    # A gap inside; a pair that lies free; a corner of it at the edge: 2 of 8 around are built.
    assert patches.units.tolist() == [1, 2, 1]
    assert patches.area.tolist() == [100.0, 200.0, 100.0]
    np.testing.assert_allclose(patches.expansion_index, [1.0, 0.0, 2 / 8])
    assert patches.kind.tolist() == [INFILL, LEAPFROG, EDGE]
    assert patches.shares == (0.25, 0.25, 0.5)


def test_half_is_still_an_edge_as_in_liu() -> None:
    # Liu et al. (2010), table 1: infilling 50 < LEI <= 100, edge-expansion 0 < LEI <= 50.
    index = np.array([1.0, 0.5001, 0.5, 1e-9, 0.0])
    assert expansion_kind(index).tolist() == [INFILL, INFILL, EDGE, EDGE, LEAPFROG]


def test_the_index_of_parcels_counts_area() -> None:
    star = np.zeros((4, 4))
    star[0, 1:] = star[1:, 0] = 1.0
    mosaic = Mosaic.of_parcels(np.array([1.0, 6.0, 3.0, 1.0]), sparse.csr_array(star))
    built = np.array([False, True, False, False])
    np.testing.assert_allclose(unit_expansion_index(mosaic, built), [0.6, 0.0, 0.0, 0.0])


@settings(deadline=None)  # the first call compiles
@given(st.integers(0, 2**32 - 1), st.floats(0.05, 0.6), st.integers(1, 12), st.integers(1, 12))
def test_patches_are_those_of_an_image_library(
    seed: int, density: float, rows: int, cols: int
) -> None:
    rng = np.random.default_rng(seed)
    valid = rng.random((rows, cols)) < 0.9
    built = valid & (rng.random(valid.shape) < 0.4)
    new = valid & ~built & (rng.random(valid.shape) < density)
    mosaic = Mosaic.of_cells(valid, 1.0)
    patches = NewPatches.between(mosaic, built[valid], (built | new)[valid])
    label, count = ndimage.label(new, EIGHT)
    assert patches.label.tolist() == (label[valid] - 1).tolist()
    assert patches.units.tolist() == np.bincount(label.ravel(), minlength=count + 1)[1:].tolist()
    for patch in range(count):
        inside = label == patch + 1
        ring = ndimage.binary_dilation(inside, EIGHT) & ~inside & valid
        expected = built[ring].mean() if ring.any() else 0.0
        assert patches.expansion_index[patch] == pytest.approx(expected, rel=1e-12)


def test_land_that_is_given_back_is_no_patch() -> None:
    mosaic, before, _ = of_map(["#.#"])
    patches = NewPatches.between(mosaic, before, np.array([False, True, True]))
    assert patches.label.tolist() == [-1, 0, -1]


def test_the_fit_finds_the_distribution_that_sizes_were_drawn_from() -> None:
    # 20 000 lognormal sizes, rounded to pixels of 1 ha with at least one: two thirds are single.
    mean, log_sd = 1.8e4, 1.1
    z = np.random.default_rng(5).standard_normal(20_000)
    aim = mean * np.exp(log_sd * z - 0.5 * log_sd**2)
    units = np.maximum(1, np.round(aim / 1e4)).astype(np.int64)
    patches = NewPatches(np.zeros(0, np.int32), units, units * 1e4, np.zeros(units.size))
    assert (units == 1).mean() > 0.6
    assert fit_patch_sizes(patches) == pytest.approx((mean, log_sd), rel=0.03)


def test_one_huge_patch_does_not_break_the_fit() -> None:
    # The probability of its size rounds to 1 - 1: the fit has to count the small tail.
    units = np.array([1] * 700 + [2] * 200 + [3] * 99 + [100_000])
    patches = NewPatches(np.zeros(0, np.int32), units, units * 1e4, np.zeros(units.size))
    without = NewPatches(np.zeros(0, np.int32), units[:-1], units[:-1] * 1e4, np.zeros(999))
    assert fit_patch_sizes(patches)[1] > fit_patch_sizes(without)[1]
