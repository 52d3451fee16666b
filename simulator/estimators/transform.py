"""Scales on which contents are close to normal, and the way back with its correction of bias.

A mapper works on a transformed scale z = g(y), where what it predicts of a site is normal with mean
m and standard deviation s. Back on the scale of contents the *median* is g⁻¹(m), best for the mean
absolute error; the *mean* is the integral of g⁻¹ over that normal distribution, best for the
squared error and for sums such as stocks. For the logarithm the mean is exp(m + s²/2) (Journel &
Huijbregts 1978, Mining Geostatistics, lognormal kriging); for the others Gauss-Hermite quadrature
finds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

Vector = NDArray[np.float64]

#: Nodes of the quadrature; the mean of a lognormal with s = 1 is right to ten digits.
_NODES: Final = 32


class Transform(Protocol):
    """A rising function and its inverse."""

    def forward(self, y: Vector) -> Vector:
        """From contents to the scale of the model."""

    def inverse(self, z: Vector) -> Vector:
        """From the scale of the model to contents."""


@dataclass(frozen=True)
class Identity:
    """Contents as they are."""

    def forward(self, y: Vector) -> Vector:
        """From contents to the scale of the model."""
        return y

    def inverse(self, z: Vector) -> Vector:
        """From the scale of the model to contents."""
        return z


@dataclass(frozen=True)
class BoxCox:
    """(y^power - 1) / power, the logarithm for a power of 0.

    Box & Cox 1964, doi:10.1111/j.2517-6161.1964.tb00553.x.

    Powers lie in 0 to 1: below 0 the inverse is infinite at a finite z, and means do not exist.
    """

    power: float

    def forward(self, y: Vector) -> Vector:
        """From contents, above zero, to the scale of the model."""
        return np.asarray(special.boxcox(y, self.power))

    def inverse(self, z: Vector) -> Vector:
        """From the scale of the model to contents; what lies below the scale becomes zero."""
        if self.power == 0.0:
            return np.asarray(np.exp(z))
        return np.asarray(np.maximum(self.power * z + 1.0, 0.0) ** (1.0 / self.power))


@dataclass(frozen=True)
class NormalScore:
    """Ranks to normal quantiles, straight lines between the data, flat beyond them.

    Goovaerts 1997, Geostatistics for Natural Resources Evaluation, section 7.2. Nothing beyond the
    smallest and the largest sample is ever predicted.
    """

    contents: tuple[float, ...]
    scores: tuple[float, ...]

    def forward(self, y: Vector) -> Vector:
        """From contents to the scale of the model."""
        return np.interp(y, self.contents, self.scores)

    def inverse(self, z: Vector) -> Vector:
        """From the scale of the model to contents."""
        return np.interp(z, self.scores, self.contents)


TRANSFORMS: Final = ("none", "log", "boxcox", "normal-score")


def fit_transform(name: str, y: Vector) -> Transform:
    """Transform of a name, fitted to contents.

    Parameters
    ----------
    name : str
        One of ``TRANSFORMS``.
    y : ndarray ``[sample]``
        Contents; above zero for ``log`` and ``boxcox``.
    """
    if name == "none":
        return Identity()
    if name == "log":
        return BoxCox(0.0)
    if name == "boxcox":
        # one value alone has no likelihood that could be largest
        power = stats.boxcox_normmax(y, method="mle") if np.ptp(y) > 0.0 else 0.0
        return BoxCox(float(np.clip(power, 0.0, 1.0)))
    if name == "normal-score":
        contents, first, counts = np.unique(np.sort(y), return_index=True, return_counts=True)
        ranks = first + (counts - 1) / 2.0  # ties share their mean rank
        scores = stats.norm.ppf((ranks + 0.5) / y.size)
        return NormalScore(tuple(contents.tolist()), tuple(scores.tolist()))
    raise ValueError(f"transform {name!r}: one of {', '.join(TRANSFORMS)}")


def moments(transform: Transform, mean: Vector, std: Vector) -> tuple[Vector, Vector]:
    """Mean and standard deviation of contents whose transform is normal.

    Parameters
    ----------
    transform : Transform
        The transform.
    mean, std : ndarray ``[site]``
        On the scale of the model.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    weights = weights / weights.sum()
    y = transform.inverse(mean[:, None] + std[:, None] * nodes)
    first = y @ weights
    return first, np.sqrt(((y - first[:, None]) ** 2) @ weights)
