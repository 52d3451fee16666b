"""The state of a plume at a distance: effective air, spreads, heights (spec 3).

A plume responds to the air between its middle and the receptor. Values at the middle give a trial
spread, the trial spread a layer, and the means over that layer are final: one pass, no iteration.

``Plume`` holds the state, :func:`plume_at` makes it, :func:`crosswind` gives the concentration
integrated across the wind at a height (6.4, 6.7, 8.19), :func:`meander` the weight of the part that
drifts about (6.3).
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from numba import njit
from numpy.typing import NDArray

from simulator.physics.dispersion.constants import LAYER_DEPTH
from simulator.physics.dispersion.hours import Hour
from simulator.physics.dispersion.levels import (
    GRADIENT,
    floored,
    flow_at,
    layer_mean,
    value_at,
)
from simulator.physics.dispersion.rise import (
    VOLUME,
    Release,
    centroid_height,
    direct_rise,
    indirect_rise,
    stable_rise,
)
from simulator.physics.dispersion.spread import (
    SURFACE_LAYER,
    buoyancy_spread,
    convective_sigma_y,
    convective_sigma_z,
    penetrated_sigma_z,
    stable_sigma_y,
    stable_sigma_z,
    updrafts,
)
from simulator.physics.dispersion.vertical import convective_part, stable_term

#: Below this height of plume and receptor the layer is the lowest 5 m. [m]
_NEAR_GROUND: Final[float] = 5.0
#: Time scale at which a plume has forgotten its mean wind (6.3). [s]
_RANDOM_TIME: Final[float] = 86400.0
#: So many spreads away an image adds exp(-50) at most, which counts as nothing.
_FELT: Final[float] = 10.0
#: Distance at which the depth of the washed layer is taken (8.20). [m]
_WASHED_AT: Final[float] = 20000.0


class Plume(NamedTuple):
    """State of a plume at a distance.

    In the stable branch only the first of two parts is in use: ``sigma_z1`` and ``height_1``.
    """

    distance: float  #: [m]
    rise: float  #: of the stable or the direct plume [m]
    u: float  #: effective wind [m s-1]
    sigma_v: float  #: effective [m s-1]
    sigma_w: float  #: effective [m s-1]
    gradient: float  #: effective gradient of potential temperature, stable branch [K m-1]
    sigma_y: float  #: [m]
    sigma_z1: float  #: [m]
    sigma_z2: float  #: [m]
    sigma_b: float  #: spread by buoyancy [m]
    height_1: float  #: of the stable plume, or of updrafts [m]
    height_2: float  #: of downdrafts [m]
    lowered: float  #: how far the indirect plume lies below the direct one [m]
    share_1: float  #: of updrafts, lambda_1 [-]
    u_3: float  #: penetrated plume, as above
    sigma_v3: float
    sigma_w3: float
    sigma_y3: float
    sigma_z3: float
    sigma_b3: float
    height_3: float


class Crosswind(NamedTuple):
    """Concentration integrated across the wind per unit emission, of both plumes. [s m-2]"""

    main: float
    penetrated: float


@njit(cache=True)
def plume_at(
    x: float, above_base: float, initial: bool, release: Release, hour: Hour, profile: NDArray
) -> Plume:
    """State at a distance (spec 3).

    Parameters
    ----------
    x : float
        Downwind distance, or radial distance for the meandering part. [m]
    above_base : float
        Height of the receptor above the foot of the stack. [m]
    initial : bool
        Whether the final vertical spread holds that of the source itself; in the integral of
        depletion AERMOD leaves it out (8.4).
    release : Release
    hour : Hour
    profile : ndarray
        ``[level, column]``.
    """
    if release.convective:
        return _convective(x, above_base, initial, release, hour, profile)
    return _stable(x, above_base, initial, release, hour, profile)


@njit(cache=True)
def _total(ambient: float, buoyancy: float, initial: float) -> float:
    return math.sqrt(buoyancy * buoyancy + ambient * ambient + initial * initial)


@njit(cache=True)
def _stable(
    x: float, above_base: float, initial: bool, release: Release, hour: Hour, profile: NDArray
) -> Plume:
    """Stable branch (spec 3.1)."""
    rise = stable_rise(x, release, hour, profile)
    height = max(0.0, release.start + rise)
    sigma_b = buoyancy_spread(rise)
    stratified = hour.urban == 0.0
    flow = flow_at(profile, height)
    gradient = value_at(profile, GRADIENT, height)
    trial = _total(
        stable_sigma_z(
            x, flow.u, flow.sigma_w, gradient, height, release.height, hour, profile, stratified
        ),
        sigma_b,
        release.sigma_z0,
    )
    if height <= _NEAR_GROUND and above_base <= _NEAR_GROUND:
        layer = layer_mean(profile, 0.0, min(_NEAR_GROUND, hour.z_i))
    elif height > above_base:
        layer = layer_mean(profile, max(height - LAYER_DEPTH * trial, above_base), height)
    else:
        layer = layer_mean(profile, height, min(height + LAYER_DEPTH * trial, above_base))
    flow = floored(layer.u, layer.sigma_v, layer.sigma_w)
    ambient = stable_sigma_z(
        x, flow.u, flow.sigma_w, layer.gradient, height, release.height, hour, profile, stratified
    )
    sigma_z = _total(ambient, sigma_b, release.sigma_z0 if initial else 0.0)
    sigma_y = _total(
        stable_sigma_y(x, flow.u, flow.sigma_v, height, hour.z_im), sigma_b, release.sigma_y0
    )
    return Plume(
        x, rise, flow.u, flow.sigma_v, flow.sigma_w, layer.gradient, sigma_y, sigma_z, 1.0,
        sigma_b, height, 0.0, 0.0, 1.0, flow.u, flow.sigma_v, flow.sigma_w, sigma_y, 1.0, 0.0, 0.0,
    )  # fmt: skip


@njit(cache=True)
def _convective(
    x: float, above_base: float, initial: bool, release: Release, hour: Hour, profile: NDArray
) -> Plume:
    """Convective branch (spec 3.2)."""
    z_i = hour.z_i
    near = max(x, 1.0)
    centroid = centroid_height(x, release, hour)
    surface = centroid < SURFACE_LAYER * z_i
    rise = 0.0
    if release.kind < VOLUME:
        rise = direct_rise(near, release.u, release.buoyancy, release.momentum)
    sigma_b = buoyancy_spread(rise)

    u_3, sigma_v3, sigma_w3, sigma_y3, sigma_z3 = 1.0, 1.0, 1.0, 1.0, 1.0
    sigma_b3, height_3 = 0.0, 0.0
    if release.penetration > 0.0:
        height_3 = release.start + release.penetrated_rise
        sigma_b3 = buoyancy_spread(release.penetration * release.penetrated_rise)
        flow = flow_at(profile, height_3)
        trial = _total(penetrated_sigma_z(x, flow.u, flow.sigma_w, height_3), sigma_b3, 0.0)
        if height_3 > above_base:
            layer = layer_mean(profile, max(height_3 - LAYER_DEPTH * trial, above_base), height_3)
        else:
            layer = layer_mean(profile, height_3, min(height_3 + LAYER_DEPTH * trial, above_base))
        u_3, sigma_v3, sigma_w3 = floored(layer.u, layer.sigma_v, layer.sigma_w)
        sigma_z3 = _total(penetrated_sigma_z(x, u_3, sigma_w3, height_3), sigma_b3, 0.0)
        sigma_y3 = _total(stable_sigma_y(x, u_3, sigma_v3, height_3, hour.z_im), sigma_b3, 0.0)

    u, sigma_v, sigma_w = release.u, release.sigma_v, release.sigma_w
    sigma_y, sigma_z1, sigma_z2 = 1.0, 1.0, 1.0
    drafts = updrafts(release.sigma_w, centroid, surface, hour)
    if release.penetration < 1.0:
        flow = flow_at(profile, centroid)
        one, two = convective_sigma_z(x, flow.u, drafts, centroid, surface, hour)
        trial = 0.5 * (
            _total(one, sigma_b, release.sigma_z0) + _total(two, sigma_b, release.sigma_z0)
        )
        u, sigma_v, sigma_w = _between(profile, centroid, trial, above_base, z_i)
        drafts = updrafts(sigma_w, centroid, surface, hour)
        one, two = convective_sigma_z(x, u, drafts, centroid, surface, hour)
        sigma_z0 = release.sigma_z0 if initial else 0.0
        sigma_z1 = _total(one, sigma_b, sigma_z0)
        sigma_z2 = _total(two, sigma_b, sigma_z0)
        sigma_y = _total(
            convective_sigma_y(x, u, sigma_v, release.height, z_i), sigma_b, release.sigma_y0
        )
    lift = hour.w_star * x / u
    base = release.start + rise
    return Plume(
        x, rise, u, sigma_v, sigma_w, 0.0, sigma_y, sigma_z1, sigma_z2, sigma_b,
        base + drafts.a_1 * lift, base + drafts.a_2 * lift, indirect_rise(x, release, hour),
        drafts.share_1, u_3, sigma_v3, sigma_w3, sigma_y3, sigma_z3, sigma_b3, height_3,
    )  # fmt: skip


@njit(cache=True)
def _between(
    profile: NDArray, centroid: float, trial: float, above_base: float, z_i: float
) -> tuple[float, float, float]:
    """Effective wind and turbulence of the direct plume (3.3). [m s-1]"""
    if centroid <= _NEAR_GROUND and above_base <= _NEAR_GROUND:
        bottom, top = 0.0, min(_NEAR_GROUND, z_i)
    elif centroid > above_base:
        bottom, top = max(centroid - LAYER_DEPTH * trial, above_base), min(centroid, z_i)
    else:
        bottom, top = centroid, min(centroid + LAYER_DEPTH * trial, above_base, z_i)
    if top > bottom:
        layer = layer_mean(profile, bottom, top)
        flow = floored(layer.u, layer.sigma_v, layer.sigma_w)
    else:
        flow = flow_at(profile, z_i)
    return flow.u, flow.sigma_v, flow.sigma_w


@njit(cache=True)
def lid_height(
    x: float,
    height: float,
    sigma_b: float,
    sigma_z0: float,
    release: Release,
    hour: Hour,
    profile: NDArray,
) -> float:
    """Height that reflects a stable or penetrated plume (6.6). [m]"""
    flow = flow_at(profile, height)
    gradient = value_at(profile, GRADIENT, height)
    spread = stable_sigma_z(
        x, flow.u, flow.sigma_w, gradient, height, release.height, hour, profile, True
    )
    return max(hour.z_i, height + LAYER_DEPTH * _total(spread, sigma_b, sigma_z0))


class Setting(NamedTuple):
    """A plume that has settled by so much: its heights, and what reflects it. [m]"""

    height: float
    settled: float
    lid: float
    height_3: float
    lid_3: float


@njit(cache=True)
def _lid(
    plume: Plume,
    height: float,
    sigma: float,
    sigma_b: float,
    sigma_z0: float,
    z: float,
    release: Release,
    hour: Hour,
    profile: NDArray,
) -> float:
    """Lid of a plume, or z_i where not even that would be felt at heights up to z. [m]"""
    if 2.0 * hour.z_i - height - z > _FELT * sigma:
        return hour.z_i
    return lid_height(plume.distance, height, sigma_b, sigma_z0, release, hour, profile)


@njit(cache=True)
def settle(
    plume: Plume,
    settled: float,
    z: float,
    initial: bool,
    release: Release,
    hour: Hour,
    profile: NDArray,
) -> Setting:
    """Heights of a plume that has come down by ``settled`` and of its lids (spec 8.4).

    Parameters
    ----------
    plume : Plume
    settled : float
        [m]
    z : float
        Greatest height at which the plume will be asked for; infinite for whatever height. [m]
    initial : bool
        As in :func:`plume_at`.
    release : Release
    hour : Hour
    profile : ndarray
        ``[level, column]``.
    """
    if not release.convective:
        height = max(0.0, plume.height_1 - settled)
        sigma_z0 = release.sigma_z0 if initial else 0.0
        lid = _lid(
            plume, height, plume.sigma_z1, plume.sigma_b, sigma_z0, z, release, hour, profile
        )
        return Setting(height, settled, lid, 0.0, 0.0)
    height_3, lid_3 = 0.0, 0.0
    if release.penetration > 0.0:
        height_3 = max(0.0, plume.height_3 - settled)
        lid_3 = _lid(
            plume, height_3, plume.sigma_z3, plume.sigma_b3, 0.0, z, release, hour, profile
        )
    return Setting(0.0, settled, hour.z_i, height_3, lid_3)


@njit(cache=True)
def crosswind(z: float, plume: Plume, setting: Setting, release: Release, hour: Hour) -> Crosswind:
    """Concentration at a height, integrated across the wind, per unit emission (8.19). [s m-2]

    Parameters
    ----------
    z : float
        Height above the foot of the stack; may be negative for what lies below it. [m]
    """
    below = max(0.0, -z)
    if not release.convective:
        term = stable_term(z, plume.sigma_z1, setting.height + below, setting.lid + below)
        return Crosswind(term / plume.u, 0.0)
    main, penetrated = 0.0, 0.0
    lid = hour.z_i + below
    if release.penetration < 1.0 and z <= lid:
        one = plume.height_1 - setting.settled
        two = plume.height_2 - setting.settled
        d_1, n_1 = convective_part(z, plume.sigma_z1, one + below, one - plume.lowered + below, lid)
        d_2, n_2 = convective_part(z, plume.sigma_z2, two + below, two - plume.lowered + below, lid)
        both = plume.share_1 * (d_1 + n_1) + (1.0 - plume.share_1) * (d_2 + n_2)
        main = (1.0 - release.penetration) * both / plume.u
    if release.penetration > 0.0:
        term = stable_term(z, plume.sigma_z3, setting.height_3 + below, setting.lid_3 + below)
        penetrated = release.penetration * term / plume.u_3
    return Crosswind(main, penetrated)


@njit(cache=True)
def _random_share(u: float, sigma_v: float, distance: float) -> float:
    """Share of the horizontal energy that has no direction (6.3). [-]"""
    v2 = 2.0 * sigma_v * sigma_v
    mean2 = u * u - v2
    if mean2 < 0.01:
        mean2 = 0.01
    forgotten = -math.expm1(-distance / u / _RANDOM_TIME)
    return min(1.0, (v2 + mean2 * forgotten) / (u * u))


@njit(cache=True)
def meander(plume: Plume, release: Release) -> float:
    """Weight of the part that meanders, from the state at the radial distance (6.3). [-]"""
    share = 0.0
    p = release.penetration
    if p < 1.0:
        share = (1.0 - p) * _random_share(plume.u, plume.sigma_v, plume.distance)
    if p > 0.0:
        share += p * _random_share(plume.u_3, plume.sigma_v3, plume.distance)
    return share


@njit(cache=True)
def washed_depth(release: Release, hour: Hour, profile: NDArray) -> float:
    """Depth of the layer through which rain washes the plume (8.20). [m]"""
    x = _WASHED_AT
    if not release.convective:
        height = release.start + release.final
        spread = stable_sigma_z(
            x, release.u, release.sigma_w, release.gradient, height, release.height, hour, profile,
            hour.urban == 0.0,
        )  # fmt: skip
        top = height + LAYER_DEPTH * spread
    else:
        surface = release.height < SURFACE_LAYER * hour.z_i
        drafts = updrafts(release.sigma_w, release.height, surface, hour)
        one, two = convective_sigma_z(x, release.u, drafts, release.height, surface, hour)
        p = release.penetration
        top = 0.0
        if p < 1.0:
            mean = 0.5 * (one + two)
            top = (1.0 - p) * (release.start + release.centroid_rise + LAYER_DEPTH * mean)
        if p > 0.0:
            height = release.start + release.penetrated_rise
            spread = penetrated_sigma_z(x, release.u, release.sigma_w, height)
            top += p * (height + LAYER_DEPTH * spread)
    return min(10000.0, max(500.0, hour.z_i, top))
