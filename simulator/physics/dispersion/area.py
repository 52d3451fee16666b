"""Area sources: the plume of a polygon as the integral over strips across the wind (spec 9.2)."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from simulator.physics.dispersion.hours import hour_of
from simulator.physics.dispersion.plume import plume_at
from simulator.physics.dispersion.receptor import add_part
from simulator.physics.dispersion.release_hour import hourly_rates
from simulator.physics.dispersion.rise import Exit, release
from simulator.physics.dispersion.surface_air import deposition_height

#: Nearest strip upwind of a receptor. [m]
_NEAREST: Final[float] = 1.01
#: Strips are integrated over intervals that grow by this factor with distance.
_GROWTH: Final[float] = 1.5
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(4)
_NORMAL = np.array([round(0.5 * (1.0 + math.erf(0.1 * k / math.sqrt(2.0))), 4) for k in range(40)])


@njit(cache=True)
def cumulative_normal(z: float) -> float:
    """Cumulative normal distribution as AERMOD has it: a table of four decimals. [-]

    Steps of 0.1, linear between them, cut at 3.9. The exact function differs by up to 5e-4 within
    the plume, and at its very edge by more.
    """
    tenths = 10.0 * abs(z)
    inside = 1.0
    if tenths < 39.0:
        k = int(tenths)
        inside = _NORMAL[k] + (tenths - k) * (_NORMAL[k + 1] - _NORMAL[k])
    return inside if z > 0.0 else 1.0 - inside


@njit(cache=True)
def _sort(values: NDArray[np.float64], count: int) -> None:
    """Sort the first few values in place, ascending."""
    for i in range(1, count):
        value = values[i]
        j = i
        while j > 0 and values[j - 1] > value:
            values[j] = values[j - 1]
            j -= 1
        values[j] = value


@njit(cache=True)
def chords(
    u: float, along: NDArray[np.float64], across: NDArray[np.float64], ends: NDArray[np.float64]
) -> int:
    """Ends of a polygon's chords at a distance upwind, in pairs; returns their number.

    Parameters
    ----------
    u : float
        Distance upwind. [m]
    along, across : ndarray
        Corners upwind and across the wind from the receptor, ``[corner]``. [m]
    ends : ndarray
        Filled in, ascending, ``[corner]``. [m]
    """
    count = 0
    n = along.size
    for i in range(n):
        j = (i + 1) % n
        a, b = along[i], along[j]
        if (a <= u) != (b <= u):
            ends[count] = across[i] + (u - a) / (b - a) * (across[j] - across[i])
            count += 1
    _sort(ends, count)
    return count


@njit(cache=True, parallel=True)
def area_hours(
    vertices: NDArray[np.float64],
    size: float,
    valid: NDArray[np.bool_],
    scales: NDArray[np.float64],
    profiles: NDArray[np.float64],
    air: NDArray[np.float64],
    exit_: Exit,
    base: float,
    kind: NDArray[np.int64],
    substance: NDArray[np.int64],
    fraction: NDArray[np.float64],
    settling: NDArray[np.float64],
    parameters: NDArray[np.float64],
    land: NDArray[np.int64],
    x_receptor: NDArray[np.float64],
    y_receptor: NDArray[np.float64],
    ground: NDArray[np.float64],
    hill: NDArray[np.float64],
    flagpole: NDArray[np.float64],
    foot: float,
    flat: bool,
    dry_depletion: bool,
    wet_depletion: bool,
    values: NDArray[np.float64],
) -> None:
    """Fill in ``values [hour, receptor, substance, quantity]``, rates per unit emission (9.1).

    Parameters
    ----------
    vertices : ndarray
        Corners, ``[corner, 2]``. [m]
    size : float
        Area of the polygon. [m2]
    """
    n_corner = vertices.shape[0]
    for h in prange(valid.size):
        if not valid[h]:
            continue
        hour = hour_of(scales[h])
        profile = profiles[h]
        out = release(exit_, hour, profile, base)
        rates = hourly_rates(out, hour, profile, air[h], kind, parameters, land)
        angle = math.radians(out.direction)
        sine, cosine = math.sin(angle), math.cos(angle)
        z_d = deposition_height(hour.roughness)
        along, across = np.empty(n_corner), np.empty(n_corner)
        breaks, ends = np.empty(n_corner), np.empty(n_corner)
        for n in range(x_receptor.size):
            for i in range(n_corner):
                dx, dy = x_receptor[n] - vertices[i, 0], y_receptor[n] - vertices[i, 1]
                along[i] = -(dx * sine + dy * cosine)
                across[i] = dx * cosine - dy * sine
                breaks[i] = along[i]
            _sort(breaks, n_corner)
            if breaks[-1] <= _NEAREST:
                continue
            level, crest = 0.0, 0.0
            if not flat:
                level, crest = ground[n] - foot, hill[n] - foot
            above = level + flagpole[n]
            u = max(_NEAREST, breaks[0])
            corner = 0
            while u < breaks[-1]:
                while breaks[corner] <= u:
                    corner += 1
                far = min(u * _GROWTH, breaks[corner])
                middle, half = 0.5 * (u + far), 0.5 * (far - u)
                for k in range(_NODES.size):
                    distance = middle + half * _NODES[k]
                    count = chords(distance, along, across, ends)
                    plume = plume_at(distance, above, True, out, hour, profile)
                    scale = 1.0 / plume.sigma_y
                    inside = 0.0
                    for i in range(0, count - 1, 2):
                        inside += cumulative_normal(ends[i + 1] * scale) - cumulative_normal(
                            ends[i] * scale
                        )
                    if inside <= 0.0:
                        continue
                    strip = inside * half * _WEIGHTS[k] / size
                    add_part(
                        distance, strip, 0.0, plume, level, above, crest, flagpole[n], z_d, foot,
                        flat, dry_depletion, wet_depletion, out, hour, profile, rates, substance,
                        fraction, settling, values[h, n],
                    )  # fmt: skip
                u = far
