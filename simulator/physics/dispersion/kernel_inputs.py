"""What the kernels of the plume are given: hours, sources, receptors, and the rates of an hour."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.dispersion.hours import Hour, Hours, hour_of
from simulator.physics.dispersion.levels import direction_at
from simulator.physics.dispersion.plume import washed_depth
from simulator.physics.dispersion.rates import (
    RAIN,
    Categories,
    category_rates,
    deposition_hours,
    land_use_sector,
)
from simulator.physics.dispersion.rise import (
    AREA,
    CAPPED,
    HORIZONTAL,
    POINT,
    VOLUME,
    Exit,
    Release,
    release,
)
from simulator.physics.dispersion.sources import Area, Ground, Point, Source, Volume

#: Columns of the array of rates: dry velocity [m s-1], scavenging for the flux and for depletion
#: [s-1].
V_D, SCAVENGED, DEPLETES = range(3)

_KINDS: Final[dict[str, int]] = {"vertical": POINT, "capped": CAPPED, "horizontal": HORIZONTAL}


class Air(NamedTuple):
    """The hours as kernels take them, and the ground that gases meet."""

    valid: NDArray[np.bool_]  #: neither calm nor missing, ``[hour]``
    scales: NDArray[np.float64]  #: ``[hour, scale]``
    profiles: NDArray[np.float64]  #: ``[hour, level, column]``
    surface: NDArray[np.float64]  #: what deposition needs, ``[hour, column]``
    land: NDArray[np.int64]  #: class of land by sector of flow, ``[36]``
    base: float  #: elevation of the foot of the profiles [m]

    def part(self, first: int, stop: int) -> Air:
        """Some of the hours."""
        some = slice(first, stop)
        return self._replace(
            valid=self.valid[some],
            scales=self.scales[some],
            profiles=self.profiles[some],
            surface=self.surface[some],
        )


def air_of(hours: Hours, ground: Ground | None) -> Air:
    """The hours over a ground, the usual one if None."""
    where = ground or Ground()
    land = np.asarray(where.land_use, dtype=np.int64)
    surface = deposition_hours(hours.met, where)
    return Air(hours.valid, hours.scales, hours.profiles, surface, land, hours.base)


class Points(NamedTuple):
    """Receptors as kernels take them, ``[receptor]`` each. [m]"""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    ground: NDArray[np.float64]
    hill: NDArray[np.float64]
    flagpole: NDArray[np.float64]


class Switches(NamedTuple):
    """Whether terrain is left out, and whether the plume loses what it deposits."""

    flat: bool
    dry_depletion: bool
    wet_depletion: bool


def source_exit(source: Source) -> Exit:
    """A source as the kernels know it."""
    match source:
        case Point():
            return Exit(
                _KINDS[source.release],
                float(source.height),
                float(source.diameter),
                float(source.temperature),
                float(source.velocity),
                0.0,
                0.0,
            )
        case Volume():
            spread = float(source.sigma_y), float(source.sigma_z)
            return Exit(VOLUME, float(source.height), 0.0, 0.0, 0.0, *spread)
        case Area():
            return Exit(AREA, float(source.height), 0.0, 0.0, 0.0, 0.0, float(source.sigma_z))


@njit(cache=True)
def begin_hour(
    h: int, air: Air, exit_: Exit, categories: Categories
) -> tuple[Hour, NDArray[np.float64], Release, NDArray[np.float64]]:
    """Scales, profile, release and rates ``[category, column]`` of one hour and source."""
    hour = hour_of(air.scales[h])
    profile = air.profiles[h]
    out = release(exit_, hour, profile, air.base)
    surface = air.surface[h]
    depth = 0.0
    if surface[RAIN] > 0.0:
        depth = washed_depth(out, hour, profile)
    use = air.land[land_use_sector(direction_at(profile, out.height))]
    rates = np.empty((categories.kind.size, 3))
    for c in range(categories.kind.size):
        found = category_rates(
            categories.kind[c], categories.parameters[c], surface, hour.u_star, hour.w_star,
            hour.obukhov_length, hour.roughness, out.air, use, depth,
        )  # fmt: skip
        rates[c, V_D] = found.v_d
        rates[c, SCAVENGED] = found.scavenging_flux
        rates[c, DEPLETES] = found.scavenging_depletion
    return hour, profile, out, rates
