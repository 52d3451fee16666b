"""What a correction learns: how far an observed content lies from that of the processes.

Both scales rise with the observed content, and are 0 where the processes are right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

TARGETS: Final = ("log", "difference")
#: Fewest samples that a correction is learned from.
FEWEST: Final = 10


class Target(Protocol):
    """A rising function of the observed content, given that of the processes, and its inverse."""

    def forward(self, observed: Vector, process: Vector) -> Vector:
        """From contents above zero to the scale of the correction."""

    def inverse(self, z: Vector, process: Vector) -> Vector:
        """From the scale of the correction to contents."""


@dataclass(frozen=True)
class LogRatio:
    """z = ln(observed / process): relative errors, whatever the content."""

    def forward(self, observed: Vector, process: Vector) -> Vector:
        """From contents above zero to the scale of the correction."""
        return np.log(observed / process)

    def inverse(self, z: Vector, process: Vector) -> Vector:
        """From the scale of the correction to contents."""
        return np.asarray(process * np.exp(z))


@dataclass(frozen=True)
class SignedDifference:
    """z = asinh((observed - process) / scale): linear within the scale, logarithmic beyond it.

    The inverse hyperbolic sine compresses outliers of either sign and is defined at 0 (Burbidge,
    Magee & Robb 1988, doi:10.1080/01621459.1988.10478575).

    Parameters
    ----------
    scale : float
        Difference that counts as usual. [kg kg-1]
    """

    scale: float

    def forward(self, observed: Vector, process: Vector) -> Vector:
        """From contents to the scale of the correction."""
        return np.arcsinh((observed - process) / self.scale)

    def inverse(self, z: Vector, process: Vector) -> Vector:
        """From the scale of the correction to contents, which may fall below zero."""
        return np.asarray(process + self.scale * np.sinh(z))


def fit_target(name: str, observed: Vector, process: Vector) -> Target:
    """Target of a name, its scale that of the samples.

    Parameters
    ----------
    name : str
        One of ``TARGETS``.
    observed, process : ndarray ``[sample]``
        Contents above zero. [kg kg-1]
    """
    if name == "log":
        return LogRatio()
    if name == "difference":
        # the normal-consistent median: about 0, for there the processes are right
        scale = 1.4826 * float(np.median(np.abs(observed - process)))
        return SignedDifference(scale if scale > 0.0 else float(np.median(observed)))
    raise ValueError(f"target {name!r}: one of {', '.join(TARGETS)}")
