"""One part of a plume, at one receptor in one hour: concentration, dry and wet deposition (spec 8).

The coherent and the meandering part of a stack's plume, and every strip of an area source, differ
in their distance and their lateral term only.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.dispersion.hours import Hour
from simulator.physics.dispersion.kernel_inputs import DEPLETES, SCAVENGED, V_D, Points, Switches
from simulator.physics.dispersion.plume import Plume, Setting, crosswind, plume_at, settle
from simulator.physics.dispersion.rates import Categories
from simulator.physics.dispersion.rise import Release
from simulator.physics.dispersion.terrain import level_weight

#: Places in the last axis of results.
CONCENTRATION, DRY, WET = range(3)

_SQRT_2PI: Final[float] = math.sqrt(2.0 * math.pi)
#: Gauss's two points on (1, X), as AERMOD has them.
_GAUSS: Final[float] = 0.2886751


class Spot(NamedTuple):
    """Where a receptor lies, above the foot of the source. [m]"""

    level: float  #: the ground
    above: float  #: the receptor
    crest: float  #: hill height scale
    flagpole: float  #: of the receptor above the ground
    z_d: float  #: deposition height above the ground
    foot: float  #: elevation of the foot itself


@njit(cache=True)
def spot_of(n: int, points: Points, foot: float, flat: bool, z_d: float) -> Spot:
    """One of the receptors."""
    level, crest = 0.0, 0.0
    if not flat:
        level, crest = points.ground[n] - foot, points.hill[n] - foot
    pole = points.flagpole[n]
    return Spot(level, level + pole, crest, pole, z_d, foot)


@njit(cache=True)
def lateral_term(y: float, sigma_y: float) -> float:
    """Lateral term (6.2). [m-1]"""
    eta = y / sigma_y
    exponent = -0.5 * eta * eta
    return math.exp(exponent) / (_SQRT_2PI * sigma_y) if exponent > -50.0 else 0.0


@njit(cache=True)
def _pair(
    z_level: float,
    z_follow: float,
    level_share: float,
    plume: Plume,
    setting: Setting,
    out: Release,
    hour: Hour,
) -> tuple[float, float]:
    """Crosswind integrals of the plume that keeps its level and the one that follows (7.1)."""
    one = crosswind(z_level, plume, setting, out, hour)
    if z_level == z_follow:
        return one.main, one.penetrated
    two = crosswind(z_follow, plume, setting, out, hour)
    rest = 1.0 - level_share
    return (
        level_share * one.main + rest * two.main,
        level_share * one.penetrated + rest * two.penetrated,
    )


@njit(cache=True)
def add_part(
    distance: float,
    lateral: float,
    lateral_3: float,
    plume: Plume,
    spot: Spot,
    switches: Switches,
    out: Release,
    hour: Hour,
    profile: NDArray[np.float64],
    rates: NDArray[np.float64],
    categories: Categories,
    values: NDArray[np.float64],
) -> None:
    """Add the coherent or the meandering part to ``values [substance, quantity]`` (6.1, 8.17)."""
    stable = hour.obukhov_length > 0.0
    highest = spot.flagpole + spot.z_d if switches.flat else math.inf
    deplete = False
    for c in range(rates.shape[0]):
        deplete = deplete or (switches.dry_depletion and rates[c, V_D] > 0.0)
    first, second = plume, plume
    if deplete:
        middle, half = 0.5 * (distance + 1.0), _GAUSS * (distance - 1.0)
        first = plume_at(middle + half, spot.above, False, out, hour, profile)
        second = plume_at(middle - half, spot.above, False, out, hour, profile)
    for c in range(rates.shape[0]):
        v_d = rates[c, V_D]
        slope = categories.settling[c] / out.u  # the tilt of the plume
        setting = settle(plume, slope * distance, highest, True, out, hour, profile)
        weight = 0.5
        if not switches.flat:
            weight = level_weight(
                stable, spot.level, spot.crest, setting.height, plume.sigma_z1, setting.lid, profile
            )
        left = categories.fraction[c]
        if switches.dry_depletion and v_d > 0.0:
            path = 0.0
            for along in (first, second):
                lowered = settle(along, slope * along.distance, highest, False, out, hour, profile)
                share = 0.5
                if not switches.flat:
                    way = along.distance / distance
                    # AERMOD starts the hill height scale at the stack height, not at the foot
                    scale = out.height + (spot.crest + spot.foot - out.height) * way - spot.foot
                    share = level_weight(
                        stable, spot.level * way, scale, lowered.height, along.sigma_z1,
                        lowered.lid, profile,
                    )  # fmt: skip
                main, penetrated = _pair(
                    spot.above + spot.z_d, spot.z_d, share, along, lowered, out, hour
                )
                path += main + penetrated
            exponent = v_d * 0.5 * (distance - 1.0) * path
            left *= math.exp(-min(max(exponent, -50.0), 50.0))
        if switches.wet_depletion and rates[c, DEPLETES] > 0.0:
            left *= math.exp(-rates[c, DEPLETES] * distance / out.u)
        s = categories.substance[c]
        main, penetrated = _pair(spot.above, spot.flagpole, weight, plume, setting, out, hour)
        values[s, CONCENTRATION] += left * (lateral * main + lateral_3 * penetrated)
        if v_d > 0.0:
            main, penetrated = _pair(
                spot.level + spot.z_d, spot.z_d, weight, plume, setting, out, hour
            )
            values[s, DRY] += left * v_d * (lateral * main + lateral_3 * penetrated)
        if rates[c, SCAVENGED] > 0.0:
            p = out.penetration
            spread = (1.0 - p) * lateral / plume.u + p * lateral_3 / plume.u_3
            values[s, WET] += left * rates[c, SCAVENGED] * spread
