"""Dispersion and deposition of what sources emit, after AERMOD's formulation.

A steady-state plume model, numerically equivalent to AERMOD 24142 for point, volume and area
sources. Section and equation numbers in the modules are those of ``docs/dispersion.md``: "spec 3.1"
or "3.1 of the specification" is its section 3.1, (4.8) its equation of that number.
"""
