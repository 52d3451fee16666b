"""Pure functions and compiled kernels: arrays in, arrays out."""

from pathlib import Path

from simulator.physics._fresh import discard_stale_kernels

discard_stale_kernels(Path(__file__).parent)
