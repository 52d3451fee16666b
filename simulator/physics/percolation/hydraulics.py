r"""Van Genuchten-Mualem functions, and the table that columns read them from.

.. math:: \theta = \theta_r + (\theta_m - \theta_r)\,u^m, \quad u = \frac{1}{1 + (\alpha |h|)^n},
          \quad m = 1 - 1/n

.. math:: K = K_s S_e^l\,\Big[\frac{F(u)}{F(u_s)}\Big]^2, \quad F(u) = 1 - (1 - u)^m

below the head :math:`h_s` of saturation, with :math:`S_e = (\theta - \theta_r)/(\theta_s -
\theta_r)`. Without air entry :math:`h_s = 0`, :math:`\theta_m = \theta_s` and :math:`F(u_s) = 1`
(van Genuchten 1980); with it :math:`h_s = -2` cm and :math:`\theta_m` follows from
:math:`\theta(h_s) = \theta_s` (Vogel, van Genuchten & Cislerova 2001).

A column reads both functions from a table of cubic Hermite pieces, :data:`PIECES` an octave of
:math:`|h|`, whose place follows from the bits of the number, so that no power is taken. The
relative error of the conductivity is below 1e-5 for the steepest sand of Carsel & Parrish (1988)
and below 2e-6 for loams and clays, that of the water content below 1e-7.

Saturated soil stores a little water under pressure, :data:`SPECIFIC_STORAGE`, which keeps the
equations of a wholly saturated profile between two flux boundaries solvable.

References
----------
van Genuchten, M.T. (1980): A closed-form equation for predicting the hydraulic conductivity of
unsaturated soils. Soil Sci. Soc. Am. J. 44, 892-898. doi:10.2136/sssaj1980.03615995004400050002x
Vogel, T., van Genuchten, M.T. & Cislerova, M. (2001): Effect of the shape of the soil hydraulic
functions near saturation on variably-saturated flow predictions. Adv. Water Resour. 24, 133-144.
doi:10.1016/S0309-1708(00)00037-3
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Water that saturated soil takes up under pressure. [cm-1]
SPECIFIC_STORAGE: Final = 1.0e-6

_PIECE_BITS: Final = 5
#: Pieces of the table an octave. The head of air entry, a power of two, is a knot.
PIECES: Final = 1 << _PIECE_BITS
#: The table reaches from 2^-20 cm (1e-6) to 2^24 cm (1.7e7) of suction.
_LEAST_EXPONENT: Final = -20
_OCTAVES: Final = 44
_LEAST: Final = 2.0**_LEAST_EXPONENT
_GREATEST: Final = 2.0 ** (_LEAST_EXPONENT + _OCTAVES)
ROWS: Final = _OCTAVES * PIECES
_SHIFT: Final = 52 - _PIECE_BITS
_FIRST: Final = (1023 + _LEAST_EXPONENT) << _PIECE_BITS
_WITHIN: Final = (1 << _SHIFT) - 1
_STEP: Final = 1.0 / (1 << _SHIFT)


class Hydraulics(NamedTuple):
    """Parameters of the materials of a profile, arrays ``[material]``."""

    theta_r: Floats
    theta_s: Floats
    alpha: Floats  #: [cm-1]
    n: Floats
    k_s: Floats  #: [cm d-1]
    l: Floats  # noqa: E741 - its name in the literature
    saturated: float  #: head from which on they are saturated, 0 or -2. [cm]


@njit(cache=True, nogil=True, error_model="numpy")
def _shape(suction: float, alpha: float, n: float) -> tuple[float, float, float]:
    """``u``, ``1 - u`` and ``F(u)`` of the module's text, without cancellation at either end."""
    m = 1.0 - 1.0 / n
    power = (alpha * suction) ** n
    u = 1.0 / (1.0 + power)
    rest = power * u
    log_rest = math.log1p(-u) if power > 1.0 else math.log(rest)
    return u, rest, -math.expm1(m * log_rest)


@njit(cache=True, nogil=True, error_model="numpy")
def _theta_m(p: Hydraulics, k: int) -> float:
    if p.saturated == 0.0:
        return float(p.theta_s[k])
    u = 1.0 / (1.0 + (-p.alpha[k] * p.saturated) ** p.n[k])
    return float(p.theta_r[k] + (p.theta_s[k] - p.theta_r[k]) * u ** (1.0 / p.n[k] - 1.0))


