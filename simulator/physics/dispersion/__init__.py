"""Dispersion and deposition of what sources emit, after AERMOD's formulation.

A steady-state plume model, numerically equivalent to AERMOD 24142 for point, volume and area
sources. Equation numbers in the modules are those of ``docs/dispersion.md``.
"""
