"""Plume rise (spec 4): buoyancy, stack-tip downwash, final and gradual rise, penetration.

:func:`release` works out, once for an hour and source, all that does not depend on distance.
Sources: Cimorelli et al. (2005), doi:10.1175/JAM2227.1; Weil, Corio and Brower (1997),
doi:10.1175/1520-0450(1997)036<0982:APDMFB>2.0.CO;2; AERMOD 24142.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from numba import njit
from numpy.typing import NDArray

from simulator.physics.dispersion.constants import (
    BETA_1,
    GRAVITY,
    LAPSE_RATE,
    TINY,
    WIND_MIN,
)
from simulator.physics.dispersion.hours import Hour
from simulator.physics.dispersion.levels import (
    GRADIENT,
    THETA,
    U,
    direction_at,
    flow_at,
    value_at,
)

#: Kinds of source, as the kernels know them.
POINT, CAPPED, HORIZONTAL, VOLUME, AREA = range(5)

#: Highest level at which the direction of transport is read. [m]
_TRANSPORT_MAX: Final[float] = 4000.0


class Exit(NamedTuple):
    """A source as the kernels know it."""

    kind: int
    height: float  #: [m]
    diameter: float  #: [m]
    temperature: float  #: 0 that of the air, negative a fixed excess [K]
    velocity: float  #: [m s-1]
    sigma_y0: float  #: initial spread [m]
    sigma_z0: float  #: [m]


class Release(NamedTuple):
    """What an hour makes of a source, at whatever distance."""

    convective: bool  #: the branch of the convective boundary layer (0.1)
    kind: int
    height: float  #: h_s [m]
    start: float  #: h_s', after stack-tip downwash [m]
    sigma_y0: float  #: [m]
    sigma_z0: float  #: [m]
    u: float  #: u_s [m s-1]
    sigma_v: float  #: [m s-1]
    sigma_w: float  #: [m s-1]
    theta: float  #: [K]
    gradient: float  #: of potential temperature [K m-1]
    air: float  #: T_a, temperature of the air at the exit [K]
    buoyancy: float  #: F_b [m4 s-3]
    momentum: float  #: F_m [m4 s-2]
    frequency: float  #: N_s, Brunt-Vaisala [s-1]
    final: float  #: final rise [m]
    reach: float  #: x_max (stable) or x_f (convective) [m]
    centroid_rise: float  #: rise at x_final, for the centroid (4.11) [m]
    centroid_reach: float  #: x_final [m]
    mixed: float  #: x_mix [m]
    penetration: float  #: f_p [-]
    penetrated_rise: float  #: [m]
    direction: float  #: that the transporting wind comes from [degree]


@njit(cache=True)
def direct_rise(x: float, u: float, buoyancy: float, momentum: float) -> float:
    """Rise in neutral or convective air at a distance (4.6). [m]"""
    b2 = BETA_1 * BETA_1
    cubed = 3.0 * momentum * x / (b2 * u * u) + 1.5 * buoyancy * x * x / (b2 * u**3)
    return cubed ** (1.0 / 3.0)


@njit(cache=True)
def neutral_reach(buoyancy: float) -> float:
    """Distance to final rise in neutral air (4.7). [m]"""
    return 49.0 * buoyancy**0.625 if buoyancy < 55.0 else 119.0 * buoyancy**0.4


@njit(cache=True)
def _shear_rise(u: float, u_star: float, buoyancy: float, start: float) -> float:
    """Rise at which ambient turbulence breaks up the plume, third line of (4.8). [m]"""
    length = buoyancy / (u * u_star * u_star)
    return 1.2 * length**0.6 * (start + 1.2 * length) ** 0.4


@njit(cache=True)
def _stable_limits(
    u: float, n: float, u_star: float, buoyancy: float, momentum: float, start: float
) -> tuple[float, float]:
    """Final rise and the distance to it for given wind and stability (4.8). [m]"""
    slow = 0.7 * n
    reach = u * math.atan2(slow * momentum, -buoyancy) / slow
    n2 = n * n
    rise = min(
        2.66 * (buoyancy / (u * n2)) ** (1.0 / 3.0),
        _shear_rise(u, u_star, buoyancy, start),
        direct_rise(neutral_reach(buoyancy), u, buoyancy, momentum),
        4.0 * buoyancy**0.25 / n2**0.375,
    )
    return rise, reach


@njit(cache=True)
def _rising(
    profile: NDArray, start: float, rise: float, u_s: float, theta_s: float, gradient_s: float
) -> tuple[float, float]:
    """Wind [m s-1] and stability [s-1] between the exit and half of a rise (spec 4.4)."""
    z = start + 0.5 * rise
    u = 0.5 * (u_s + max(value_at(profile, U, z), WIND_MIN))
    gradient = 0.5 * (gradient_s + value_at(profile, GRADIENT, z))
    theta = 0.5 * (theta_s + value_at(profile, THETA, z))
    return u, max(math.sqrt(max(GRAVITY * gradient / theta, 0.0)), TINY)


@njit(cache=True)
def stable_final_rise(
    profile: NDArray,
    hour: Hour,
    start: float,
    u_s: float,
    theta_s: float,
    gradient_s: float,
    n_s: float,
    buoyancy: float,
    momentum: float,
) -> tuple[float, float]:
    """Final rise in stable air, with wind and stability over the rise (4.8), and its distance."""
    rise, reach = _stable_limits(u_s, n_s, hour.u_star, buoyancy, momentum, start)
    for attempt in range(5):
        before = rise
        u, n = _rising(profile, start, rise, u_s, theta_s, gradient_s)
        rise, reach = _stable_limits(u, n, hour.u_star, buoyancy, momentum, start)
        if hour.urban > 0.0 and start < hour.z_i <= start + rise:
            lifted = _urban_rise(u, hour, start, buoyancy)
            if lifted > 0.0:
                rise = lifted
        if abs(before - rise) / rise < 0.01:
            break
        if attempt == 4:
            rise = 0.5 * (rise + before)
    return rise, reach


@njit(cache=True)
def _urban_rise(u: float, hour: Hour, start: float, buoyancy: float) -> float:
    """Rise of a plume that the lid of a town's night layer holds (spec 2.10); 0 if it does not."""
    share, rise = penetration(u, buoyancy, 0.005, hour.theta_top, hour.z_i - start)
    return rise if share > 0.0 else 0.0


