"""Gaussian plume of one source in one state of the weather: scalar kernels, SI units.

Wind at stack top, plume rise and penetration of the lid, vertical spread and the vertical
distribution. Stability classes are 0 (A) to 5 (F).

References
----------
.. [1] U.S. EPA (1995), *User's Guide for the Industrial Source Complex (ISC3) Dispersion Models*,
   vol. II, EPA-454/B-95-003b, section 1.1.
.. [2] Briggs, G. A. (1973), *Diffusion estimation for small emissions*, ATDL 79; as tabled in
   Hanna, Briggs and Hosker (1982), *Handbook on Atmospheric Diffusion*, DOE/TIC-11223, table 4.5.
.. [3] Briggs, G. A. (1975), Plume rise predictions, in *Lectures on Air Pollution and Environmental
   Impact Analyses*, Amer. Meteor. Soc., 59-111.
.. [4] Weil, J. C., Brower, R. P. (1984), An updated Gaussian plume model for tall stacks,
   J. Air Pollut. Control Assoc. 34, 818-827.
.. [5] Pasquill, F. (1976), *Atmospheric Dispersion Parameters in Gaussian Plume Modeling, part II*,
   EPA-600/4-76-030b: spread by buoyancy.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from simulator.physics.dispersion.deposition import GRAVITY

_WIND_EXPONENT = np.array(
    [[0.07, 0.07, 0.10, 0.15, 0.35, 0.55], [0.15, 0.15, 0.20, 0.25, 0.30, 0.30]]
)  # [rural/urban, class], table 1-1 of [1]
_PROFILE_BASE = 10.0  # m, the profile is not extended below
_STABLE_GRADIENT = np.array([0.020, 0.035])  # K m-1, classes E and F [1]

# sigma_z = a x (1 + b x)^c, [rural/urban, class, (a, b, c)], x in m [2]
_SIGMA_Z = np.array(
    [
        [
            [0.20, 0.0, 0.0],
            [0.12, 0.0, 0.0],
            [0.08, 0.0002, -0.5],
            [0.06, 0.0015, -0.5],
            [0.03, 0.0003, -1.0],
            [0.016, 0.0003, -1.0],
        ],
        [
            [0.24, 0.001, 0.5],
            [0.24, 0.001, 0.5],
            [0.20, 0.0, 0.0],
            [0.14, 0.0003, -0.5],
            [0.08, 0.0015, -0.5],
            [0.08, 0.0015, -0.5],
        ],
    ]
)
_BUOYANT_SPREAD = 1.0 / 3.5  # of the rise [5]
_DIAMETER_SPREAD = 1.0 / 4.3  # of the width: a top hat of half width 2.15 sigma, as a volume source
_WELL_MIXED = 1.6  # sigma_z over mixing height from which the plume fills the layer [1]
_NEGLIGIBLE = 50.0  # exponents beyond count as zero
_SQRT_2PI = math.sqrt(2.0 * math.pi)


@njit(cache=True)
def wind_at(height: float, wind: float, anemometer: float, stability: int, urban: bool) -> float:
    """Wind at a height by the power law of the class [1]_, constant below 10 m. [m s-1]"""
    exponent = _WIND_EXPONENT[1 if urban else 0, stability]
    return wind * (max(height, _PROFILE_BASE) / anemometer) ** exponent


@njit(cache=True)
def sigma_z(distance: float, stability: int, urban: bool) -> float:
    """Vertical spread by turbulence, Briggs open-country or urban curves [2]_. [m]"""
    row = 1 if urban else 0
    a = _SIGMA_Z[row, stability, 0]
    b = _SIGMA_Z[row, stability, 1]
    c = _SIGMA_Z[row, stability, 2]
    return a * distance * (1.0 + b * distance) ** c


@njit(cache=True)
def total_sigma_z(
    distance: float, rise: float, diameter: float, stability: int, urban: bool
) -> float:
    """Vertical spread by turbulence, by the plume's own rise [5]_ and from its width. [m]"""
    ambient = sigma_z(distance, stability, urban)
    buoyant = _BUOYANT_SPREAD * rise
    initial = _DIAMETER_SPREAD * diameter
    return math.sqrt(ambient * ambient + buoyant * buoyant + initial * initial)


@njit(cache=True)
def release_height(height: float, diameter: float, velocity: float, wind: float) -> float:
    """Stack height less stack-tip downwash, 2 d (1.5 - v/u) when v < 1.5 u [1]_. [m]"""
    if velocity >= 1.5 * wind:
        return height
    return max(0.0, height - 2.0 * diameter * (1.5 - velocity / wind))


