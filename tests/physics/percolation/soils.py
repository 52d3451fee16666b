"""Columns for the tests of the solver: soils of the literature, meshes, weather."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.physics.percolation.column import (
    Bottom,
    Column,
    Material,
    Profile,
    Roots,
    Solute,
    Top,
    Weather,
)
from simulator.physics.percolation.hydraulics import Hydraulics, water_content
from simulator.physics.percolation.outcome import Outcome

Floats = NDArray[np.float64]

#: Means of the texture classes of Carsel & Parrish (1988), table 6; theta_r, theta_s, alpha [cm-1],
#: n, K_s [cm d-1].
CLASSES = {
    "sand": Material(0.045, 0.43, 0.145, 2.68, 712.8),
    "loamy sand": Material(0.057, 0.41, 0.124, 2.28, 350.2),
    "sandy loam": Material(0.065, 0.41, 0.075, 1.89, 106.1),
    "loam": Material(0.078, 0.43, 0.036, 1.56, 24.96),
    "silt": Material(0.034, 0.46, 0.016, 1.37, 6.00),
    "silt loam": Material(0.067, 0.45, 0.020, 1.41, 10.80),
    "sandy clay loam": Material(0.100, 0.39, 0.059, 1.48, 31.44),
    "clay loam": Material(0.095, 0.41, 0.019, 1.31, 6.24),
    "silty clay loam": Material(0.089, 0.43, 0.010, 1.23, 1.68),
    "sandy clay": Material(0.100, 0.38, 0.027, 1.23, 2.88),
    "silty clay": Material(0.070, 0.36, 0.005, 1.09, 0.48),
    "clay": Material(0.068, 0.38, 0.008, 1.09, 4.80),
}


def hydraulics(material: Material, air_entry: bool = False) -> Hydraulics:
    """The material as kernels take it, as number 0."""
    names = ("theta_r", "theta_s", "alpha", "n", "k_s", "l")
    values = (np.array([float(getattr(material, name))]) for name in names)
    return Hydraulics(*values, -2.0 if air_entry else 0.0)


def profile(
    *layers: tuple[float, Material], spacing: float = 2.0, air_entry: bool = False
) -> Profile:
    """Layers of a thickness [cm] each, from the top down."""
    bounds = np.cumsum([thickness for thickness, _ in layers])
    depth = np.linspace(0.0, bounds[-1], round(bounds[-1] / spacing) + 1)
    material = np.searchsorted(bounds[:-1] + 1e-9, depth)
    return Profile(depth, material.astype(np.int64), tuple(m for _, m in layers), air_entry)


def days(
    rain: Any, evaporation: Any = 0.0, transpiration: Any = 0.0, concentration: Any = None
) -> Weather:
    """Daily records; ``concentration`` ``[solute, day]``."""
    rain = np.atleast_1d(np.asarray(rain, dtype=np.float64))

    def each(values: Any) -> Floats:
        return np.broadcast_to(np.asarray(values, dtype=np.float64), rain.shape).copy()

    carried = np.zeros((0, 0)) if concentration is None else np.asarray(concentration, np.float64)
    end = np.arange(1.0, rain.size + 1.0)
    return Weather(end, rain, each(evaporation), each(transpiration), carried)


def column(
    of: Profile,
    top: Top | None = None,
    bottom: Bottom | None = None,
    head: Any = -100.0,
    weather: Weather | None = None,
    stop: float | None = None,
    **others: Any,
) -> Column:
    """A column from day 0, to the end of its weather unless told; free drainage, an open top."""
    if stop is None:
        assert weather is not None
        stop = float(weather.end[-1])
    return Column(
        of,
        top or Top("atmospheric"),
        bottom or Bottom("free_drainage"),
        np.broadcast_to(np.asarray(head, dtype=np.float64), of.depth.shape).copy(),
        0.0,
        stop,
        weather,
        **others,
    )


def even_roots(of: Profile, reach: float = 30.0, **others: Any) -> Roots:
    """Roots as dense everywhere down to ``reach``. [cm]"""
    return Roots((of.depth <= reach).astype(np.float64), **others)


def solute(of: Profile, kd: float = 0.0, initial: Any = 0.0, **others: Any) -> Solute:
    """Solute of the same isotherm everywhere; ``beta`` and ``eta`` as numbers."""
    count = len(of.materials)
    beta, eta = others.pop("beta", 1.0), others.pop("eta", 0.0)
    return Solute(
        np.broadcast_to(np.asarray(initial, dtype=np.float64), of.depth.shape).copy(),
        *(np.full(count, value) for value in (kd, beta, eta)),
        **others,
    )


def water_start(c: Column) -> float:
    """Water in the profile at the start. [cm]"""
    of = c.profile
    theta = [
        water_content(h, hydraulics(of.materials[k], of.air_entry), 0)
        for h, k in zip(c.head, of.material, strict=True)
    ]
    return float(np.dot(theta, of.length))


def off_the_curve(c: Column, o: Outcome, i: int = 0) -> float:
    """Largest distance of a water content of the profiles from the curve at its head. [-]"""
    of = c.profile
    soils = [hydraulics(m, of.air_entry) for m in of.materials]
    held = np.array(
        [
            [water_content(h, soils[k], 0) for h, k in zip(row, of.material, strict=True)]
            for row in o.head[i]
        ]
    )
    return float(np.abs(o.theta[i] - held).max())


def water_residual(c: Column, o: Outcome, i: int = 0) -> float:
    """Largest residual of the water balance of the soil over what passed and was stored. [-]"""
    start = water_start(c)
    left = o.infiltration[i] - o.transpiration[i] - o.percolation[i] - (o.storage[i] - start)
    scale = np.abs(o.infiltration[i]) + o.transpiration[i] + np.abs(o.percolation[i]) + start
    return float(np.max(np.abs(left) / scale))
