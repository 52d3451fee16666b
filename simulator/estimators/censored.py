"""Values below a detection limit, and values that lie far from all others."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]

_STEPS: Final = 500
_TOLERANCE: Final = 1e-10
#: Robust z-score from which a value counts as an outlier: 3.5 of Iglewicz & Hoaglin 1993.
OUTLYING: Final = 3.5


def tobit(z: Vector, below: Mask, design: NDArray[np.float64]) -> tuple[Vector, float]:
    """Maximum-likelihood regression with values that are known to lie below a limit.

    Expectation-maximisation of the Tobit model (Tobin 1958, doi:10.2307/1907382; Dempster, Laird &
    Rubin 1977): censored values are replaced by their expectation under the current normal model,
    the model is fitted again, and the variance gets back what the expectations lack.

    Parameters
    ----------
    z : ndarray ``[sample]``
        Values; the limit where ``below``.
    below : ndarray of bool ``[sample]``
        Which are censored.
    design : ndarray ``[sample, term]``
        Terms of the mean, a column of ones among them.

    Returns
    -------
    mean : ndarray ``[sample]``
        Mean of the model at each sample.
    std : float
        Standard deviation about it.
    """
    filled = z.copy()
    spread = np.zeros_like(z)
    solver = np.linalg.pinv(design)
    last = np.full_like(z, np.inf)
    for _ in range(_STEPS):
        mean = design @ (solver @ filled)
        std = max(float(np.sqrt(np.mean((filled - mean) ** 2 + spread))), 1e-12)
        filled[below], spread[below] = truncated(mean[below], std, z[below])
        if np.abs(filled - last).max() <= _TOLERANCE * std:
            break
        last = filled.copy()
    return mean, std


def truncated(mean: Vector, std: float, limit: Vector) -> tuple[Vector, Vector]:
    """Mean and variance of a normal variable that is known to lie below a limit.

    Johnson, Kotz & Balakrishnan 1994, Continuous Univariate Distributions 1, section 13.10.
    """
    a = (limit - mean) / std
    ratio = np.exp(norm.logpdf(a) - norm.logcdf(a))
    return mean - std * ratio, std * std * np.maximum(1.0 - a * ratio - ratio * ratio, 0.0)


def impute(y: Vector, below: Mask, design: NDArray[np.float64]) -> Vector:
    """Contents with what lies below a limit replaced, under a lognormal model.

    Parameters
    ----------
    y : ndarray ``[sample]``
        Contents above zero; the detection limit where ``below``.
    below : ndarray of bool ``[sample]``
        Which lie below their limit.
    design : ndarray ``[sample, term]``
        Terms of the mean of log content.

    Returns
    -------
    ndarray ``[sample]``
        exp of the conditional expectation of log content for those below, the others unchanged.
    """
    if not below.any():
        return y
    z = np.log(y)
    mean, std = tobit(z, below, design)
    z[below] = truncated(mean[below], std, z[below])[0]
    return np.asarray(np.where(below, np.exp(z), y))


def robust_scores(z: Vector) -> Vector:
    """Distance from the median in robust standard deviations (1.4826 of the median deviation)."""
    centre = np.median(z)
    scale = 1.4826 * np.median(np.abs(z - centre))
    return np.asarray((z - centre) / scale) if scale > 0.0 else np.zeros_like(z)


def winsorise(z: Vector, limit: float) -> Vector:
    """Pull values in to ``limit`` robust standard deviations from the median."""
    centre = np.median(z)
    scale = 1.4826 * np.median(np.abs(z - centre))
    return np.clip(z, centre - limit * scale, centre + limit * scale) if scale > 0.0 else z