@njit(cache=True)
def buoyancy_flux(diameter: float, temperature: float, velocity: float, air: float) -> float:
    """Briggs buoyancy flux, 0 for gas colder than the air [1]_. [m4 s-3]"""
    excess = max(0.0, temperature - air)
    return GRAVITY * velocity * diameter * diameter * excess / (4.0 * temperature)


@njit(cache=True)
def final_rise(
    diameter: float, temperature: float, velocity: float, air: float, wind: float, stability: int
) -> tuple[float, float, float]:
    """Compute the final plume rise and how it is reached, Briggs [3]_ as in ISC3 [1]_.

    The larger of buoyant and momentum rise: ISC3's crossover temperature is where they are equal.

    Parameters
    ----------
    diameter, temperature, velocity : float
        Of the stack exit. [m], [K], [m s-1]
    air : float
        Air temperature. [K]
    wind : float
        At stack top. [m s-1]
    stability : int
        Class.

    Returns
    -------
    rise : float
        [m]
    reach : float
        Distance where the rise ends. [m]
    exponent : float
        Of distance in the gradual rise: 2/3 of a buoyant plume, 1/3 of a jet. [-]
    """
    flux = buoyancy_flux(diameter, temperature, velocity, air)
    momentum = velocity * velocity * diameter * diameter * air / (4.0 * temperature)
    jet = 3.0 * diameter * velocity / wind
    if stability >= 4:
        s = GRAVITY * _STABLE_GRADIENT[stability - 4] / air
        buoyant = 2.6 * (flux / (wind * s)) ** (1.0 / 3.0)
        jet = min(jet, 1.5 * (momentum / (wind * math.sqrt(s))) ** (1.0 / 3.0))
        reach = 2.0715 * wind / math.sqrt(s)
        jet_reach = 0.5 * math.pi * wind / math.sqrt(s)
    elif flux < 55.0:
        buoyant = 21.425 * flux**0.75 / wind
        reach = 49.0 * flux**0.625
        jet_reach = 0.0
    else:
        buoyant = 38.71 * flux**0.6 / wind
        reach = 119.0 * flux**0.4
        jet_reach = 0.0
    if buoyant >= jet:
        return buoyant, reach, 2.0 / 3.0
    if stability < 4:
        # where (3 F_m x / (beta_j u)^2)^(1/3) comes to the final rise
        entrainment = 1.0 / 3.0 + wind / velocity
        jet_reach = jet**3 * (entrainment * wind) ** 2 / (3.0 * momentum)
    return jet, jet_reach, 1.0 / 3.0


@njit(cache=True)
def gradual_rise(distance: float, rise: float, reach: float, exponent: float) -> float:
    """Plume rise at a distance on the way to the final one [1]_. [m]"""
    if distance >= reach:
        return rise
    return rise * (distance / reach) ** exponent


@njit(cache=True)
def penetrated_share(rise: float, room: float) -> float:
    """Share of a plume that leaves the mixed layer through the lid [4]_.

    The plume fills 0.5 to 1.5 times its rise; what stands above the lid stays above.

    Parameters
    ----------
    rise : float
        Final rise in air without a lid. [m]
    room : float
        Mixing height less release height, negative for a release above the lid. [m]

    Returns
    -------
    float
        [-]
    """
    if room <= 0.0:
        return 1.0
    if room >= 1.5 * rise:
        return 0.0
    return min(1.0, 1.5 - room / rise)


@njit(cache=True)
def vertical_term(z: float, height: float, sigma: float, lid: float) -> float:
    """Vertical distribution of a plume reflected by the ground and the lid [1]_.

    Integrates to 1 from the ground to the lid.

    Parameters
    ----------
    z : float
        Height of the receptor. [m]
    height : float
        Height of the plume's axis, below the lid. [m]
    sigma : float
        Vertical spread. [m]
    lid : float
        Mixing height, or infinity. [m]

    Returns
    -------
    float
        [m-1]
    """
    if sigma >= _WELL_MIXED * lid:
        return 1.0 / lid
    scale = 0.5 / (sigma * sigma)
    near = scale * (z - height) ** 2
    total = 0.0
    if near < _NEGLIGIBLE:
        total = math.exp(-near) + math.exp(-scale * (z + height) ** 2)
    if lid < math.inf:
        for n in range(1, 10):
            image = 2.0 * n * lid
            closest = scale * (image - z - height) ** 2
            if closest >= _NEGLIGIBLE:
                break
            total += (
                math.exp(-closest)
                + math.exp(-scale * (image - z + height) ** 2)
                + math.exp(-scale * (image + z - height) ** 2)
                + math.exp(-scale * (image + z + height) ** 2)
            )
    return total / (_SQRT_2PI * sigma)
