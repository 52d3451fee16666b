"""Sources and rates as the kernels of one hour want them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.dispersion.hours import Hour
from simulator.physics.dispersion.levels import direction_at
from simulator.physics.dispersion.plume import washed_depth
from simulator.physics.dispersion.rates import RAIN, category_rates, land_use_sector
from simulator.physics.dispersion.rise import (
    AREA,
    CAPPED,
    HORIZONTAL,
    POINT,
    VOLUME,
    Exit,
    Release,
)
from simulator.physics.dispersion.sources import Area, Point, Source, Volume

#: Columns of the array of rates: dry velocity [m s-1], scavenging for the flux and for depletion
#: [s-1].
V_D, SCAVENGED, DEPLETES = range(3)

_KINDS: Final[dict[str, int]] = {"vertical": POINT, "capped": CAPPED, "horizontal": HORIZONTAL}


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
def hourly_rates(
    out: Release,
    hour: Hour,
    profile: NDArray[np.float64],
    air: NDArray[np.float64],
    kind: NDArray[np.int64],
    parameters: NDArray[np.float64],
    land: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Rates of every category in one hour, ``[category, column]``."""
    depth = 0.0
    if air[RAIN] > 0.0:
        depth = washed_depth(out, hour, profile)
    use = land[land_use_sector(direction_at(profile, out.height))]
    rates = np.empty((kind.size, 3))
    for c in range(kind.size):
        found = category_rates(
            kind[c], parameters[c], air, hour.u_star, hour.w_star, hour.obukhov_length,
            hour.roughness, out.air, use, depth,
        )  # fmt: skip
        rates[c, V_D] = found.v_d
        rates[c, SCAVENGED] = found.scavenging_flux
        rates[c, DEPLETES] = found.scavenging_depletion
    return rates
