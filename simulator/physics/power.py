r"""``x**e`` for rows of positive numbers, in operations that vectorise.

The library's ``pow`` is called number by number and takes most of the time of a leaching step. Here

.. math:: x^e = 2^{e \log_2 x}, \quad
          \log_2 x = k + \frac{2}{\ln 2}\,\mathrm{artanh}\,\frac{m-1}{m+1}

with :math:`x = 2^k m`, :math:`\sqrt{1/2} \le m < \sqrt 2`, and both series carried to rounding. The
relative error is below 2e-14 for :math:`|e \log_2 x| < 50`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

_MANTISSA: Final = 0x000FFFFFFFFFFFFF
_ONE: Final = 0x3FF0000000000000
_TWO_52: Final = 4503599627370496.0
_TWO_52_BITS: Final = 0x4330000000000000
_ROUND: Final = 6755399441055744.0  # 1.5 * 2^52: adding it rounds to an integer
_SQRT_2: Final = 1.4142135623730951
_LOG2_E: Final = 1.4426950408889634
_LN_2: Final = 0.6931471805599453


@njit(cache=True, nogil=True, error_model="numpy")
def power_row(
    x: NDArray[np.float64],
    e: float,
    out: NDArray[np.float64],
    bits: NDArray[np.int64],
) -> None:
    """Write ``x**e``.

    Parameters
    ----------
    x : ndarray
        Positive normal numbers; elsewhere the result has no meaning.
    e : float
        Exponent.
    out : ndarray
        Result, the size of ``x``; may not be ``x``.
    bits : ndarray of int64
        Scratch of the same size.
    """
    n = x.size
    raw = x.view(np.int64)
    number = bits.view(np.float64)
    for i in range(n):
        bits[i] = (raw[i] & _MANTISSA) | _ONE  # mantissa, 1 to 2
    for i in range(n):
        out[i] = number[i]
    for i in range(n):
        bits[i] = (raw[i] >> 52) | _TWO_52_BITS  # exponent as a float, biased
    for i in range(n):
        m = out[i]
        k = number[i] - _TWO_52 - 1023.0
        above = m > _SQRT_2
        m = 0.5 * m if above else m
        k = k + 1.0 if above else k
        t = (m - 1.0) / (m + 1.0)
        q = t * t
        series = 1.0 + q * (
            1.0 / 3.0
            + q
            * (
                1.0 / 5.0
                + q
                * (
                    1.0 / 7.0
                    + q
                    * (
                        1.0 / 9.0
                        + q
                        * (
                            1.0 / 11.0
                            + q
                            * (
                                1.0 / 13.0
                                + q * (1.0 / 15.0 + q * (1.0 / 17.0 + q * (1.0 / 19.0 + q / 21.0)))
                            )
                        )
                    )
                )
            )
        )
        out[i] = e * (k + (2.0 * _LOG2_E) * t * series)
    for i in range(n):
        number[i] = out[i] + _ROUND
    for i in range(n):
        r = (out[i] - (number[i] - _ROUND)) * _LN_2
        out[i] = 1.0 + r * (
            1.0
            + r
            * (
                1.0 / 2.0
                + r
                * (
                    1.0 / 6.0
                    + r
                    * (
                        1.0 / 24.0
                        + r
                        * (
                            1.0 / 120.0
                            + r
                            * (
                                1.0 / 720.0
                                + r
                                * (
                                    1.0 / 5040.0
                                    + r
                                    * (
                                        1.0 / 40320.0
                                        + r
                                        * (
                                            1.0 / 362880.0
                                            + r
                                            * (
                                                1.0 / 3628800.0
                                                + r * (1.0 / 39916800.0 + r / 479001600.0)
                                            )
                                        )
                                    )
                                )
                            )
                        )
                    )
                )
            )
        )
    for i in range(n):
        bits[i] = (bits[i] << 52) + _ONE  # two to the rounded power
    for i in range(n):
        out[i] *= number[i]
