"""Kriging, with any drift: the best linear unbiased predictor as generalised least squares.

With values z at sites, drift functions F, and K = C + nugget I, the predictor of a new sample with
covariances c to the sites and drift f is (Cressie 1993, Statistics for Spatial Data, section 3.4)

    m = f'b + c' K⁻¹ (z - F b),   b = (F' K⁻¹ F)⁻¹ F' K⁻¹ z
    s² = C(0) + nugget - c' K⁻¹ c + u' (F' K⁻¹ F)⁻¹ u,   u = f - F' K⁻¹ c

The variance is that of a new *sample*: it holds the nugget. A drift of ones gives ordinary kriging.
Leaving one out needs no new system (Dubrule 1983, doi:10.1007/BF01033232), which is why this is
written out here; the tests hold it against gstools.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from simulator.estimators.variogram import Variogram

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

#: Share of the sill that keeps the matrix regular where two samples share a place.
_JITTER = 1e-10
#: Share of the largest eigenvalue below which one counts as zero.
_SINGULAR = 1e-9


@dataclass(frozen=True)
class Kriged:
    """A solved system; made by :func:`krige`."""

    variogram: Variogram
    places: Matrix
    weights: Vector
    coefficients: Vector
    factor: Matrix
    drift_solved: Matrix
    drift_covariance: Matrix

    def predict(self, places: Matrix, drift: Matrix) -> tuple[Vector, Vector]:
        """Mean and standard deviation of a new sample at each place.

        Parameters
        ----------
        places : ndarray ``[site, 2]``
            Coordinates. [m]
        drift : ndarray ``[site, term]``
            Drift functions there.
        """
        c = self.variogram.covariance(places, self.places)
        mean = drift @ self.coefficients + c @ self.weights
        half = solve_triangular(self.factor, c.T, lower=True)
        u = drift - half.T @ self.drift_solved
        variance = self.variogram.sill + self.variogram.nugget - np.sum(half * half, axis=0)
        variance = variance + np.einsum("ij,jk,ik->i", u, self.drift_covariance, u)
        return mean, np.sqrt(np.maximum(variance, 0.0))


def krige(variogram: Variogram, places: Matrix, z: Vector, drift: Matrix) -> Kriged:
    """Solve the system of the samples.

    Parameters
    ----------
    variogram : Variogram
        Of the values, or of their residuals about the drift.
    places : ndarray ``[sample, 2]``
        Coordinates. [m]
    z : ndarray ``[sample]``
        Values.
    drift : ndarray ``[sample, term]``
        Drift functions at the samples.
    """
    factor = _factor(variogram, places)
    drift_solved = solve_triangular(factor, drift, lower=True)
    drift_covariance = _inverse(drift_solved.T @ drift_solved)
    half = solve_triangular(factor, z, lower=True)
    coefficients = drift_covariance @ (drift_solved.T @ half)
    weights = solve_triangular(factor.T, half - drift_solved @ coefficients, lower=False)
    return Kriged(variogram, places, weights, coefficients, factor, drift_solved, drift_covariance)


def leave_one_out(
    variogram: Variogram, places: Matrix, z: Vector, drift: Matrix
) -> tuple[Vector, Vector]:
    """Mean and standard deviation at each sample, predicted from all others.

    NaN for a sample without which the drift is not known, such as the only one of its class.
    """
    factor = _factor(variogram, places)
    inverse = cho_solve((factor, True), np.eye(len(z)))
    fk = inverse @ drift
    q = inverse - fk @ _inverse(drift.T @ fk) @ fk.T
    diagonal = np.where(np.diag(q) > _SINGULAR * np.diag(inverse), np.diag(q), np.nan)
    return z - (q @ z) / diagonal, 1.0 / np.sqrt(diagonal)


def _inverse(a: Matrix) -> Matrix:
    """Pseudo-inverse: columns of classes add up to the column of ones, so that a is singular."""
    return np.asarray(np.linalg.pinv(a, rcond=_SINGULAR, hermitian=True))


def _factor(variogram: Variogram, places: Matrix) -> Matrix:
    k = variogram.covariance(places, places)
    k[np.diag_indices_from(k)] += variogram.nugget + _JITTER * (variogram.sill + variogram.nugget)
    return np.tril(cho_factor(k, lower=True)[0])
