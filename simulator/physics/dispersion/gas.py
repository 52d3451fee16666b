"""Dry deposition of gases by resistances in series, and their washout.

Equation numbers are those of ``docs/dispersion.md``.

References
----------
.. [1] Wesely, M. L., Doskey, P. V., Shannon, J. D. (2002), *Deposition Parameterizations for the
   Industrial Source Complex (ISC3) Model*, ANL/ER/TR-01/003; as revised in U.S. EPA (2004), *AERMOD
   Deposition Algorithms - Science Document (revised draft)*, and coded in AERMOD 24142.
.. [2] Wesely, M. L. (1989), Parameterization of surface resistances to gaseous dry deposition in
   regional-scale numerical models, Atmos. Environ. 23, 1293-1304.
.. [3] Walcek, C., et al. (2001), *Scientific Peer-Review of the Report "Deposition Parameterization
   for the Industrial Source Complex (ISC3) Model"*.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from simulator.physics.dispersion.constants import FREEZING, GAS_CONSTANT, VON_KARMAN
from simulator.physics.dispersion.particles import drop_fall_speed, drop_radius

_VAPOUR_DIFFUSIVITY = 2.19e-5  # m2 s-1, of water vapour in air
_ENDLESS = 1.0e7  # s m-1
_SNOW = 4  # season with snow on the ground

# Resistances of season 1 to 5: rows r_i, r_cs, r_co, r_ac0, r_gs, r_go; columns land use 1 to 9 [1]
_I = _ENDLESS
# fmt: off
_TABLES = np.array([
    [[_I, 60.0, 120.0, 100.0, 200.0, 150.0, _I, _I, 80.0],
     [_I, 2000.0, 2000.0, 2000.0, 2000.0, 2000.0, _I, _I, 2500.0],
     [_I, 1000.0, 1000.0, 1000.0, 2000.0, 2000.0, _I, _I, 1000.0],
     [100.0, 200.0, 100.0, 2000.0, 100.0, 1500.0, 0.0, 0.0, 300.0],
     [400.0, 150.0, 350.0, 300.0, 500.0, 450.0, 0.0, 1000.0, 0.0],
     [300.0, 150.0, 200.0, 200.0, 300.0, 300.0, 2000.0, 400.0, 1000.0]],
    [[_I, _I, _I, 350.0, _I, 700.0, _I, _I, _I],
     [_I, 6500.0, 6500.0, 3000.0, 2000.0, 2000.0, _I, _I, 6500.0],
     [_I, 400.0, 300.0, 500.0, 600.0, 1000.0, _I, _I, 300.0],
     [100.0, 150.0, 100.0, 1700.0, 100.0, 1200.0, 0.0, 0.0, 200.0],
     [400.0, 200.0, 350.0, 300.0, 500.0, 450.0, 0.0, 1000.0, 0.0],
     [300.0, 150.0, 200.0, 200.0, 300.0, 300.0, 2000.0, 400.0, 800.0]],
    [[_I, _I, _I, 500.0, _I, 1000.0, _I, _I, _I],
     [_I, _I, 9000.0, 6000.0, 2000.0, 2000.0, _I, _I, 9000.0],
     [_I, _I, 400.0, 600.0, 800.0, 1600.0, _I, _I, 800.0],
     [100.0, 0.0, 100.0, 1500.0, 100.0, 1000.0, 0.0, 0.0, 100.0],
     [400.0, 150.0, 350.0, 300.0, 500.0, 450.0, 0.0, 0.0, 1000.0],
     [300.0, 150.0, 200.0, 200.0, 300.0, 300.0, 2000.0, 400.0, 1000.0]],
    [[_I, _I, _I, 800.0, _I, 1600.0, _I, _I, _I],
     [_I, _I, _I, 400.0, _I, 800.0, _I, _I, 9000.0],
     [_I, 2000.0, 1000.0, 600.0, 2000.0, 1200.0, _I, _I, 800.0],
     [100.0, 0.0, 10.0, 1500.0, 100.0, 1000.0, 0.0, 0.0, 50.0],
     [100.0, 100.0, 100.0, 100.0, 200.0, 200.0, 0.0, 1000.0, 100.0],
     [600.0, 3500.0, 3500.0, 3500.0, 500.0, 500.0, 2000.0, 400.0, 3500.0]],
    [[_I, 100.0, 120.0, 100.0, 200.0, 150.0, _I, _I, 80.0],
     [_I, 2000.0, 2000.0, 1500.0, 2000.0, 2000.0, _I, _I, 2000.0],
     [_I, 1000.0, 250.0, 350.0, 500.0, 700.0, _I, _I, 300.0],
     [100.0, 50.0, 80.0, 1500.0, 100.0, 1000.0, 0.0, 0.0, 200.0],
     [500.0, 150.0, 350.0, 300.0, 500.0, 450.0, 0.0, 1000.0, 0.0],
     [300.0, 150.0, 200.0, 200.0, 300.0, 300.0, 2000.0, 400.0, 1000.0]],
])
# fmt: on
_CUTICLE = np.array([1.0e-5, 6.0, 5.0, 7.0, 3.0, 4.0, 1.0e-5, 1.0e-5, 3.0])


class GasSubstance(NamedTuple):
    """What the formulas need of a gas.

    Attributes
    ----------
    d_air, d_water : float
        Diffusivities. [m2 s-1]
    r_cuticle : float
        Resistance of a leaf's lipids, r_cl. [s m-1]
    henry : float
        K_H. [Pa m3 mol-1]
    reactivity : float
        f_o. [-]
    """

    d_air: float
    d_water: float
    r_cuticle: float
    henry: float
    reactivity: float


class Surroundings(NamedTuple):
    """What the formulas need of an hour and the ground.

    Attributes
    ----------
    pressure : float
        [kPa]
    humidity : float
        Relative, 5 to 100. [%]
    vapour : float
        Saturation vapour pressure e_s at the surface file's temperature. [kPa]
    solar : float
        Solar irradiance. [W m-2]
    water_factor : float
        f2. [-]
    rain : float
        Precipitation of this hour and the two before. [mm]
    cloud : float
        [tenths]
    precipitation_code : float
        Above 18 for frozen precipitation.
    hour : float
        Of the day, 1 to 24.
    season : int
        Category 1 to 5.
    leaf_area : float
        Factor F of the season. [-]
    land_use : int
        Class 1 to 9.
    """

    pressure: float
    humidity: float
    vapour: float
    solar: float
    water_factor: float
    rain: float
    cloud: float
    precipitation_code: float
    hour: float
    season: int
    leaf_area: float
    land_use: int


class GasDeposition(NamedTuple):
    """Deposition velocity of a gas and all that makes it.

    Attributes
    ----------
    r_a, r_b, r_c : float
        Resistance of the air, of the laminar sublayer and of the surface. [s m-1]
    r_s, r_m, r_l, r_cut, r_ac, r_g : float
        Parts of ``r_c``: stomata, mesophyll, lipids of the cuticle, cuticle, air in the canopy,
        ground. [s m-1]
    f_1, f_2, f_3, f_4 : float
        How far light, soil water, humidity and temperature let stomata open. [-]
    v_d : float
        [m s-1]
    """

    r_a: float
    r_b: float
    r_c: float
    r_s: float
    r_m: float
    r_l: float
    r_cut: float
    r_ac: float
    r_g: float
    f_1: float
    f_2: float
    f_3: float
    f_4: float
    v_d: float


class GasScavenging(NamedTuple):
    """Washout of a gas.

    Attributes
    ----------
    saturation : float
        Share of its saturation that a drop reaches in the plume. [-]
    liquid : float
        Liquid water content of the rain. [g m-3]
    rate : float
        [s-1]
    """

    saturation: float
    liquid: float
    rate: float


@njit(cache=True)
def _specific_humidity(vapour: float, pressure: float) -> float:
    """Specific humidity at a vapour pressure, both in kPa. [g kg-1]"""
    return 622.0 * vapour / (pressure - 0.378 * vapour)


@njit(cache=True)
def has_dew(around: Surroundings, friction_velocity: float) -> bool:
    """Whether a night is calm and humid enough for dew (8.3 of the specification) [1]_.

    Parameters
    ----------
    around : Surroundings
    friction_velocity : float
        u*. [m s-1]

    Returns
    -------
    bool
    """
    if 8.0 <= around.hour <= 19.0:
        return False
    actual = around.vapour * around.humidity / 100.0
    deficit = _specific_humidity(around.vapour, around.pressure) - _specific_humidity(
        actual, around.pressure
    )
    if deficit <= 0.0:
        deficit = 0.001
    weight = 0.30
    if around.cloud <= 2.0:
        weight = 0.45
    elif around.cloud >= 8.0:
        weight = 0.15
    return friction_velocity < weight / deficit


@njit(cache=True, error_model="numpy")
def gas_deposition(
    gas: GasSubstance,
    around: Surroundings,
    r_a: float,
    friction_velocity: float,
    temperature: float,
    viscosity: float,
) -> GasDeposition:
    """Deposition velocity of a gas, eqs. 8.15-8.16 [1]_, [2]_.

    Parameters
    ----------
    gas : GasSubstance
    around : Surroundings
    r_a : float
        Aerodynamic resistance, eq. 8.3. [s m-1]
    friction_velocity : float
        u*. [m s-1]
    temperature : float
        At the stack top, T_a. [K]
    viscosity : float
        Kinematic, of air. [m2 s-1]

    Returns
    -------
    GasDeposition
    """
    table = _TABLES[around.season - 1]
    place = around.land_use - 1
    r_i = table[0, place]
    r_cs = table[1, place]
    r_co = table[2, place]
    r_ac0 = table[3, place]
    r_gs = table[4, place]
    r_go = table[5, place]
    if around.land_use == 4 or around.land_use == 6:  # forest
        leaves = around.leaf_area
        light = around.solar / 30.0
    else:
        leaves = math.sqrt(around.leaf_area)
        light = around.solar / 100.0

    f_1 = 0.01
    if r_i != _ENDLESS:
        f_1 = min(1.0, max(0.01, (light + 0.01) / (light + 1.0)))
    f_2 = around.water_factor
    f_3 = max(0.01, 1.0 / (1.0 + 0.1 * around.vapour * (1.0 - around.humidity / 100.0)))
    f_4 = max(0.01, 1.0 - 0.0016 * (298.2 - temperature) ** 2)

    snowing = around.season == _SNOW and around.precipitation_code > 18.0 and temperature < FREEZING
    if not snowing:
        dew = has_dew(around, friction_velocity)
        if dew or around.rain > 0.0:
            r_cs = 50.0
            r_co *= 0.75
            r_gs = 50.0
        if dew:
            r_a = max(r_a, 1000.0)
    r_x = 1000.0 * math.exp(-(temperature - 269.2))  # hard freeze
    r_cs += r_x
    r_co += r_x
    r_gs += r_x
    r_go += r_x

    f_o = gas.reactivity
    r_b = 2.2 * (viscosity / gas.d_air) ** (2.0 / 3.0) / (VON_KARMAN * friction_velocity)
    r_ac = 0.3 * r_ac0 / friction_velocity
    r_s = min(_ENDLESS, r_i * (_VAPOUR_DIFFUSIVITY / gas.d_air) / (f_1 * f_2 * f_3 * f_4))
    r_m = min(_ENDLESS, 1.0 / (0.034 / gas.henry + 100.0 * f_o))
    r_l = max(100.0, gas.r_cuticle / (leaves * _CUTICLE[place]) + r_x)
    r_cut = 1.0 / (1.0e-3 / (gas.henry * r_cs) + (f_o + f_o * f_o / gas.henry) / r_co + 1.0 / r_l)
    r_g = min(_ENDLESS, 1.0 / (1.0e-3 / (gas.henry * r_gs) + (f_o + 0.1 * f_o * f_o) / r_go))
    r_c = 1.0 / (leaves / (r_s + r_m) + leaves / r_cut + 1.0 / (r_ac + r_g))
    v_d = 1.0 / (r_a + r_b + r_c)
    return GasDeposition(r_a, r_b, r_c, r_s, r_m, r_l, r_cut, r_ac, r_g, f_1, f_2, f_3, f_4, v_d)


@njit(cache=True)
def gas_scavenging(
    gas: GasSubstance, temperature: float, precipitation: float, depth: float
) -> GasScavenging:
    """Washout of a gas by drops that may not reach saturation, eq. 8.23 [1]_, [3]_.

    Parameters
    ----------
    gas : GasSubstance
    temperature : float
        At the stack top, T_a. [K]
    precipitation : float
        Above 0. [mm h-1]
    depth : float
        Of the layer that is washed, z_p. [m]

    Returns
    -------
    GasScavenging
    """
    radius = drop_radius(precipitation)
    liquid = precipitation**0.889 / 13.28
    heat = GAS_CONSTANT * temperature
    in_air = 80.0 * radius + 1.0
    if radius < 0.01:
        in_drop = 1.0
    elif radius <= 0.05:
        in_drop = 2.6
    else:
        in_drop = 20.0
    share = 1.0 + liquid * heat / (gas.henry * 1.0e6)
    time = (
        radius * radius * heat / (3.0 * gas.henry * 1.0e4 * gas.d_air * in_air)
        + 4.0 * radius * heat / (3.0 * gas.henry * 500.0)
        + 0.17 * radius * radius / (3.0e4 * gas.d_water * in_drop)
    ) / share
    saturation = min(1.0, depth / drop_fall_speed(precipitation) / time)
    rate = saturation * heat * precipitation / (3.6e6 * depth * gas.henry * share)
    return GasScavenging(saturation, liquid, rate)
