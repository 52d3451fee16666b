"""Experiments: what may be decided against what is uncertain, simulated, kept and read."""
