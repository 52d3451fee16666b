"""Checkpoints: what is stored comes back."""

from __future__ import annotations

import numpy as np

from simulator.record.checkpoint import (
    Checkpoint,
    checkpoint_file,
    read_checkpoint,
    write_checkpoint,
)


def test_large_arrays_are_packed_and_come_back_bit_for_bit(tmp_path):
    """As sea is empty, a file is far smaller than what it holds."""
    rng = np.random.default_rng(1)
    large = np.zeros((3, 8, 10000))
    large[..., :5000] = rng.random((3, 8, 5000))
    single = rng.random((2, 200_000)).astype(np.float32)
    state = {"large": large, "single": single, "small": np.arange(4.0), "none": np.zeros((0, 5))}
    checkpoint = Checkpoint(2030, state, {}, {}, {})
    write_checkpoint(tmp_path, checkpoint)
    file = checkpoint_file(tmp_path, 2030)
    assert file.stat().st_size < 0.8 * (large.nbytes + single.nbytes)
    back = read_checkpoint(file).state
    assert back.keys() == state.keys()
    for key, array in state.items():
        assert back[key].dtype == array.dtype
        np.testing.assert_array_equal(back[key], array)
