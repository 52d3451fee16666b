"""Settling, deposition and washout of particles: AERMOD's Method 1 (by size) and 2 (in bulk).

Equation numbers are those of ``docs/dispersion.md``. Arguments are in SI units; the formulas take
cm, um and g cm-3 inside, where their constants have them.

References
----------
.. [1] U.S. EPA (2004), *AERMOD Deposition Algorithms - Science Document (revised draft)*; as coded
   in AERMOD 24142.
.. [2] Wesely, M. L., Doskey, P. V., Shannon, J. D. (2002), *Deposition Parameterizations for the
   Industrial Source Complex (ISC3) Model*, ANL/ER/TR-01/003.
.. [3] Slinn, W. G. N. (1984), Precipitation scavenging, in *Atmospheric Science and Power
   Production*, DOE/TIC-27601.
.. [4] Walcek, C., Stensland, G., Zhang, L., Huang, H., Hales, J., Sweet, C., Massman, W.,
   Williams, A., Dicke, J. (2001), *Scientific Peer-Review of the Report "Deposition
   Parameterization for the Industrial Source Complex (ISC3) Model"*.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from numba import njit

from simulator.physics.dispersion.constants import GRAVITY

_AIR_DENSITY = 0.0012  # g cm-3
_AIR_VISCOSITY = 1.81e-4  # g cm-1 s-1
_MEAN_FREE_PATH = 6.5e-6  # cm
_PHORETIC_VELOCITY = 1.0e-4  # m s-1
_GUST_WEIGHT = 0.24
_COARSE_VELOCITY = 0.002  # m s-1, settling of the coarse share in Method 2

#: Density that stands for all in Method 2. [kg m-3]
BULK_DENSITY = 1000.0


class Deposition(NamedTuple):
    """Dry deposition of one size class.

    Attributes
    ----------
    r_d : float
        Resistance of the sublayer, r_d (Method 1) or r_p (Method 2). [s m-1]
    schmidt : float
        Schmidt number; 0 in Method 2, which needs none. [-]
    v_d : float
        Deposition velocity. [m s-1]
    """

    r_d: float
    schmidt: float
    v_d: float


class Scavenging(NamedTuple):
    """Washout of one size class.

    Attributes
    ----------
    efficiency : float
        Share of the particles in a drop's way that it collects, at most 1. [-]
    flux : float
        Rate for the wet flux. [s-1]
    depletion : float
        Rate for the depletion of the plume; below ``flux`` where the efficiency is capped. [s-1]
    """

    efficiency: float
    flux: float
    depletion: float


@njit(cache=True)
def slip_correction(diameter: float) -> float:
    """Cunningham slip correction C_c, eq. 8.5 [1]_.

    Parameters
    ----------
    diameter : float
        [m]

    Returns
    -------
    float
        [-]
    """
    ratio = 100.0 * diameter / _MEAN_FREE_PATH
    return 1.0 + 2.0 / ratio * (1.257 + 0.4 * math.exp(-0.55 * ratio))


@njit(cache=True)
def settling_velocity(diameter: float, density: float, slip: float) -> float:
    """Stokes settling velocity v_g, eq. 8.6 [1]_.

    Parameters
    ----------
    diameter : float
        [m]
    density : float
        [kg m-3]
    slip : float
        C_c. [-]

    Returns
    -------
    float
        [m s-1]
    """
    excess = max(0.0, 1.0e-3 * density - _AIR_DENSITY)  # g cm-3
    across = 100.0 * diameter  # cm
    return excess * GRAVITY * across * across * slip / (18.0 * _AIR_VISCOSITY)


@njit(cache=True)
def stopping_time(settling: float) -> float:
    """Time tau_s in which a particle adapts to the air, eq. 8.7 [1]_.

    Parameters
    ----------
    settling : float
        v_g. [m s-1]

    Returns
    -------
    float
        [s]
    """
    return settling / GRAVITY


@njit(cache=True)
def schmidt_number(diameter: float, slip: float, temperature: float, viscosity: float) -> float:
    """Schmidt number, eq. 8.8 [1]_.

    Parameters
    ----------
    diameter : float
        [m]
    slip : float
        C_c. [-]
    temperature : float
        T_a. [K]
    viscosity : float
        Kinematic, of air. [m2 s-1]

    Returns
    -------
    float
        [-]
    """
    return viscosity / (8.09e-14 * temperature * slip / (1.0e6 * diameter))


@njit(cache=True, error_model="numpy")
def deposition_by_size(
    settling: float,
    stopping: float,
    schmidt: float,
    viscosity: float,
    r_a: float,
    friction_velocity: float,
    convective_velocity: float,
) -> Deposition:
    """Deposition velocity of Method 1, eqs. 8.8-8.10 [1]_, [2]_.

    Parameters
    ----------
    settling, stopping, schmidt : float
        v_g [m s-1], tau_s [s] and Sc [-] of the size class.
    viscosity : float
        Kinematic, of air. [m2 s-1]
    r_a : float
        Aerodynamic resistance. [s m-1]
    friction_velocity, convective_velocity : float
        u*, w*; w* is not positive in stable hours. [m s-1]

    Returns
    -------
    Deposition
    """
    stokes = stopping * friction_velocity * friction_velocity / viscosity
    gusts = 1.0
    if convective_velocity > 0.0:
        gusts += _GUST_WEIGHT * (convective_velocity / friction_velocity) ** 2
    caught = schmidt ** (-2.0 / 3.0) + 10.0 ** (-3.0 / stokes)
    r_d = 1.0 / (gusts * friction_velocity * caught)
    v_d = 1.0 / (r_a + r_d + r_a * r_d * settling) + settling + _PHORETIC_VELOCITY
    return Deposition(r_d, schmidt, v_d)


@njit(cache=True, error_model="numpy")
def deposition_in_bulk(
    fine_fraction: float, r_a: float, friction_velocity: float, obukhov_length: float
) -> Deposition:
    """Deposition velocity of Method 2, eqs. 8.11-8.12 [2]_.

    Parameters
    ----------
    fine_fraction : float
        Share of the mass below 2.5 um. [-]
    r_a : float
        Aerodynamic resistance. [s m-1]
    friction_velocity : float
        u*. [m s-1]
    obukhov_length : float
        L. [m]

    Returns
    -------
    Deposition
    """
    r_p = 500.0 / friction_velocity
    if obukhov_length < 0.0:
        r_p /= 1.0 - 300.0 / obukhov_length
    fine = 1.0 / (r_a + r_p)
    coarse = _COARSE_VELOCITY + 1.0 / (r_a + r_p + _COARSE_VELOCITY * r_a * r_p)
    return Deposition(r_p, 0.0, fine_fraction * fine + (1.0 - fine_fraction) * coarse)


@njit(cache=True)
def drop_fall_speed(precipitation: float) -> float:
    """Fall speed of raindrops (8.5 of the specification) [4]_.

    Parameters
    ----------
    precipitation : float
        Above 0. [mm h-1]

    Returns
    -------
    float
        [m s-1]
    """
    return 3.75 * precipitation**0.111


@njit(cache=True)
def drop_radius(precipitation: float) -> float:
    """Radius of raindrops, in cm as its constants have it (8.5 of the specification) [4]_.

    Parameters
    ----------
    precipitation : float
        Above 0. [mm h-1]

    Returns
    -------
    float
        [cm]
    """
    return precipitation**0.232 / 18.11


@njit(cache=True)
def _rate(efficiency: float, precipitation: float, radius: float) -> float:
    """Eq. 8.22; radius in cm, precipitation in mm h-1. [s-1]"""
    return 1.5 * efficiency * precipitation / (7.2e4 * radius)


@njit(cache=True)
def scavenging_by_size(
    diameter: float,
    density: float,
    settling: float,
    stopping: float,
    schmidt: float,
    viscosity: float,
    precipitation: float,
) -> Scavenging:
    """Washout of Method 1 by diffusion, interception and impaction, eqs. 8.21-8.22 [3]_, [4]_.

    Parameters
    ----------
    diameter, density : float
        [m], [kg m-3]
    settling, stopping, schmidt : float
        v_g [m s-1], tau_s [s] and Sc [-] of the size class.
    viscosity : float
        Kinematic, of air. [m2 s-1]
    precipitation : float
        Above 0. [mm h-1]

    Returns
    -------
    Scavenging
    """
    fall = drop_fall_speed(precipitation)
    radius = drop_radius(precipitation)
    reynolds = 0.01 * radius * fall / viscosity
    root = math.sqrt(reynolds)
    diffusion = (
        4.0
        / (reynolds * schmidt)
        * (1.0 + 0.4 * root * schmidt ** (1.0 / 3.0) + 0.16 * math.sqrt(reynolds * schmidt))
    )
    kappa = diameter / (0.02 * radius)
    interception = 4.0 * kappa * (0.0181 + kappa * (1.0 + 2.0 * root))
    stokes = stopping * (fall - settling) / (0.01 * radius)
    wet = math.log(1.0 + reynolds)
    beyond = stokes - min(stokes, (1.2 + wet / 12.0) / (1.0 + wet))
    impaction = (beyond / (beyond + 2.0 / 3.0)) ** 1.5 / math.sqrt(1.0e-3 * density)
    efficiency = min(1.0, diffusion + interception + impaction)
    rate = _rate(efficiency, precipitation, radius)
    return Scavenging(efficiency, rate, rate)


@njit(cache=True)
def scavenging_in_bulk(
    diameter: float, fine_fraction: float, precipitation: float, depth: float
) -> Scavenging:
    """Washout of Method 2 from a washout ratio, eq. 8.22 and the text after it [2]_.

    Parameters
    ----------
    diameter : float
        Mass-mean. [m]
    fine_fraction : float
        Share of the mass below 2.5 um. [-]
    precipitation : float
        Above 0. [mm h-1]
    depth : float
        Of the layer that is washed, z_p. [m]

    Returns
    -------
    Scavenging
    """
    washout = 1.0e5 * (1.0e6 * diameter * fine_fraction + 6.0 * (1.0 - fine_fraction))
    radius = drop_radius(precipitation)
    efficiency = min(1.0, 0.02 * radius * washout / (1.5 * depth))
    flux = 1.0e-3 * washout * precipitation / (3600.0 * depth)
    return Scavenging(efficiency, flux, _rate(efficiency, precipitation, radius))
