"""Deposition and concentration of one source by distance, for each of the 16 directions.

The plume is averaged over its sector, so that a state of the weather has one profile in distance
and a frequency in each sector. Along it the plume loses what it deposits (source depletion)::

    d ln Q / dr = -( v_d F(r) + Lambda ) / u

with F the vertical term at the deposition height. The loss between two nodes of distance is exact
for the mean rate between them, so deposited and airborne mass add up to what was emitted.

A table ``[sector, node, column]`` holds cumulative amounts M(r) and their slopes dM/d ln r at nodes
that are evenly spaced in ln r; in between M is a monotone cubic. Density at a point of sector s is
``M'(r) / (r pi/8)``. Sectors here are those that the wind blows **towards**.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.dispersion.deposition import (
    VON_KARMAN,
    aerodynamic_resistance,
    deposition_height,
    friction_velocity,
    inverse_obukhov_length,
    particle_deposition_velocity,
    particle_scavenging_rate,
    settling_velocity,
)
from simulator.physics.dispersion.plume import (
    final_rise,
    gradual_rise,
    penetrated_share,
    release_height,
    total_sigma_z,
    vertical_term,
    wind_at,
)

NODES_PER_DECADE: Final[int] = 48
#: Spacing of the nodes in ln r. The first node is 1 m from the source. [-]
STEP: Final[float] = math.log(10.0) / NODES_PER_DECADE
#: Columns of a table: cumulative dry, wet [-] and air [s m-1], then their slopes.
COLUMNS: Final[int] = 6

_SECONDS_PER_HOUR = 3600.0


def node_count(distance: float, step: float = STEP) -> int:
    """Nodes needed to reach a distance. [-]"""
    return 2 + math.ceil(math.log(max(distance, 2.0)) / step)


@njit(cache=True)
def deposition_velocities(
    diameters: NDArray[np.float64],
    density: float,
    gas_velocity: float,
    wind: float,
    temperature: float,
    stability: int,
    lid: float,
    anemometer: float,
    roughness: float,
) -> NDArray[np.float64]:
    """Dry deposition velocity of each size class in one state of the weather. [m s-1]

    A gas (diameter 0) has its own velocity as far as the air can bring it down.
    """
    inverse_l = inverse_obukhov_length(stability, roughness)
    u_star = friction_velocity(wind, anemometer, roughness, inverse_l)
    resistance = aerodynamic_resistance(u_star, roughness, inverse_l)
    gustiness = 0.0
    if inverse_l < 0.0:
        gustiness = (-lid * inverse_l / VON_KARMAN) ** (2.0 / 3.0)
    result = np.empty(diameters.size)
    for i in range(diameters.size):
        if diameters[i] > 0.0:
            result[i] = particle_deposition_velocity(
                diameters[i], density, u_star, resistance, gustiness, temperature
            )
        else:
            result[i] = min(gas_velocity, 1.0 / resistance)
    return result


@njit(cache=True)
def _ground_term(
    term: NDArray[np.float64],
    step: float,
    stack: NDArray[np.float64],
    settling: float,
    wind: float,
    temperature: float,
    stability: int,
    lid: float,
    urban: bool,
    z: float,
) -> float:
    """Fill in the vertical term at every node; return the share of the plume below the lid."""
    height, diameter, gas_temperature, velocity = stack[0], stack[1], stack[2], stack[3]
    base = release_height(height, diameter, velocity, wind)
    rise, reach, exponent = final_rise(
        diameter, gas_temperature, velocity, temperature, wind, stability
    )
    trapped = 1.0
    highest = math.inf
    if lid < math.inf:
        outside = penetrated_share(rise, lid - base)
        trapped = 1.0 - outside
        if outside > 0.0:
            # axis of what is left below the lid (Weil and Brower 1984)
            highest = max(0.0, (0.62 + 0.38 * outside) * (lid - base))
        highest = min(highest, max(0.0, lid - base))
    for k in range(term.size):
        distance = math.exp(k * step)
        lift = gradual_rise(distance, rise, reach, exponent)
        sigma = total_sigma_z(distance, lift, diameter, stability, urban)
        axis = max(0.0, base + min(lift, highest) - settling * distance / wind)
        term[k] = vertical_term(z, min(axis, lid), sigma, lid)
    return trapped


@njit(cache=True)
def _add_plume(
    profile: NDArray[np.float64],
    term: NDArray[np.float64],
    step: float,
    mass: float,
    velocity: float,
    scavenging: float,
    wind: float,
) -> None:
    """Add one plume's cumulative amounts and slopes to ``profile [node, column]``.

    ``mass`` is its share of the emission; ``term`` is zero for a plume above the lid.
    """
    airborne = mass
    dry = 0.0
    wet = 0.0
    air = 0.0
    before = 0.0  # distance and its products with the vertical term
    term_before = term[0]
    for k in range(term.size):
        distance = math.exp(k * step)
        if k == 0:
            path = distance
            exposure = distance * term[0]
        else:
            path = distance - before
            # trapezoid in ln r of r F(r)
            exposure = 0.5 * step * (before * term_before + distance * term[k])
        loss = (velocity * exposure + scavenging * path) / wind
        mean = airborne  # mean airborne share over the interval
        if loss > 0.0:
            mean *= -math.expm1(-loss) / loss
        dry += mean * velocity * exposure / wind
        wet += mean * scavenging * path / wind
        air += mean * exposure / wind
        airborne *= math.exp(-loss)
        profile[k, 0] += dry
        profile[k, 1] += wet
        profile[k, 2] += air
        slope = airborne * distance / wind
        profile[k, 3] += slope * velocity * term[k]
        profile[k, 4] += slope * scavenging
        profile[k, 5] += slope * term[k]
        before = distance
        term_before = term[k]


@njit(cache=True)
def _limit_slopes(table: NDArray[np.float64], step: float) -> None:
    """Hold slopes to three times the smaller secant: the cubic is then monotone.

    Fritsch and Carlson (1980), doi:10.1137/0717021.
    """
    sectors, nodes, columns = table.shape
    half = columns // 2
    for s in range(sectors):
        for c in range(half):
            for k in range(nodes):
                steepest = math.inf
                if k > 0:
                    steepest = 3.0 * (table[s, k, c] - table[s, k - 1, c]) / step
                if k < nodes - 1:
                    steepest = min(steepest, 3.0 * (table[s, k + 1, c] - table[s, k, c]) / step)
                table[s, k, c + half] = min(table[s, k, c + half], steepest)


@njit(cache=True)
def _occurs(frequency: NDArray[np.float64], c: int, w: int, first: int, last: int) -> bool:
    """Whether a class and wind bin is ever met with the rain bins from first to last."""
    for s in range(frequency.shape[0]):
        for p in range(first, last):
            if frequency[s, c, w, p] > 0.0:
                return True
    return False


@njit(cache=True)
def _add_share(total: NDArray[np.float64], share: float, profile: NDArray[np.float64]) -> None:
    """Add ``share * profile`` to ``total``, both ``[node, column]``."""
    for k in range(profile.shape[0]):
        for c in range(COLUMNS):
            total[k, c] += share * profile[k, c]


@njit(cache=True)
def radial_table(
    nodes: int,
    step: float,
    stack: NDArray[np.float64],
    diameters: NDArray[np.float64],
    fractions: NDArray[np.float64],
    density: float,
    gas_velocity: float,
    gas_scavenging: float,
    frequency: NDArray[np.float64],
    wind: NDArray[np.float64],
    temperature: NDArray[np.float64],
    rain: NDArray[np.float64],
    mixing_height: NDArray[np.float64],
    anemometer: float,
    roughness: float,
    urban: bool,
) -> NDArray[np.float64]:
    """Deposition and concentration by direction and distance, over the year, per unit emission.

    Parameters
    ----------
    nodes : int
        Number of nodes of distance.
    step : float
        Their spacing in ln r.
    stack : ndarray
        Height [m], diameter [m], temperature [K], velocity [m s-1].
    diameters, fractions : ndarray
        Size classes [m] and their mass fractions; a gas has one class of diameter 0.
    density : float
        Of the particles. [kg m-3]
    gas_velocity : float
        Dry deposition velocity of a gas. [m s-1]
    gas_scavenging : float
        Scavenging rate of a gas at 1 mm of rain an hour, proportional to rain. [s-1]
    frequency, wind, temperature, rain, mixing_height, anemometer, roughness, urban
        As in :class:`~simulator.physics.dispersion.meteorology.Climate`.

    Returns
    -------
    ndarray
        ``[sector, node, column]``; sectors are where the wind blows to, 0 = north, clockwise.
    """
    sectors, classes, winds, rains = frequency.shape
    table = np.zeros((sectors, nodes, COLUMNS))
    terms = np.empty((fractions.size, nodes))
    nothing = np.zeros(nodes)
    trapped = np.empty(fractions.size)
    z = deposition_height(roughness)
    for c in range(classes):
        for w in range(winds):
            if not _occurs(frequency, c, w, 0, rains):
                continue
            air = temperature[c, w]
            lid = mixing_height[c]
            at_stack = wind_at(stack[0], wind[c, w], anemometer, c, urban)
            velocities = deposition_velocities(
                diameters, density, gas_velocity, wind[c, w], air, c, lid, anemometer, roughness
            )
            for i in range(fractions.size):
                settling = 0.0
                if diameters[i] > 0.0:
                    settling = settling_velocity(diameters[i], density)
                trapped[i] = _ground_term(
                    terms[i], step, stack, settling, at_stack, air, c, lid, urban, z
                )
            for p in range(rains):
                if not _occurs(frequency, c, w, p, p + 1):
                    continue
                rate = rain[c, w, p]
                profile = np.zeros((nodes, COLUMNS))
                for i in range(fractions.size):
                    if diameters[i] > 0.0:
                        scavenging = particle_scavenging_rate(diameters[i], density, rate, air)
                    else:
                        scavenging = gas_scavenging * rate * _SECONDS_PER_HOUR
                    below = fractions[i] * trapped[i]
                    above = fractions[i] - below
                    _add_plume(profile, terms[i], step, below, velocities[i], scavenging, at_stack)
                    if above > 0.0 and scavenging > 0.0:
                        _add_plume(profile, nothing, step, above, 0.0, scavenging, at_stack)
                for s in range(sectors):
                    towards = (s + sectors // 2) % sectors
                    _add_share(table[towards], frequency[s, c, w, p], profile)
    _limit_slopes(table, step)
    return table
