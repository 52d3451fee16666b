"""Units of land and their neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy import sparse

from simulator.landuse.mosaic import Mosaic

MASK = npst.arrays(bool, npst.array_shapes(min_dims=2, max_dims=2, max_side=7))


def neighbours(mosaic: Mosaic, unit: int) -> list[int]:
    return mosaic.indices[mosaic.indptr[unit] : mosaic.indptr[unit + 1]].tolist()


def test_cells_are_numbered_in_reading_order_and_touch_by_sides_and_corners() -> None:
    valid = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 0]], dtype=bool)
    mosaic = Mosaic.of_cells(valid, 900.0)
    assert mosaic.area.tolist() == [900.0] * 5
    assert [neighbours(mosaic, u) for u in range(5)] == [
        [1, 2],
        [0, 2, 3],
        [0, 1, 3, 4],
        [1, 2],
        [2],
    ]


@settings(deadline=None)  # the first call compiles
@given(MASK)
def test_cells_touch_exactly_within_one_row_and_column(valid: np.ndarray) -> None:
    mosaic = Mosaic.of_cells(valid, 1.0)
    at = np.argwhere(valid)
    touch = np.abs(at[:, None] - at[None]).max(axis=2) == 1
    assert [neighbours(mosaic, u) for u in range(len(at))] == [
        np.flatnonzero(row).tolist() for row in touch
    ]


@settings(deadline=None)  # the first call compiles
@given(st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_parcels_touch_where_the_matrix_says(count: int, seed: int) -> None:
    matrix = np.random.default_rng(seed).random((count, count))
    matrix = np.where(matrix + matrix.T > 1.2, 1.0, 0.0)
    mosaic = Mosaic.of_parcels(np.arange(1.0, count + 1.0), sparse.csr_array(matrix))
    np.fill_diagonal(matrix, 0.0)
    assert mosaic.area.sum() == count * (count + 1) / 2
    assert [neighbours(mosaic, u) for u in range(count)] == [
        np.flatnonzero(row).tolist() for row in matrix
    ]


def test_a_stored_zero_is_no_border() -> None:
    matrix = sparse.csr_array((np.array([0.0, 1.0, 1.0]), ([0, 0, 2], [1, 2, 0])), shape=(3, 3))
    mosaic = Mosaic.of_parcels(np.ones(3), matrix)
    assert [neighbours(mosaic, u) for u in range(3)] == [[2], [], [0]]


@pytest.mark.parametrize("shape", [(1, 1), (0, 0)])
def test_one_unit_and_none(shape: tuple[int, int]) -> None:
    mosaic = Mosaic.of_cells(np.ones(shape, dtype=bool), 1.0)
    assert mosaic.indices.size == 0
    assert mosaic.indptr.size == shape[0] * shape[1] + 1