@njit(cache=True)
def penetration(
    u: float, buoyancy: float, gradient_above: float, theta_top: float, depth: float
) -> tuple[float, float]:
    """Share that penetrates the lid (4.12-4.14) and the rise of that share (4.15). [-], [m]

    ``depth`` is the height of the lid above the release.
    """
    n2 = GRAVITY * gradient_above / theta_top
    strength = buoyancy / (u * n2 * depth**3)
    e = (17.576 * strength + 0.296296) ** (1.0 / 3.0)
    if e < 2.0 / 3.0:
        return 0.0, 0.0
    if e > 2.0:
        return 1.0, e * depth
    return 1.5 - 1.0 / e, 0.75 * e * depth + 0.5 * depth


@njit(cache=True)
def stable_rise(x: float, release: Release, hour: Hour, profile: NDArray) -> float:
    """Rise in stable air at a distance (4.9). [m]"""
    if release.final == 0.0:
        return 0.0
    limit = min(direct_rise(x, release.u, release.buoyancy, release.momentum), release.final)
    if x >= release.reach:
        return limit
    rise = _stable_rise_at(x, release.u, release.frequency, release, hour)
    for attempt in range(10):
        before = rise
        u, n = _rising(profile, release.start, rise, release.u, release.theta, release.gradient)
        rise = _stable_rise_at(x, u, n, release, hour)
        done = abs(before - rise) / rise < 0.001
        if done and attempt >= 4:
            break
        if attempt == 9:
            rise = 0.5 * (rise + before)
    return min(rise, limit)


@njit(cache=True)
def _stable_rise_at(x: float, u: float, n: float, release: Release, hour: Hour) -> float:
    """(4.9) for given wind and stability."""
    buoyancy, momentum = release.buoyancy, release.momentum
    slow = 0.7 * n
    reach = u * math.atan2(slow * momentum, -buoyancy) / slow
    phase = slow * min(x, reach) / u
    swing = slow * momentum / buoyancy * math.sin(phase)
    e = swing + 1.0 - math.cos(phase)
    if e <= 0.0:
        e = swing
    rise = 2.66 * (max(buoyancy * e, 0.0) / (u * n * n)) ** (1.0 / 3.0)
    shear = _shear_rise(u, hour.u_star, buoyancy, release.start)
    return max(min(rise, release.final, shear), 1e-5)


@njit(cache=True)
def indirect_rise(x: float, release: Release, hour: Hour) -> float:
    """How far the part of the plume that waits below the lid is kept from coming down (4.16)."""
    if release.kind >= VOLUME:
        return 0.0
    z_i, u = hour.z_i, release.u
    half_depth = 0.4 * (z_i - release.start)
    spread = 0.25 * 0.1 * 2.3**1.5 * (hour.w_star * x / u) ** 2
    radii = half_depth * half_depth + spread
    return math.sqrt(2.0 * release.buoyancy * z_i / (1.4 * u * radii)) * x / u


@njit(cache=True)
def centroid_height(x: float, release: Release, hour: Hour) -> float:
    """Height of the middle of a plume in the convective layer (3.2). [m]"""
    near = max(x, 1.0)
    z_i = hour.z_i
    if near < release.centroid_reach:
        rise = direct_rise(near, release.u, release.buoyancy, release.momentum)
        return min(release.start + rise, z_i)
    if near >= release.mixed:
        return 0.5 * z_i
    start = min(release.start + release.centroid_rise, z_i)
    share = (near - release.centroid_reach) / (release.mixed - release.centroid_reach)
    return start + share * (0.5 * z_i - start)


