"""Powers by row: the library's numbers to rounding, in any split."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.physics.power import power_row


def power(x: np.ndarray, e: float) -> np.ndarray:
    out = np.empty_like(x)
    power_row(x, e, out, np.empty(x.size, dtype=np.int64))
    return out


@pytest.mark.parametrize("e", [-3.0, -0.556, -0.1, 0.0, 0.333, 1.0, 2.5])
def test_agrees_with_the_library(e):
    """Contents from 1e-30 to 1: 2e-14 relative while |e log2 x| < 50, near that beyond."""
    x = 10.0 ** np.random.default_rng(0).uniform(-30, 0, 5001)
    inside = np.abs(e * np.log2(x)) < 50.0
    error = np.abs(power(x, e) / x**e - 1.0)
    assert error[inside].max() < 2e-14
    assert error.max() < 2e-13


def test_exact_where_it_should_be():
    np.testing.assert_array_equal(power(np.array([1.0, 4.0, 0.25]), 0.5), [1.0, 2.0, 0.5])
    np.testing.assert_array_equal(power(np.array([3.7, 1e-12]), 0.0), [1.0, 1.0])


def test_bits_do_not_depend_on_the_split():
    x = 10.0 ** np.random.default_rng(1).uniform(-9, -2, 301)
    whole = power(x, -0.556)
    pieces = np.concatenate([power(x[a : a + 7], -0.556) for a in range(0, 301, 7)])
    np.testing.assert_array_equal(pieces, whole)
