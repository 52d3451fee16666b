"""Capacity of soil for metals: what fits in, what may come a year, how long it lasts.

Symbols: Cs limit, C content, Cb background [mg kg-1]; M mass of the layer [kg ha-1]; K share of
the content that stays a year [-]. Arrays broadcast; a metal axis comes first. Classical forms of
Chinese soil environmental capacity; docs/assessment.md has the equations and what is recalled.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.constants import HECTARE, MG_PER_KG

Array = NDArray[np.float64]

_G_PER_KG: Final = 1.0e3


def soil_mass(bulk_density: Array, depth: Array | float) -> Array:
    """Mass of a layer from its dry bulk density [kg m-3] and depth [m]. [kg ha-1]."""
    return HECTARE * bulk_density * depth


def total_capacity(limit: Array, background: Array, mass: Array) -> Array:
    """Static total capacity Q0 = M (Cs - Cb). [kg ha-1]."""
    return mass * (limit - background) / MG_PER_KG


def remaining_capacity(limit: Array, content: Array, mass: Array) -> Array:
    """Static remaining capacity Q1 = M (Cs - C); negative above the limit. [kg ha-1]."""
    return mass * (limit - content) / MG_PER_KG


def relative_capacity(limit: Array, content: Array, background: Array) -> Array:
    """Remaining over total capacity R = (Cs - C)/(Cs - Cb), the capacity index PI = Q1/Q0. [-].

    Where the limit does not exceed the background there is no capacity to take a share of: the
    result is -inf at or above the limit and +inf below it, the limits of R for Cb towards Cs.
    """
    left, whole = np.broadcast_arrays(limit - content, limit - background)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = left / whole
    none = np.where(left <= 0.0, -np.inf, np.inf)
    unknown = np.isnan(left) | np.isnan(whole)
    return np.where(unknown, np.nan, np.where(whole > 0.0, ratio, none))


def load_index(limit: Array, content: Array, background: Array) -> Array:
    """Load over total capacity LI = (C - Cb)/(Cs - Cb) = 1 - R. [-]."""
    return 1.0 - relative_capacity(limit, content, background)


def exceedance(limit: Array, content: Array) -> Array:
    """Exceedance E = C/Cs - 1 of the national warning (technical method of 2016). [-]."""
    return content / limit - 1.0


def forecast(content: Array, annual_input: Array, k: Array | float, years: float) -> Array:
    """Content after years of constant input: C K^n + B (K + K^2 + ... + K^n).

    Parameters
    ----------
    content : ndarray
        Content now. [mg kg-1]
    annual_input : ndarray
        Input a year, B. [mg kg-1 yr-1]
    k : ndarray or float
        Share of content and input that is left after a year, 0 < K <= 1. [-]
    years : float
        n. [yr]

    Returns
    -------
    ndarray
        [mg kg-1]
    """
    return content * np.asarray(k) ** years + annual_input * accumulation(k, years)


def annual_capacity(
    limit: Array, content: Array, mass: Array, k: Array | float, years: float
) -> Array:
    """Mean annual dynamic capacity: the constant input that reaches the limit after n years.

    ``Qn = M (Cs - C K^n) (1 - K)/(K (1 - K^n))``, and M (Cs - C)/n without losses (K = 1).

    Returns
    -------
    ndarray
        Negative where even no input would be too much. [kg ha-1 yr-1]
    """
    room = limit - content * np.asarray(k) ** years
    return mass * room / accumulation(k, years) / MG_PER_KG


def accumulation(k: Array | float, years: float) -> Array:
    """K + K^2 + ... + K^n: what a yearly input of one has built up after n years. [yr]."""
    k = np.asarray(k, dtype=np.float64)
    lossless = k == 1.0
    safe = np.where(lossless, 0.5, k)
    # expm1 keeps the digits that 1 - K^n loses when K is nearly one
    sum_of_powers = -safe * np.expm1(years * np.log(safe)) / (1.0 - safe)
    return np.where(lossless, years, sum_of_powers)


def residual_rate(stock: Array, loss: Array, gain: Array | float = 0.0) -> Array:
    """K of a simulated year: 1 - loss/(stock + gain), all in one unit. [-].

    Parameters
    ----------
    stock : ndarray
        Stock of the layer at the start of the year.
    loss : ndarray
        What leaching, crops, erosion and runoff took in the year.
    gain : ndarray or float, optional
        What came in: the classical K acts on the input of the year as well.
    """
    return 1.0 - loss / (stock + gain)


def content_change(net_input: Array, mass: Array) -> Array:
    """Change of the content by a net input [g ha-1 yr-1]. [mg kg-1 yr-1]."""
    return net_input * MG_PER_KG / _G_PER_KG / mass


def years_to_limit(limit: Array, content: Array, net_input: Array, mass: Array) -> Array:
    """Years until a constant net input [g ha-1 yr-1] has filled the capacity. [yr].

    0 at or above the limit; inf where the content does not rise.
    """
    room = limit - content
    rise = np.asarray(content_change(net_input, mass), dtype=np.float64)
    never = np.full(np.broadcast(room, rise).shape, np.inf)
    years = np.divide(room, rise, out=never, where=rise > 0.0)
    unknown = np.isnan(room) | np.isnan(rise)
    return np.where(unknown, np.nan, np.where(room <= 0.0, 0.0, years))


def largest_net_input(limit: Array, content: Array, mass: Array, years: float) -> Array:
    """Largest constant net input that keeps the capacity >= 0 for n years. [g ha-1 yr-1].

    Inputs less all losses; negative where the limit is passed already.
    """
    return _G_PER_KG * remaining_capacity(limit, content, mass) / years


def largest_activity_factor(
    limit: Array,
    content_end: Array,
    activity_input: Array,
    mass: Array,
    years: float,
    k: Array | float = 1.0,
) -> Array:
    """Largest multiple of an activity that keeps the capacity >= 0 for n years.

    Emission is proportional to the activity, and with it what reaches the soil. A run with the
    activity at 1 ends at ``content_end``; at f the end moves by ``(f - 1) B (K + ... + K^n)``, so
    ``f = 1 + (Cs - content_end)/(B (K + ... + K^n))``. This is carrying capacity as the activity
    that a place bears, see docs/assessment.md.

    Parameters
    ----------
    limit, content_end : ndarray
        Limit, and content at the end of the run. [mg kg-1]
    activity_input : ndarray
        Mean yearly input from the activity in the run. [g ha-1 yr-1]
    mass : ndarray
        [kg ha-1]
    years : float
        Years of the run. [yr]
    k : ndarray or float, optional
        Residual rate of what the activity adds; 1 counts no loss and errs to the safe side. [-]

    Returns
    -------
    ndarray
        Below 0 where the limit is passed even without the activity; where the activity brings
        nothing, inf below or at the limit and -inf above it. [-]
    """
    room = np.asarray(limit - content_end, dtype=np.float64)
    added = content_change(activity_input, mass) * accumulation(k, years)
    room, added = np.broadcast_arrays(room, added)
    nothing = np.where(room >= 0.0, np.inf, -np.inf)
    factor = 1.0 + np.divide(room, added, out=nothing, where=added > 0.0)
    return np.where(np.isnan(room) | np.isnan(added), np.nan, factor)


def factor_for_share(factor: Array, share: float = 1.0) -> float:
    """Largest factor that keeps a share of the cells within their capacity. [-].

    ``share = 1`` gives the least of all cells; cells without a value are left out.
    """
    known = np.sort(factor[~np.isnan(factor)], axis=None)
    if known.size == 0:
        return np.nan
    passed = int(np.floor((1.0 - share) * known.size + 1e-9))
    return float(known[min(passed, known.size - 1)])
