"""Radial tables as the tests want them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.physics.dispersion import Climate, Mode, Stack
from simulator.physics.dispersion.radial import STEP, node_count, radial_table


def table_of(
    stack: Stack, mode: Mode, climate: Climate, reach: float = 3.0e4, step: float = STEP
) -> NDArray[np.float64]:
    """Table of one source, ``[sector, node, column]``."""
    return radial_table(
        node_count(reach, step),
        step,
        np.array([stack.height, stack.diameter, stack.temperature, stack.velocity]),
        np.array(mode.diameters or (0.0,)),
        np.array(mode.mass_fractions or (1.0,)),
        mode.density,
        mode.deposition_velocity,
        mode.scavenging_rate,
        climate.frequency,
        climate.wind,
        climate.temperature,
        climate.rain,
        climate.mixing_height,
        climate.anemometer_height,
        climate.roughness,
        climate.urban,
    )
