"""Constants of the plume model, as AERMOD has them."""

from __future__ import annotations

from typing import Final

GRAVITY: Final[float] = 9.80616  # m s-2
VON_KARMAN: Final[float] = 0.4
#: Dry adiabatic lapse rate g/c_p. [K m-1]
LAPSE_RATE: Final[float] = 0.00977
#: 0 degree Celsius in AERMOD (273.15 in AERMET). [K]
FREEZING: Final[float] = 273.16
#: Gas constant. [J mol-1 K-1]
GAS_CONSTANT: Final[float] = 8.3145

SIGMA_V_MIN: Final[float] = 0.2  # m s-1
SIGMA_W_MIN: Final[float] = 0.02  # m s-1
WIND_MIN: Final[float] = 0.2828  # m s-1, sqrt(2) * 0.2
#: Least ratio of sigma_v to wind. [-]
TURBULENCE_MIN: Final[float] = 0.05
#: Least gradient of potential temperature in stable air. [K m-1]
STABLE_GRADIENT_MIN: Final[float] = 0.002
#: What stands for zero in buoyancy, momentum and the Brunt-Vaisala frequency.
TINY: Final[float] = 1.0e-10

#: Entrainment by the rising plume, and spread that its buoyancy induces.
BETA_1: Final[float] = 0.6
BETA_2: Final[float] = 0.4
#: Half-depth of the layer that a plume feels, in sigma_z.
LAYER_DEPTH: Final[float] = 2.15

SECONDS_PER_HOUR: Final[float] = 3600.0
