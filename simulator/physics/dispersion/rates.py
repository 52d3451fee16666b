"""Deposition velocity and scavenging rates of whatever sources emit, category by category.

A category is one size class of :class:`Particles`, or a whole substance of another kind. The engine
makes :class:`Categories` and the hours' array once, then calls :func:`category_rates` per hour,
source and category. Equation numbers are those of ``docs/dispersion.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.dispersion.gas import (
    GasSubstance,
    Surroundings,
    gas_deposition,
    gas_scavenging,
)
from simulator.physics.dispersion.meteorology import Meteorology, limited
from simulator.physics.dispersion.particles import (
    BULK_DENSITY,
    deposition_by_size,
    deposition_in_bulk,
    scavenging_by_size,
    scavenging_in_bulk,
    schmidt_number,
    settling_velocity,
    slip_correction,
    stopping_time,
)
from simulator.physics.dispersion.sources import (
    BulkParticles,
    Gas,
    Ground,
    Inert,
    Particles,
    Substance,
)
from simulator.physics.dispersion.surface_air import (
    aerodynamic_resistance,
    kinematic_viscosity,
    root_water,
    saturation_vapour_pressure,
    solar_irradiance,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Kinds of category.
INERT: Final[int] = 0
BY_SIZE: Final[int] = 1
BULK: Final[int] = 2
GAS: Final[int] = 3

#: Columns of ``Categories.parameters``; those that a kind does not use are 0.
DIAMETER: Final[int] = 0  # m
DENSITY: Final[int] = 1  # kg m-3
SLIP: Final[int] = 2
SETTLING: Final[int] = 3  # m s-1
STOPPING: Final[int] = 4  # s
FINE: Final[int] = 5
D_AIR: Final[int] = 6  # m2 s-1
D_WATER: Final[int] = 7  # m2 s-1
R_CUTICLE: Final[int] = 8  # s m-1
HENRY: Final[int] = 9  # Pa m3 mol-1
REACTIVITY: Final[int] = 10
PARAMETER_COUNT: Final[int] = 11

#: Columns of the array of hours.
PRESSURE: Final[int] = 0  # kPa
HUMIDITY: Final[int] = 1  # %, 5 to 100
VAPOUR: Final[int] = 2  # e_s, kPa
SOLAR: Final[int] = 3  # W m-2
WATER_FACTOR: Final[int] = 4  # f2
RECENT_RAIN: Final[int] = 5  # of the two hours before, mm
CLOUD: Final[int] = 6  # tenths
RAIN_CODE: Final[int] = 7
HOUR: Final[int] = 8  # of the day, 1 to 24
SEASON: Final[int] = 9  # 1 to 5
LEAF_AREA: Final[int] = 10  # factor F
RAIN: Final[int] = 11  # of this hour, mm h-1
HOUR_COLUMN_COUNT: Final[int] = 12


class Categories(NamedTuple):
    """Substances taken apart into categories; all arrays ``[category]`` unless stated.

    Attributes
    ----------
    kind : ndarray of int
        ``INERT``, ``BY_SIZE``, ``BULK`` or ``GAS``.
    substance : ndarray of int
        Index of the substance, ascending.
    fraction : ndarray
        Share of the substance's mass. [-]
    settling : ndarray
        Velocity v_g that tilts the plume; 0 for gas and inert. [m s-1]
    parameters : ndarray
        ``[category, PARAMETER_COUNT]``, numbers that do not depend on the hour.
    """

    kind: Ints
    substance: Ints
    fraction: Floats
    settling: Floats
    parameters: Floats


class CategoryRates(NamedTuple):
    """How fast one category leaves the plume.

    Attributes
    ----------
    v_d : float
        Dry deposition velocity. [m s-1]
    scavenging_flux : float
        Scavenging rate for the wet flux. [s-1]
    scavenging_depletion : float
        Scavenging rate for the depletion of the plume. [s-1]
    """

    v_d: float
    scavenging_flux: float
    scavenging_depletion: float


def _particle(diameter: float, density: float) -> Floats:
    row = np.zeros(PARAMETER_COUNT)
    slip = slip_correction(diameter)
    settling = settling_velocity(diameter, density, slip)
    row[[DIAMETER, DENSITY, SLIP, SETTLING, STOPPING]] = (
        diameter,
        density,
        slip,
        settling,
        stopping_time(settling),
    )
    return row


def _rows(substance: Substance) -> list[tuple[int, float, Floats]]:
    """Kind, fraction and parameters of each category of a substance."""
    match substance:
        case Inert():
            return [(INERT, 1.0, np.zeros(PARAMETER_COUNT))]
        case Particles():
            return [
                (BY_SIZE, fraction, _particle(diameter, density))
                for diameter, fraction, density in zip(
                    substance.diameters, substance.fractions, substance.densities, strict=True
                )
            ]
        case BulkParticles():
            row = _particle(substance.diameter, BULK_DENSITY)
            row[FINE] = substance.fine_fraction
            return [(BULK, 1.0, row)]
        case Gas():
            row = np.zeros(PARAMETER_COUNT)
            row[[D_AIR, D_WATER, R_CUTICLE, HENRY, REACTIVITY]] = (
                substance.diffusivity_air,
                substance.diffusivity_water,
                substance.cuticular_resistance,
                substance.henry,
                substance.reactivity,
            )
            return [(GAS, 1.0, row)]
    raise TypeError(f"not a substance: {substance!r}")


def categories(substances: Sequence[Substance]) -> Categories:
    """Take substances apart into categories, eqs. 8.5-8.7.

    Parameters
    ----------
    substances : sequence of Substance

    Returns
    -------
    Categories
        In the order of the substances, size classes in their order.
    """
    rows = [(index, *row) for index, substance in enumerate(substances) for row in _rows(substance)]
    parameters = np.array([row[3] for row in rows]).reshape(-1, PARAMETER_COUNT)
    return Categories(
        kind=np.array([row[1] for row in rows], dtype=np.int64),
        substance=np.array([row[0] for row in rows], dtype=np.int64),
        fraction=np.array([row[2] for row in rows], dtype=np.float64),
        settling=parameters[:, SETTLING].copy(),
        parameters=parameters,
    )


@njit(cache=True)
def _solar_and_vapour(
    heat_flux: Floats,
    bowen_ratio: Floats,
    albedo: Floats,
    cloud: Floats,
    temperature: Floats,
    obukhov_length: Floats,
) -> tuple[Floats, Floats]:
    solar = np.zeros(heat_flux.size)
    vapour = np.zeros(heat_flux.size)
    for hour in range(heat_flux.size):
        if temperature[hour] > 0.0:  # else the hour is missing
            vapour[hour] = saturation_vapour_pressure(temperature[hour])
            solar[hour] = solar_irradiance(
                heat_flux[hour],
                bowen_ratio[hour],
                albedo[hour],
                cloud[hour],
                temperature[hour],
                obukhov_length[hour],
            )
    return solar, vapour


def deposition_hours(met: Meteorology, ground: Ground) -> Floats:
    """What deposition needs of each hour, eqs. 8.1, 8.13 and 8.14.

    Parameters
    ----------
    met : Meteorology
        As read, calm and missing hours included: the ground remembers them too.
    ground : Ground

    Returns
    -------
    ndarray
        ``[hour, HOUR_COLUMN_COUNT]``, see the columns of this module. Rows of missing hours are
        finite but mean nothing.
    """
    solar, vapour = _solar_and_vapour(
        met.heat_flux, met.bowen_ratio, met.albedo, met.cloud, met.temperature, met.obukhov_length
    )
    memory = root_water(met.temperature, met.precipitation)
    pressure = met.pressure / 10.0
    season = np.asarray(ground.season)[met.month - 1]
    leaf_area = np.array([1.0, ground.leaf_area_autumn, 1.0, 1.0, ground.leaf_area_spring])
    hours = np.empty((len(met), HOUR_COLUMN_COUNT))
    hours[:, PRESSURE] = np.where(pressure < 10.0, 100.0, pressure)
    hours[:, HUMIDITY] = np.clip(met.relative_humidity, 5.0, 100.0)
    hours[:, VAPOUR] = vapour
    hours[:, SOLAR] = solar
    hours[:, WATER_FACTOR] = memory.water_factor
    hours[:, RECENT_RAIN] = memory.recent_precipitation
    hours[:, CLOUD] = met.cloud
    hours[:, RAIN_CODE] = met.precipitation_code
    hours[:, HOUR] = met.hour
    hours[:, SEASON] = season
    hours[:, LEAF_AREA] = leaf_area[season - 1]
    hours[:, RAIN] = limited(met).precipitation
    return hours


@njit(cache=True)
def land_use_sector(direction: float) -> int:
    """Sector of the land that the flow goes towards (8.3 of the specification).

    Parameters
    ----------
    direction : float
        Where the wind at the height of the release comes from. [degree]

    Returns
    -------
    int
        Index 0 to 35 into ``Ground.land_use``; 0 is flow towards 10 degrees.
    """
    sector = int((direction - 180.0) % 360.0 / 10.0 + 0.4999)
    return 35 if sector == 0 else sector - 1


@njit(cache=True)
def category_rates(
    kind: int,
    parameters: Floats,
    hour: Floats,
    friction_velocity: float,
    convective_velocity: float,
    obukhov_length: float,
    z0: float,
    temperature: float,
    land_use: int,
    depth: float,
) -> CategoryRates:
    """Rates of one category in one hour, for one source (8.1-8.3 and 8.5 of the specification).

    Parameters
    ----------
    kind : int
        ``Categories.kind``.
    parameters : ndarray
        Row of ``Categories.parameters``.
    hour : ndarray
        Row of :func:`deposition_hours`.
    friction_velocity, convective_velocity : float
        u*, of the urban air for an urban source, and w* of the hour, negative if stable. [m s-1]
    obukhov_length : float
        L, of the urban air for an urban source. [m]
    z0 : float
        Roughness length. [m]
    temperature : float
        At the stack top, T_a of eq. 4.2. [K]
    land_use : int
        Class 1 to 9 of the ground in the sector of the flow; matters to gases.
    depth : float
        Of the layer that is washed, z_p of eq. 8.20; not used without precipitation. [m]

    Returns
    -------
    CategoryRates
    """
    if kind == INERT:
        return CategoryRates(0.0, 0.0, 0.0)
    rain = hour[RAIN]
    r_a = aerodynamic_resistance(friction_velocity, obukhov_length, z0)
    if kind == BULK:
        v_d = deposition_in_bulk(parameters[FINE], r_a, friction_velocity, obukhov_length).v_d
        if rain <= 0.0:
            return CategoryRates(v_d, 0.0, 0.0)
        washed = scavenging_in_bulk(parameters[DIAMETER], parameters[FINE], rain, depth)
        return CategoryRates(v_d, washed.flux, washed.depletion)

    viscosity = kinematic_viscosity(temperature, hour[PRESSURE])
    if kind == BY_SIZE:
        settling = parameters[SETTLING]
        stopping = parameters[STOPPING]
        schmidt = schmidt_number(parameters[DIAMETER], parameters[SLIP], temperature, viscosity)
        v_d = deposition_by_size(
            settling, stopping, schmidt, viscosity, r_a, friction_velocity, convective_velocity
        ).v_d
        if rain <= 0.0:
            return CategoryRates(v_d, 0.0, 0.0)
        washed = scavenging_by_size(
            parameters[DIAMETER],
            parameters[DENSITY],
            settling,
            stopping,
            schmidt,
            viscosity,
            rain,
        )
        return CategoryRates(v_d, washed.flux, washed.depletion)

    gas = GasSubstance(
        parameters[D_AIR],
        parameters[D_WATER],
        parameters[R_CUTICLE],
        parameters[HENRY],
        parameters[REACTIVITY],
    )
    around = surroundings(hour, land_use)
    v_d = gas_deposition(gas, around, r_a, friction_velocity, temperature, viscosity).v_d
    if rain <= 0.0:
        return CategoryRates(v_d, 0.0, 0.0)
    rate = gas_scavenging(gas, temperature, rain, depth).rate
    return CategoryRates(v_d, rate, rate)


@njit(cache=True)
def surroundings(hour: Floats, land_use: int) -> Surroundings:
    """The hour and the ground as gas deposition wants them.

    Parameters
    ----------
    hour : ndarray
        Row of :func:`deposition_hours`.
    land_use : int
        Class 1 to 9.

    Returns
    -------
    Surroundings
    """
    return Surroundings(
        hour[PRESSURE],
        hour[HUMIDITY],
        hour[VAPOUR],
        hour[SOLAR],
        hour[WATER_FACTOR],
        hour[RAIN] + hour[RECENT_RAIN],
        hour[CLOUD],
        hour[RAIN_CODE],
        hour[HOUR],
        int(hour[SEASON]),
        hour[LEAF_AREA],
        land_use,
    )
