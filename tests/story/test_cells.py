"""The three cells: hand-made maps on which one sees which they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.story.cells import neighbours, surprising, typical, worst

NONE = np.nan


def test_the_worst_has_most_for_its_limit() -> None:
    content = np.array([[0.2, 0.9, NONE], [0.5, 5.0, 0.4]])
    limit = np.array([[0.3, 1.0, 1.0], [0.4, NONE, 0.3]])
    assert worst(content, limit) == (1, 2)
    assert worst(content, np.full((2, 3), NONE)) is None
    assert worst(np.ones((2, 2)), np.ones((2, 2))) == (0, 0)  # the first of equals


def test_the_typical_is_nearest_to_the_median_path() -> None:
    start = np.array([[1.0, 1.1, 1.2, 9.0]])
    end = np.array([[1.0, 1.5, 2.0, 9.0]])
    path = np.stack([start, end])
    among = np.array([[True, True, True, False]])
    assert typical(path, among, []) == (0, 1)
    assert typical(path, among, [(0, 1)]) in ((0, 0), (0, 2))  # as far on either side
    assert typical(path, np.zeros((1, 4), dtype=bool), []) is None


def test_the_surprising_differs_from_its_neighbours() -> None:
    change = np.zeros((4, 5))
    change[1, 2] = 0.4
    change[3, 4] = -9.0
    change[2, 3:] = change[3, 3] = NONE  # two neighbours with soil are too few
    assert surprising(change, []) == (1, 2)
    change[1, 2] = -0.4
    assert surprising(change, []) == (1, 2)
    assert surprising(change, [(1, 2)]) != (1, 2)
    assert surprising(np.zeros((1, 2)), []) is None


@given(arrays(np.float64, (5, 6), elements=st.floats(-1e3, 1e3)), st.sets(st.integers(0, 29)))
def test_neighbours_by_hand(values: np.ndarray, holes: set[int]) -> None:
    values.flat[list(holes)] = NONE
    found = neighbours(values)
    for row, col in np.ndindex(values.shape):
        around = [
            values[i, j]
            for i in range(max(row - 1, 0), min(row + 2, 5))
            for j in range(max(col - 1, 0), min(col + 2, 6))
            if (i, j) != (row, col) and np.isfinite(values[i, j])
        ]
        if len(around) < 3:
            assert np.isnan(found[row, col])
        else:
            assert found[row, col] == pytest.approx(np.median(around))
