from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.experiment.probability import chance_above, wilson


@pytest.mark.parametrize(
    ("seen", "n", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611),
     (1, 29, 0.0061, 0.1718)],
)  # fmt: skip
def test_wilson_is_newcombes_score_interval(seen, n, low, high):
    assert wilson(seen / n, n) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@given(st.integers(1, 500), st.data())
def test_interval_holds_the_share_and_mirrors(n, data):
    seen = data.draw(st.integers(0, n))
    low, high = wilson(seen / n, n)
    assert 0.0 <= low <= seen / n + 1e-12
    assert seen / n - 1e-12 <= high <= 1.0
    mirrored = wilson(1.0 - seen / n, n)
    np.testing.assert_allclose((1.0 - mirrored[1], 1.0 - mirrored[0]), (low, high), atol=1e-12)


def test_nothing_is_known_without_draws():
    assert wilson(np.nan, 0) == (0.0, 1.0)


def test_chance_of_cells():
    overload = np.array([[[1, 0, -1]], [[1, 0, -1]], [[0, 0, -1]], [[1, 0, 1]]], dtype=np.int8)
    found = chance_above(overload, np.arange(4))
    np.testing.assert_array_equal(found["probability"], [[0.75, 0.0, 1.0]])
    np.testing.assert_allclose(found["low"][0, 0], wilson(0.75, 4)[0])
    np.testing.assert_allclose(found["high"][0, 2], wilson(1.0, 1)[1])  # one future has a limit
    nowhere = chance_above(np.full((2, 1, 1), -1, dtype=np.int8), np.arange(2))
    assert all(np.isnan(v).all() for v in nowhere.values())


def test_repeats_of_a_sample_do_not_narrow_the_interval():
    overload = np.array([[[1]], [[1]], [[0]], [[0]]], dtype=np.int8)
    once = chance_above(overload[::2], np.array([0, 1]))
    twice = chance_above(overload, np.array([0, 0, 1, 1]))
    assert {k: v.tolist() for k, v in once.items()} == {k: v.tolist() for k, v in twice.items()}
