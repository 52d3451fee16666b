"""What was computed is kept up to a limit, the longest unused forgotten first."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.memory import Memory


def test_what_is_kept_is_computed_once_and_read_only() -> None:
    memory, made = Memory(1 << 20), []

    def compute() -> np.ndarray:
        made.append(1)
        return np.zeros(4)

    first = memory.of("a", compute)
    assert memory.of("a", compute) is first
    assert made == [1]
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1.0


def test_the_longest_unused_goes_first() -> None:
    memory = Memory(limit=3 * 80)
    for name in "abc":
        memory.of(name, lambda: np.zeros(10))
    memory.of("a", lambda: np.ones(10))
    memory.of("d", lambda: np.zeros(10))
    assert [name in memory for name in "abcd"] == [True, False, True, True]
    assert memory.size == 3 * 80


def test_one_that_is_too_large_is_kept_alone() -> None:
    memory = Memory(limit=100)
    memory.of("small", lambda: np.zeros(1))
    assert memory.of("large", lambda: np.zeros(100)).size == 100
    assert "large" in memory
    assert "small" not in memory