@njit(cache=True)
def stack_fluxes(exit: Exit, air: float) -> tuple[float, float]:
    """Fluxes of buoyancy [m4 s-3] and momentum [m4 s-2] at the exit (4.3)."""
    velocity = max(exit.velocity, 1e-5)
    diameter = max(exit.diameter, 1e-5)
    gas = exit.temperature
    if gas == 0.0:
        gas = air + 1e-5
    elif gas < 0.0:
        gas = air - gas
    gas = max(gas, air)
    buoyancy = GRAVITY * velocity * diameter**2 * (gas - air) / (4.0 * gas)
    upward = velocity if exit.kind == POINT else 0.001
    momentum = upward * velocity * diameter**2 * air / (4.0 * gas)
    return max(buoyancy, TINY), max(momentum, TINY)


@njit(cache=True)
def tip_downwash(exit: Exit, u: float) -> float:
    """Height from which the plume starts, after the wake of the stack (4.4). [m]"""
    if exit.kind == HORIZONTAL:
        return exit.height
    velocity = 0.001 if exit.kind == CAPPED else max(exit.velocity, 1e-5)
    if velocity >= 1.5 * u:
        return exit.height
    return max(0.0, exit.height - 2.0 * max(exit.diameter, 1e-5) * (1.5 - velocity / u))


@njit(cache=True)
def release(exit: Exit, hour: Hour, profile: NDArray, base: float) -> Release:
    """What an hour makes of a source (spec 4).

    Parameters
    ----------
    exit : Exit
    hour : Hour
    profile : ndarray
        ``[level, column]``.
    base : float
        Elevation of the foot of the profiles. [m]
    """
    height = exit.height
    flow = flow_at(profile, height)
    theta = value_at(profile, THETA, height)
    gradient = value_at(profile, GRADIENT, height)
    air = theta - LAPSE_RATE * (height + base)
    convective = hour.obukhov_length < 0.0 and height < hour.z_i
    frequency = TINY
    if not convective and gradient > 0.0:
        frequency = max(math.sqrt(GRAVITY * gradient / theta), TINY)
    mixed = hour.z_i * hour.u_mean / hour.sigma_w_mean
    if exit.kind >= VOLUME:
        return Release(
            convective, exit.kind, height, height, exit.sigma_y0, exit.sigma_z0, flow.u,
            flow.sigma_v, flow.sigma_w, theta, gradient, air, 0.0, 0.0, frequency, 0.0, 0.0, 0.0,
            0.0, mixed, 0.0, 0.0, direction_at(profile, height),
        )  # fmt: skip
    start = tip_downwash(exit, flow.u)
    buoyancy, momentum = stack_fluxes(exit, air)
    share = 0.0
    penetrated_rise = 0.0
    if convective:
        reach = neutral_reach(buoyancy)
        final = direct_rise(reach, flow.u, buoyancy, momentum)
        centroid_reach, centroid_rise = reach, final
        if mixed < 1.25 * reach:
            centroid_reach = 0.8 * mixed
            centroid_rise = direct_rise(centroid_reach, flow.u, buoyancy, momentum)
        share, penetrated_rise = penetration(
            flow.u, buoyancy, hour.gradient_above, hour.theta_top, hour.z_i - start
        )
    else:
        final, reach = stable_final_rise(
            profile, hour, start, flow.u, theta, gradient, frequency, buoyancy, momentum
        )
        centroid_reach, centroid_rise = reach, final
    direction = direction_at(profile, min(_TRANSPORT_MAX, height + 0.5 * final))
    return Release(
        convective, exit.kind, height, start, 0.0, 0.0, flow.u, flow.sigma_v, flow.sigma_w, theta,
        gradient, air, buoyancy, momentum, frequency, final, reach, centroid_rise, centroid_reach,
        mixed, share, penetrated_rise, direction,
    )  # fmt: skip


@njit(cache=True)
def unless_penetrating(out: Release, least: float) -> Release:
    """The same, without penetration where less than a share penetrates.

    Nearly every buoyant plume has a tiny share that penetrates; to leave it out changes
    concentrations by about that share, and saves a third plume (spec 13.2).
    """
    if out.penetration >= least:
        return out
    return Release(
        out.convective, out.kind, out.height, out.start, out.sigma_y0, out.sigma_z0, out.u,
        out.sigma_v, out.sigma_w, out.theta, out.gradient, out.air, out.buoyancy, out.momentum,
        out.frequency, out.final, out.reach, out.centroid_rise, out.centroid_reach, out.mixed,
        0.0, out.penetrated_rise, out.direction,
    )  # fmt: skip
