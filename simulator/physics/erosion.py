"""Soil loss by water: the revised universal soil loss equation with Chinese calibrations.

Erosivity and erodibility keep the units of their literature, R [MJ mm ha-1 h-1 yr-1] and
K [t ha h ha-1 MJ-1 mm-1]; their product is in t ha-1 yr-1 and :func:`soil_loss` returns SI.

Sources
-------
Renard, K.G. et al. (1997): Predicting soil erosion by water (RUSLE). USDA Agric. Handbook 703.
Zhang, W.B., Xie, Y. & Liu, B.Y. (2002): Rainfall erosivity estimation using daily rainfall
amounts. Scientia Geographica Sinica 22, 705-711.
Williams, J.R. (1990): The erosion-productivity impact calculator (EPIC) model.
doi:10.1098/rstb.1990.0184
Zhang, K.L. et al. (2008): Soil erodibility and its estimation for agricultural soil in China.
J. Arid Environ. 72, 1002-1011. doi:10.1016/j.jaridenv.2007.11.018
McCool, D.K. et al. (1989): Revised slope length factor for the USLE. Trans. ASAE 32, 1571-1576.
Liu, B.Y., Nearing, M.A. & Risse, L.M. (1994): Slope gradient effects on soil loss for steep
slopes. Trans. ASAE 37, 1835-1840.
Menzel, R.G. (1980): Enrichment ratios for water quality modeling. In: Knisel, W.G. (ed.), CREAMS,
USDA Cons. Res. Rep. 26, vol. III, 486-492.
Vanoni, V.A. (ed.) (1975): Sedimentation engineering. ASCE manual 54.
Vigiak, O. et al. (2012): Comparison of conceptual landscape metrics to define hillslope-scale
sediment delivery ratio. Geomorphology 138, 74-88. doi:10.1016/j.geomorph.2011.08.026
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from simulator.physics.sorption import OM_PER_OC

#: Limits of the classes of steepness of the practice factor. [degree]
STEEPNESS_CLASSES: Final = (5.0, 15.0)

#: [m2]
SQUARE_MILE: Final = 1609.344**2

#: Rain of a day from which it erodes. [mm]
EROSIVE_RAIN_MM: Final = 12.0

#: US customary units of K to t ha h ha-1 MJ-1 mm-1.
K_US_TO_METRIC: Final = 0.1317

#: Length of the unit plot. [m]
UNIT_PLOT_LENGTH: Final = 22.13

T_HA_TO_KG_M2: Final = 0.1


def erosivity(daily_rain: NDArray[np.float64], days_per_year: float = 365.25) -> float:
    """Mean yearly rainfall erosivity R from daily rain (Zhang, Xie & Liu 2002).

    The half-month sums ``alpha * sum(P**beta)`` over days with at least 12 mm are summed over the
    record; alpha and beta follow from the erosive rain of the record itself.

    Parameters
    ----------
    daily_rain : ndarray
        One value a day; several years are better than one. [m]
    days_per_year : float
        [d]

    Returns
    -------
    float
        R. [MJ mm ha-1 h-1 yr-1]
    """
    rain_mm = 1.0e3 * np.asarray(daily_rain)
    erosive = rain_mm[rain_mm >= EROSIVE_RAIN_MM]
    if erosive.size == 0:
        return 0.0
    years = rain_mm.size / days_per_year
    beta = 0.8363 + 18.144 / erosive.mean() + 24.455 / (erosive.sum() / years)
    alpha = 21.586 * beta**-7.1891
    return float(alpha * np.sum(erosive**beta) / years)


def erodibility(
    sand: ArrayLike, silt: ArrayLike, clay: ArrayLike, organic_matter: ArrayLike
) -> NDArray[np.float64]:
    """Soil erodibility K: EPIC (Williams 1990) corrected for Chinese soils (Zhang et al. 2008).

    Parameters
    ----------
    sand, silt, clay, organic_matter : array_like
        [kg kg-1]

    Returns
    -------
    ndarray
        K, not below 0. [t ha h ha-1 MJ-1 mm-1]
    """
    san, sil, cla = (100.0 * np.asarray(x) for x in (sand, silt, clay))
    carbon = 100.0 * np.asarray(organic_matter) / OM_PER_OC
    fines = 1.0 - np.asarray(sand)
    coarse_sand = 0.2 + 0.3 * np.exp(-0.0256 * san * (1.0 - np.asarray(silt)))
    # a soil of sand alone has nothing to erode by this measure
    clay_to_silt = (sil / np.maximum(cla + sil, 1e-6)) ** 0.3
    organic = 1.0 - 0.25 * carbon / (carbon + np.exp(3.72 - 2.95 * carbon))
    very_sandy = 1.0 - 0.7 * fines / (fines + np.exp(-5.51 + 22.9 * fines))
    epic = K_US_TO_METRIC * coarse_sand * clay_to_silt * organic * very_sandy
    return np.maximum(-0.01383 + 0.51575 * epic, 0.0)


def slope_length_exponent(slope: ArrayLike) -> NDArray[np.float64]:
    """Exponent m of the slope-length factor (McCool et al. 1989), moderate rilling. [-]

    Parameters
    ----------
    slope : array_like
        [rad]
    """
    sine = np.sin(slope)
    beta = (sine / 0.0896) / (3.0 * sine**0.8 + 0.56)
    return beta / (1.0 + beta)


def topographic_factor(slope: ArrayLike, slope_length: ArrayLike) -> NDArray[np.float64]:
    """Factor LS: length after McCool et al. (1989), steepness after Liu et al. (1994).

    Steepness is that of RUSLE below 5 and 10 degrees and linear in the sine above.

    Parameters
    ----------
    slope : array_like
        [rad]
    slope_length : array_like
        Horizontal length of the slope before its runoff is led away. [m]

    Returns
    -------
    ndarray
        LS. [-]
    """
    sine = np.sin(slope)
    degrees = np.degrees(slope)
    steepness = np.where(
        degrees < 5.0,
        10.8 * sine + 0.03,
        np.where(degrees < 10.0, 16.8 * sine - 0.50, 21.91 * sine - 0.96),
    )
    length = (np.asarray(slope_length) / UNIT_PLOT_LENGTH) ** slope_length_exponent(slope)
    return np.asarray(length * steepness)


def soil_loss(
    erosivity: ArrayLike,
    erodibility: ArrayLike,
    topography: ArrayLike,
    cover: ArrayLike,
    practice: ArrayLike,
) -> NDArray[np.float64]:
    """Mean yearly soil loss R K LS C P. [kg m-2 yr-1]

    Parameters
    ----------
    erosivity : array_like
        R. [MJ mm ha-1 h-1 yr-1]
    erodibility : array_like
        K. [t ha h ha-1 MJ-1 mm-1]
    topography, cover, practice : array_like
        LS, C, P. [-]
    """
    return T_HA_TO_KG_M2 * (
        np.asarray(erosivity)
        * np.asarray(erodibility)
        * np.asarray(topography)
        * np.asarray(cover)
        * np.asarray(practice)
    )


def by_steepness(slope: ArrayLike, values: ArrayLike) -> NDArray[np.float64]:
    """Value of the class of steepness: below 5, 5 to 15, above 15 degrees.

    Parameters
    ----------
    slope : array_like
        [rad]
    values : array_like ``[3]``
        Any unit.
    """
    return np.asarray(values)[np.searchsorted(STEEPNESS_CLASSES, np.degrees(slope), side="right")]


def delivery_of_area(area: float, at_one: float, exponent: float, largest: float) -> float:
    """Sediment that leaves a catchment over what is eroded in it (Vanoni 1975). [-]

    Parameters
    ----------
    area : float
        Area of the catchment. [m2]
    at_one : float
        Ratio of one square mile. [-]
    exponent : float
        Power of the area. [-]
    largest : float
        Upper limit. [-]
    """
    return min(at_one * (area / SQUARE_MILE) ** exponent, largest)


def delivery_of_connectivity(
    connectivity: ArrayLike, mean: float, spread: float, largest: float
) -> NDArray[np.float64]:
    r"""Sediment delivery ratio by how well a place is connected with water (Vigiak et al. 2012).

    .. math::

        SDR = \frac{SDR_{max}}{1 + e^{(IC_0 - IC) / k}}

    The midpoint :math:`IC_0` is a free parameter of the relation; here it is such that the ratio
    has a given mean, so that the index says where sediment arrives and not how much.

    Parameters
    ----------
    connectivity : array_like
        Index of connectivity IC; NaN where there is none. [-]
    mean : float
        Mean of the ratio over the known places. [-]
    spread : float
        k. [-]
    largest : float
        SDRmax; the ratio everywhere if the mean is not below it. [-]

    Returns
    -------
    ndarray
        The mean where the index is not known. [-]
    """
    index = np.asarray(connectivity, dtype=np.float64)
    known = index[np.isfinite(index)]
    if known.size == 0 or mean >= largest:
        return np.full(index.shape, min(mean, largest))

    def ratio(midpoint: float, at: NDArray[np.float64]) -> NDArray[np.float64]:
        return largest / (1.0 + np.exp((midpoint - at) / spread))

    ends = known.min() - 50.0 * spread, known.max() + 50.0 * spread
    midpoint = brentq(lambda x: ratio(x, known).mean() - mean, *ends, xtol=1e-12)
    return np.where(np.isfinite(index), ratio(midpoint, index), mean)


def fines_lost(loss: ArrayLike, reference: float, exponent: float) -> NDArray[np.float64]:
    r"""Soil loss weighted with how much finer sediment is where less is lost. [kg m-2 yr-1]

    .. math::

        F = E (E / E_0)^{-p}

    Enrichment falls with a power of the sediment lost (Menzel 1980: :math:`7.4\ E^{-0.2}`, E in
    kg/ha). At the reference loss F is the loss; F times the enrichment there is the soil that holds
    as much of a metal as the sediment does.

    Parameters
    ----------
    loss : array_like
        Sediment that leaves, E. [kg m-2 yr-1]
    reference : float
        Loss at which the ratio of a metal holds. [kg m-2 yr-1]
    exponent : float
        p, below 1. [-]
    """
    return np.asarray(reference * (np.asarray(loss) / reference) ** (1.0 - exponent))
