"""Pollution indices: what a soil holds against a reference, by metal and for all metals."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.assessment.values import row
from simulator.constants import METALS

Array = NDArray[np.float64]

#: Muller's allowance for the natural spread of the background. [-]
BACKGROUND_SPREAD: Final = 1.5


def single_factor(content: Array, reference: Array) -> Array:
    """Single factor P = C/S, S a limit or the background. [-]."""
    return content / reference


def nemerow(factors: Array) -> Array:
    """Nemerow index sqrt((mean^2 + max^2)/2) over the first axis (HJ/T 166-2004). [-].

    Metals without a factor are left out; NaN where none has one.
    """
    known = np.isfinite(factors)
    count = known.sum(axis=0)
    mean = np.where(known, factors, 0.0).sum(axis=0) / np.maximum(count, 1)
    largest = np.where(known, factors, -np.inf).max(axis=0)
    safe = np.where(count > 0, largest, 0.0)
    return np.where(count > 0, np.sqrt(0.5 * (mean**2 + safe**2)), np.nan)


def geo_accumulation(content: Array, background: Array) -> Array:
    """Geo-accumulation index Igeo = log2(C/(1.5 B)) (Muller 1969). [-].

    -inf where the content is zero.
    """
    with np.errstate(divide="ignore"):
        return np.log2(content / (BACKGROUND_SPREAD * background))


def risk_factor(content: Array, background: Array) -> Array:
    """Ecological risk factor Er = T C/B of each metal (Hakanson 1980). [-].

    Parameters
    ----------
    content, background : ndarray ``[metal, ...]``
        Metals in the order of ``METALS``. [mg kg-1]
    """
    response = np.array([row("toxic_response", metal).value for metal in METALS])
    return response.reshape(-1, *[1] * (np.ndim(content) - 1)) * content / background


def risk_index(factors: Array) -> Array:
    """Ecological risk index RI, the sum of the risk factors over the first axis. [-].

    Metals without a factor are left out; NaN where none has one.
    """
    return np.where(np.isnan(factors).all(axis=0), np.nan, np.nansum(factors, axis=0))
