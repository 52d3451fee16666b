r"""Metal in soil solution from the total content of the soil.

All metals share one form, that of the transfer functions of Otte et al. (2000, table 16),

.. math:: \log_{10} c = p + r \log_{10} OC + s \log_{10} clay + m\,pH + n \log_{10} X

with :math:`c` the total dissolved concentration [mg L-1], :math:`OC` organic carbon and
:math:`clay` [%] and :math:`X` the total content [mg kg-1]; :math:`m` multiplies pH (in the report
it multiplies :math:`\log_{10}(H^+)` and has the other sign). In SI it reads :math:`c = A X^n`.

Sources
-------
Otte, J.G., Römkens, P.F.A.M., Tiktak, A. & de Vries, W. (2000): Partitierelaties voor zware
metalen voor diffuus verontreinigde Nederlandse bodems. PGBO report 30, Wageningen.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Organic matter over organic carbon (van Bemmelen factor).
OM_PER_OC: Final = 1.724

#: Least contents among the soils of the regressions (Otte et al. 2000, table 2). [%]
MIN_ORGANIC_CARBON_PCT: Final = 0.1
MIN_CLAY_PCT: Final = 0.2


def solution_coefficient(
    ph: ArrayLike,
    organic_matter: ArrayLike,
    clay: ArrayLike,
    p: ArrayLike,
    r_oc: ArrayLike,
    s_clay: ArrayLike,
    m_ph: ArrayLike,
    n: ArrayLike,
) -> NDArray[np.float64]:
    """Coefficient A of ``c = A X**n`` in SI.

    Arguments broadcast against each other.

    Parameters
    ----------
    ph : array_like
        pH in water. [-]
    organic_matter, clay : array_like
        [kg kg-1]; lower values than those of the regressions count as their least.
    p, r_oc, s_clay, m_ph, n : array_like
        Coefficients of the transfer function (module text). [-]

    Returns
    -------
    ndarray
        A, so that c [kg m-3] = A * (X [kg kg-1])**n.
    """
    oc_pct = np.maximum(100.0 * np.asarray(organic_matter) / OM_PER_OC, MIN_ORGANIC_CARBON_PCT)
    clay_pct = np.maximum(100.0 * np.asarray(clay), MIN_CLAY_PCT)
    n = np.asarray(n)
    # mg/L = 1e-3 kg/m3 and X[mg/kg] = 1e6 X[kg/kg]
    exponent = (
        np.asarray(p)
        + np.asarray(r_oc) * np.log10(oc_pct)
        + np.asarray(s_clay) * np.log10(clay_pct)
        + np.asarray(m_ph) * np.asarray(ph)
        - 3.0
        + 6.0 * n
    )
    return np.asarray(10.0**exponent)


def submerged_factor(
    ph: ArrayLike, m_ph: ArrayLike, submerged_ph: float, flooded: ArrayLike
) -> NDArray[np.float64]:
    """Mean solubility in a soil that is flooded for a part of its percolation, over the aerobic.

    Below a flood the pH of acid soils rises and that of alkaline ones falls, to 6.5 to 7 in nearly
    all (Ponnamperuma 1972, doi:10.1016/S0065-2113(08)60633-1; Kirk 2004, The biogeochemistry of
    submerged soils, doi:10.1002/047086303X). What else reduction does to metals is not in it.

    Parameters
    ----------
    ph : array_like
        pH of the aerobic soil. [-]
    m_ph : array_like
        Coefficient of the pH in :func:`solution_coefficient`. [-]
    submerged_ph : float
        pH below a flood. [-]
    flooded : array_like
        Part of the percolation that comes from flooded ground. [-]
    """
    change = 10.0 ** (np.asarray(m_ph) * (submerged_ph - np.asarray(ph)))
    return np.asarray(1.0 + np.asarray(flooded) * (change - 1.0))


def solution_concentration(
    content: ArrayLike, coefficient: ArrayLike, n: ArrayLike
) -> NDArray[np.float64]:
    """Total dissolved concentration in soil solution.

    Parameters
    ----------
    content : array_like
        Total content of the soil. [kg kg-1]
    coefficient, n : array_like
        From :func:`solution_coefficient`, and its exponent.

    Returns
    -------
    ndarray
        Concentration. [kg m-3]
    """
    return np.asarray(coefficient) * np.power(content, n)
