"""Growth of built land: sealing inside parcels, and how suitable others are by a stated rule."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def logistic_step(
    value: NDArray[np.float64], rate: float, ceiling: NDArray[np.float64] | float, dt: float
) -> NDArray[np.float64]:
    r"""Exact solution of logistic growth after a step of any length.

    .. math:: \frac{dI}{dt} = r I \left(1 - \frac{I}{K}\right), \qquad
              I(t + \Delta t) = \frac{K I}{K e^{-r \Delta t} + I\, (1 - e^{-r \Delta t})}

    Two half steps give one whole step, and only correctly rounded operations touch the array, so
    an element has the same bits alone and in a batch.

    Parameters
    ----------
    value : ndarray
        Present share I, not negative. [-]
    rate : float
        Intrinsic growth rate r, not negative. [yr-1]
    ceiling : ndarray or float
        Ceiling K, positive. [-]
    dt : float
        Length of the step. [yr]

    Returns
    -------
    ndarray
        Share after the step, never past the ceiling. [-]

    References
    ----------
    .. [1] P.-F. Verhulst (1838), Notice sur la loi que la population suit dans son accroissement,
       Correspondance mathématique et physique 10, 113-121.
    """
    decay, gain = math.exp(-rate * dt), -math.expm1(-rate * dt)
    grown = value * (ceiling / (ceiling * decay + value * gain))
    # Rounding may overstep the start or the ceiling by a unit in the last place.
    return np.clip(grown, np.minimum(value, ceiling), np.maximum(value, ceiling))


def suitability(
    built_share: NDArray[np.float64],
    centre_distance: NDArray[np.float64],
    slope: NDArray[np.float64],
    centre_scale: float,
    slope_limit: float,
) -> NDArray[np.float64]:
    r"""Relative chance of ground to be built on.

    .. math:: w = \Omega \; e^{-d / b} \; \max(0,\, 1 - \beta / \beta_{max})

    The built share of the neighbourhood is the neighbourhood effect of cellular land-use models
    [1]_; the exponential fall from the centre is Clark's law [2]_; slope counts linearly down to
    nothing at its limit.

    Parameters
    ----------
    built_share : ndarray
        Built share of the neighbourhood's area, :math:`\Omega`. [-]
    centre_distance : ndarray
        Distance to the nearest centre, d. [m]
    slope : ndarray
        Slope :math:`\beta`; where it is unknown (NaN) nothing is built. [rad]
    centre_scale : float
        Distance over which density falls by a factor e, b. [m]
    slope_limit : float
        Slope from which nothing is built, :math:`\beta_{max}`. [rad]

    Returns
    -------
    ndarray
        Weight, 0 where nothing can be built. [-]

    References
    ----------
    .. [1] R. White, G. Engelen (1993), Cellular automata and fractal urban form, Environment and
       Planning A 25, 1175-1199, doi:10.1068/a251175.
    .. [2] C. Clark (1951), Urban population densities, Journal of the Royal Statistical Society A
       114, 490-496, doi:10.2307/2981088.
    """
    flatness = np.nan_to_num(np.maximum(0.0, 1.0 - slope / slope_limit), nan=0.0)
    return built_share * np.exp(-centre_distance / centre_scale) * flatness
