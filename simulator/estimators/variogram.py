"""Variograms: how much alike two sites are at a distance. Estimated and fitted with gstools."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

#: Forms that are tried: exponential, spherical, and Matérn with smoothness 3/2.
KINDS: Final = ("exponential", "spherical", "matern")
#: Pairs are used up to this share of the largest distance: the customary half.
_REACH: Final = 0.5
#: Most classes of distance, and fewest pairs of the first one, the smallest.
_BINS: Final = 15
_PAIRS: Final = 30
#: Where the search for the scale starts, as shares of the reach; the best end counts.
_STARTS: Final = (0.1, 0.5)
#: Ratios of ranges that are tried, and factors of the isotropic range.
_RATIOS: Final = (1.0, 0.75, 0.5, 0.35, 0.25)
_STRETCHES: Final = (0.5, 0.7, 1.0, 1.4, 2.0)


@dataclass(frozen=True)
class Variogram:
    """A fitted variogram.

    Attributes
    ----------
    kind : str
        One of ``KINDS``.
    sill : float
        Variance that depends on distance, without the nugget.
    nugget : float
        Variance between samples at the same place.
    scale : float
        Practical range along the main direction: where the correlation falls to 5 %. [m]
    anisotropy : float
        Range across the main direction over that along it, 0 to 1.
    angle : float
        Main direction from the x axis, counter-clockwise. [rad]
    """

    kind: str
    sill: float
    nugget: float
    scale: float
    anisotropy: float = 1.0
    angle: float = 0.0

    def covariance(self, a: Matrix, b: Matrix) -> Matrix:
        """Covariance without nugget between places ``[site, 2]``; ``[site of a, site of b]``."""
        from scipy.spatial.distance import cdist

        h = cdist(self._straight(a), self._straight(b)) / self.scale
        if self.kind == "exponential":
            return np.asarray(self.sill * np.exp(-_PRACTICAL["exponential"] * h))
        if self.kind == "spherical":
            return np.asarray(
                self.sill * (1.0 - np.minimum(h, 1.0) * (1.5 - 0.5 * h * h)) * (h < 1)
            )
        u = _PRACTICAL["matern"] * h
        return np.asarray(self.sill * (1.0 + u) * np.exp(-u))

    def _straight(self, places: Matrix) -> Matrix:
        if self.anisotropy == 1.0:
            return places
        return places @ _axes(self.angle).T / np.array([1.0, self.anisotropy])


#: h / range in the exponent such that the correlation at the range is 5 %; the spherical one is 0.
_PRACTICAL: Final = {"exponential": 2.995732, "matern": 4.743865}


def experimental(
    places: Matrix, z: Vector, robust: bool = True
) -> tuple[Vector, Vector, NDArray[np.int64]]:
    """Experimental variogram.

    Parameters
    ----------
    places : ndarray ``[sample, 2]``
        Coordinates. [m]
    z : ndarray ``[sample]``
        Values.
    robust : bool
        Estimator of Cressie & Hawkins (doi:10.1007/BF01035243), which outliers hardly move, in
        place of Matheron's.

    Returns
    -------
    distance, gamma, pairs : ndarray ``[class]``
        Mean distance [m], semivariance and number of pairs.
    """
    import gstools

    distances = pdist(places)
    reach = _REACH * distances.max()
    within = distances[(distances <= reach) & (distances > 0.0)]
    bins = int(np.clip(np.sqrt(within.size / _PAIRS), 3, _BINS))
    # classes hold the fewer pairs the shorter they are: near the origin is where the form shows
    edges = np.unique(np.quantile(within, np.linspace(0.0, 1.0, bins + 1) ** 2))
    edges[-1] *= 1.0 + 1e-9
    centres, gamma, pairs = gstools.vario_estimate(
        places.T, z, edges, estimator="cressie" if robust else "matheron", return_counts=True
    )
    sums, _ = np.histogram(within, edges, weights=within)
    counts, _ = np.histogram(within, edges)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), centres)
    some = pairs > 0
    return means[some], gamma[some], pairs[some]


def fit_variogram(
    places: Matrix, z: Vector, kind: str, robust: bool = True, anisotropic: bool = False
) -> Variogram:
    """Fit a form to the experimental variogram, classes weighted by the square root of their pairs.

    Parameters
    ----------
    places : ndarray ``[sample, 2]``
        Coordinates. [m]
    z : ndarray ``[sample]``
        Values, or residuals of a trend.
    kind : str
        One of ``KINDS``.
    robust : bool
        See :func:`experimental`.
    anisotropic : bool
        Look for a main direction too: of six, the one whose two directional variograms fit best.
    """
    variance = float(np.var(z))
    if len(z) < _FEWEST or variance == 0.0:
        return Variogram(kind, 0.0, max(variance, 1e-12), 1.0)
    distance, gamma, pairs = experimental(places, z, robust)
    reach = float(distance.max())
    h, g = distance / reach, gamma / variance
    fits = [_fit(_model(kind), h, g, np.sqrt(pairs), start) for start in _STARTS]
    fitted = min(fits, key=lambda m: float(np.sum(pairs * (m.variogram(h) - g) ** 2)))
    isotropic = Variogram(
        kind, variance * float(fitted.var), variance * float(fitted.nugget),
        reach * _range(kind, fitted),
    )  # fmt: skip
    return _directed(isotropic, places, z, robust) if anisotropic else isotropic


#: With fewer samples there is no variogram, and all variance counts as nugget.
_FEWEST: Final = 10


def _model(kind: str) -> Any:
    import gstools

    if kind == "exponential":
        return gstools.Exponential(dim=2)
    if kind == "spherical":
        return gstools.Spherical(dim=2)
    return gstools.Matern(dim=2, nu=1.5)


def _range(kind: str, model: Any) -> float:
    scale = float(model.len_scale)
    if kind == "matern":  # of gstools: correlation of u = sqrt(nu) h / len_scale
        return scale * _PRACTICAL["matern"] / np.sqrt(1.5)
    return scale * _PRACTICAL.get(kind, 1.0)


def _fit(model: Any, distance: Vector, gamma: Vector, weights: Vector, start: float) -> Any:
    """Fit a model to distances up to 1 and semivariances of about 1."""
    top = 2.0 * max(1.0, float(gamma.max()))
    model.len_scale, model.var, model.nugget = start, top / 4.0, top / 8.0
    model.set_arg_bounds(var=(0.0, top, "cc"), nugget=(0.0, top, "cc"), len_scale=(0.01, 2.0, "cc"))
    fixed = {"nu": False} if hasattr(model, "nu") else {}
    # a search that has not ended leaves the model where it got to
    with suppress(RuntimeError):
        model.fit_variogram(
            distance, gamma, weights=weights, init_guess="current", max_eval=1000, **fixed
        )
    return model


def _directed(found: Variogram, places: Matrix, z: Vector, robust: bool) -> Variogram:
    """Main direction and ratio of ranges that fit directional variograms best."""
    import gstools

    edges = np.linspace(0.0, min(_REACH * pdist(places).max(), 2.0 * found.scale), 9)
    best = (np.inf, found)
    for angle in np.arange(6) * np.pi / 6.0:
        axes = _axes(float(angle))
        centres, gammas, counts = gstools.vario_estimate(
            places.T, z, edges, direction=axes, angles_tol=np.pi / 8.0,
            estimator="cressie" if robust else "matheron", return_counts=True,
        )  # fmt: skip
        for ratio, stretch in product(_RATIOS, _STRETCHES):
            # a stretch of 1 keeps the area under the ellipse that of the circle
            scale = float(found.scale * stretch / np.sqrt(ratio))
            tried = Variogram(found.kind, found.sill, found.nugget, scale, ratio, float(angle))
            cov = [tried.covariance(np.zeros((1, 2)), centres[:, None] * u)[0] for u in axes]
            miss = gammas - (found.nugget + found.sill - np.array(cov))
            loss = float(np.sum(np.sqrt(counts) * miss**2))
            if loss < best[0] * (1.0 - 1e-9):
                best = (loss, tried)
    return best[1]


def _axes(angle: float) -> Matrix:
    """Unit vectors along a direction and across it."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, s], [-s, c]])
