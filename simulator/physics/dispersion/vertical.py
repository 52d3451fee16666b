"""Vertical distribution of a plume: sums over its images in the ground and the lid (spec 6)."""

from __future__ import annotations

import math
from typing import Final

from numba import njit

_SQRT_2PI: Final[float] = math.sqrt(2.0 * math.pi)
_SQRT_HALF_PI: Final[float] = math.sqrt(0.5 * math.pi)
_SQRT_2: Final[float] = math.sqrt(2.0)
#: Exponents below this count as zero.
_EXPONENT_MIN: Final[float] = -50.0
#: Share of the sum below which images are left out; a tenth of the last digit that AERMOD prints.
_NEGLIGIBLE: Final[float] = 1e-8
#: Above this ratio of spread to lid the sum of images is taken as an integral.
_SMOOTH: Final[float] = 5.0


@njit(cache=True)
def exp_cut(exponent: float) -> float:
    """Exponential that is zero below -50."""
    return math.exp(exponent) if exponent > _EXPONENT_MIN else 0.0


@njit(cache=True)
def paired(height: float, z: float, sigma: float) -> float:
    """exp(-(h - z)^2 / 2 sigma^2) + exp(-(h + z)^2 / 2 sigma^2): a plume and its image. [-]"""
    scale = 1.0 / (sigma * sigma)
    a = height * z * scale
    if abs(a) < 0.5:
        # 2 exp(-(h^2 + z^2) / 2 sigma^2) cosh(a), with one exponential; exact to 1e-13
        a2 = a * a
        cosh = 1.0 + a2 * (1 / 2 + a2 * (1 / 24 + a2 * (1 / 720 + a2 * (1 / 40320 + a2 / 3628800))))
        return 2.0 * cosh * exp_cut(-0.5 * scale * (height * height + z * z))
    down, up = height - z, height + z
    return exp_cut(-0.5 * scale * down * down) + exp_cut(-0.5 * scale * up * up)


@njit(cache=True)
def stable_term(z: float, sigma: float, height: float, lid: float) -> float:
    """Vertical term F_s of a Gaussian plume between the ground and a lid (6.5). [m-1]

    Above the lid the lid does not act.
    """
    if z > lid:
        return paired(height, z, sigma) / (_SQRT_2PI * sigma)
    if sigma > 0.6 * lid:
        # Poisson's sum of the same series
        decay = math.exp(-0.5 * (math.pi * sigma / lid) ** 2)
        a = math.pi * height / lid
        b = math.pi * z / lid
        fourth = decay**4
        series = decay * math.cos(a) * math.cos(b)
        series += fourth * math.cos(2.0 * a) * math.cos(2.0 * b)
        series += fourth * fourth * decay * math.cos(3.0 * a) * math.cos(3.0 * b)
        return (1.0 + 2.0 * series) / lid
    total = paired(height, z, sigma)
    for m in range(1, 100):
        shift = 2.0 * m * lid
        images = paired(shift - height, z, sigma) + paired(shift + height, z, sigma)
        total += images
        if images <= _NEGLIGIBLE * total:
            break
    return total / (_SQRT_2PI * sigma)


@njit(cache=True)
def one_sided(height: float, sigma: float, lid: float) -> float:
    """Sum over m >= 0 of exp(-(h + 2 m z)^2 / 2 sigma^2), h possibly negative (spec 12.2). [-]"""
    q = 2.0 * lid / sigma
    eta = height / sigma
    if q < 2.0 / _SMOOTH:
        # Euler-Maclaurin
        f = exp_cut(-0.5 * eta * eta)
        first = -eta * q * f
        third = q**3 * (3.0 * eta - eta**3) * f
        tail = math.erfc(eta / _SQRT_2)
        return _SQRT_HALF_PI / q * tail + 0.5 * f - first / 12.0 + third / 720.0
    total = 0.0
    for _ in range(1000):
        term = exp_cut(-0.5 * eta * eta)
        total += term
        if eta > 0.0 and term <= _NEGLIGIBLE * total:
            break
        eta += q
    return total


@njit(cache=True)
def one_sided_pair(height: float, z: float, sigma: float, lid: float) -> float:
    """``one_sided(h - z) + one_sided(h + z)``, with half the exponentials. [-]"""
    if z == 0.0:
        return 2.0 * one_sided(height, sigma, lid)
    if 2.0 * lid < sigma * (2.0 / _SMOOTH):
        return one_sided(height - z, sigma, lid) + one_sided(height + z, sigma, lid)
    total = 0.0
    for _ in range(1000):
        term = paired(height, z, sigma)
        total += term
        if height > abs(z) and term <= _NEGLIGIBLE * total:
            break
        height += 2.0 * lid
    return total


@njit(cache=True)
def convective_part(
    z: float, sigma: float, direct: float, indirect: float, lid: float
) -> tuple[float, float]:
    """Direct and indirect images of one of the two Gaussians, without its weight (6.8, 6.9). [m-1]

    Parameters
    ----------
    z : float
        Height of the receptor. [m]
    sigma : float
        Vertical spread. [m]
    direct, indirect : float
        Heights of the direct and the indirect plume. [m]
    lid : float
        [m]
    """
    scale = 1.0 / (_SQRT_2PI * sigma)
    return (
        scale * one_sided_pair(direct, z, sigma, lid),
        scale * one_sided_pair(2.0 * lid - indirect, z, sigma, lid),
    )