@njit(cache=True, nogil=True, error_model="numpy")
def water_content(head: float, p: Hydraulics, k: int) -> float:
    """Water content of material ``k`` at a head [cm]. [cm3 cm-3]."""
    if head >= p.saturated:
        return float(p.theta_s[k] + SPECIFIC_STORAGE * (head - p.saturated))
    u = 1.0 / (1.0 + (-p.alpha[k] * head) ** p.n[k])
    return float(p.theta_r[k] + (_theta_m(p, k) - p.theta_r[k]) * u ** (1.0 - 1.0 / p.n[k]))


@njit(cache=True, nogil=True, error_model="numpy")
def conductivity(head: float, p: Hydraulics, k: int) -> float:
    """Hydraulic conductivity of material ``k`` at a head [cm]. [cm d-1]."""
    if head >= p.saturated:
        return float(p.k_s[k])
    m = 1.0 - 1.0 / p.n[k]
    u, _, f = _shape(-head, p.alpha[k], p.n[k])
    wet = 1.0
    if p.saturated < 0.0:
        _, _, wet = _shape(-p.saturated, p.alpha[k], p.n[k])
    effective = (_theta_m(p, k) - p.theta_r[k]) / (p.theta_s[k] - p.theta_r[k]) * u**m
    return float(p.k_s[k] * effective ** p.l[k] * (f / wet) ** 2)


@njit(cache=True, nogil=True, error_model="numpy")
def _slopes(suction: float, p: Hydraulics, k: int) -> tuple[float, float, float, float]:
    """Water content and conductivity at a suction, and their derivatives by it."""
    n = p.n[k]
    m = 1.0 - 1.0 / n
    u, rest, f = _shape(suction, p.alpha[k], n)
    theta = water_content(-suction, p, k)
    k_here = conductivity(-suction, p, k)
    log_u = -n * rest / suction  # d ln u / d suction
    log_f = -m * n * rest**m * u / (suction * f)
    theta_slope = (theta - p.theta_r[k]) * m * log_u
    k_slope = k_here * (p.l[k] * m * log_u + 2.0 * log_f)
    return theta, theta_slope, k_here, k_slope


@njit(cache=True, nogil=True, error_model="numpy")
def fill_table(p: Hydraulics, table: Floats) -> None:
    """Write the cubic pieces of all materials, ``table[material, ROWS, 8]``.

    Columns 0 to 3 are the coefficients of the water content in powers of the place within the
    piece, 4 to 7 those of the conductivity. Pieces of saturated soil are left alone.
    """
    for k in range(table.shape[0]):
        low = _LEAST
        for row in range(ROWS):
            width = math.ldexp(1.0, _LEAST_EXPONENT + row // PIECES) / PIECES
            high = low + width
            if -high >= p.saturated:
                low = high
                continue
            t0, dt0, k0, dk0 = _slopes(low, p, k)
            t1, dt1, k1, dk1 = _slopes(high, p, k)
            _piece(t0, t1, dt0 * width, dt1 * width, table[k, row, :4])
            _piece(k0, k1, dk0 * width, dk1 * width, table[k, row, 4:])
            low = high


@njit(cache=True, nogil=True, error_model="numpy")
def _piece(a: float, b: float, slope_a: float, slope_b: float, out: Floats) -> None:
    out[0] = a
    out[1] = slope_a
    out[2] = 3.0 * (b - a) - 2.0 * slope_a - slope_b
    out[3] = 2.0 * (a - b) + slope_a + slope_b


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def look_up(head: float, p: Hydraulics, table: Floats, k: int) -> tuple[float, float, float]:
    """Water content, capacity and conductivity of material ``k``.

    Parameters
    ----------
    head : float
        [cm]
    p : Hydraulics
    table : ndarray ``[material, ROWS, 8]``
        From :func:`fill_table`.
    k : int
        Material.

    Returns
    -------
    theta, capacity, conductivity : float
        [cm3 cm-3, cm-1, cm d-1]
    """
    suction = min(-head, 0.999 * _GREATEST)
    if not suction >= _LEAST or head >= p.saturated:  # with "not", what is no number finds no row
        return p.theta_s[k] + SPECIFIC_STORAGE * (head - p.saturated), SPECIFIC_STORAGE, p.k_s[k]
    bits = np.float64(suction).view(np.int64)
    row = (bits >> _SHIFT) - _FIRST
    t = (bits & _WITHIN) * _STEP
    per_width = np.int64((2046 + _PIECE_BITS - (bits >> 52)) << 52).view(np.float64)
    c = table[k, row]
    theta = c[0] + t * (c[1] + t * (c[2] + t * c[3]))
    capacity = -(c[1] + t * (2.0 * c[2] + t * 3.0 * c[3])) * per_width
    return theta, capacity, c[4] + t * (c[5] + t * (c[6] + t * c[7]))
