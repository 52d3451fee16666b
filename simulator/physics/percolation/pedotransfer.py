r"""Van Genuchten-Mualem parameters of a soil from its texture, density and organic matter.

Two published ways:

``hypres``
    The continuous functions of Wösten et al. (1999), regressions on European horizons, with clay
    (< 2 µm), silt (2-50 µm), bulk density, organic matter and topsoil or subsoil. **The default**:
    of the two they alone see density and organic matter, and these make the difference between the
    horizons of East-China paddy soil, whose plough layer (1.1 g cm-3, 4 % organic matter) and
    subsoil (1.4 g cm-3, 1 %) have the same texture.
``carsel_parrish``
    The class means of Carsel & Parrish (1988) by USDA texture class, from soils of the United
    States. They need texture only and are what many studies with HYDRUS use, hence a second
    opinion. All silt loams are the same soil to them.

What to expect: saturated conductivity is the weak point of both (HYPRES explains 19 % of the
variance of its logarithm), so an order of magnitude either way is no error. Neither knows plough
pans, or the microaggregates that make red clays (Ultisols) as pervious as loams: give such layers
their own parameters. ``n`` of fine soils is close to 1, where conductivity is singular at
saturation: use the air-entry option of the profile.

Sources
-------
Wösten, J.H.M., Lilly, A., Nemes, A. & Le Bas, C. (1999): Development and use of a database of
hydraulic properties of European soils. Geoderma 90, 169-185. doi:10.1016/S0016-7061(98)00132-3
Carsel, R.F. & Parrish, R.S. (1988): Developing joint probability distributions of soil water
retention characteristics. Water Resour. Res. 24, 755-769. doi:10.1029/WR024i005p00755
Soil Science Division Staff (2017): Soil survey manual. USDA Handbook 18, chapter 3.
van Genuchten, M.T. (1980): A closed-form equation for predicting the hydraulic conductivity of
unsaturated soils. Soil Sci. Soc. Am. J. 44, 892-898. doi:10.2136/sssaj1980.03615995004400050002x
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Method = Literal["hypres", "carsel_parrish"]

#: Head at field capacity (33 kPa) and at the wilting point (1500 kPa). [cm]
FIELD_CAPACITY: Final = -336.5
WILTING_POINT: Final = -15296.0

#: Residual water content of the continuous functions, which do not predict one.
HYPRES_THETA_R: Final = 0.01

#: Inputs that the regressions take; what lies beyond counts as the nearest limit. The paper states
#: no limits: these are where the singular terms (1/clay, 1/silt, 1/organic matter) and the squares
#: of density and organic matter still behave. Clay, silt, organic matter [%], density [g cm-3].
HYPRES_LIMITS: Final = {
    "clay": (1.0, 80.0),
    "silt": (1.0, 85.0),
    "bulk_density": (0.8, 1.8),
    "organic_matter": (0.2, 15.0),
}

TEXTURE_CLASSES: Final = (
    "sand",
    "loamy sand",
    "sandy loam",
    "loam",
    "silt",
    "silt loam",
    "sandy clay loam",
    "clay loam",
    "silty clay loam",
    "sandy clay",
    "silty clay",
    "clay",
)

#: theta_r, theta_s, alpha [cm-1], n, k_s [cm d-1] of each texture class.
_CARSEL_PARRISH: Final = np.array(
    [
        (0.045, 0.43, 0.145, 2.68, 712.80),
        (0.057, 0.41, 0.124, 2.28, 350.20),
        (0.065, 0.41, 0.075, 1.89, 106.10),
        (0.078, 0.43, 0.036, 1.56, 24.96),
        (0.034, 0.46, 0.016, 1.37, 6.00),
        (0.067, 0.45, 0.020, 1.41, 10.80),
        (0.100, 0.39, 0.059, 1.48, 31.44),
        (0.095, 0.41, 0.019, 1.31, 6.24),
        (0.089, 0.43, 0.010, 1.23, 1.68),
        (0.100, 0.38, 0.027, 1.23, 2.88),
        (0.070, 0.36, 0.005, 1.09, 0.48),
        (0.068, 0.38, 0.008, 1.09, 4.80),
    ]
)


#: The regressions of HYPRES: factors of clay C, silt S, organic matter OM [%], density D [g cm-3]
#: and topsoil (1 or 0), for alpha in cm-1 and k_s in cm d-1.
# fmt: off
_HYPRES: Final[dict[str, dict[str, float]]] = {
    "theta_s": {
        "1": 0.7919, "C": 0.001691, "D": -0.29619, "S2": -1.491e-6, "OM2": 8.21e-5,
        "1/C": 0.02427, "1/S": 0.01113, "ln S": 0.01472, "C OM": -7.33e-5, "D C": -6.19e-4,
        "D OM": -1.183e-3, "top S": -1.664e-4,
    },
    "ln alpha": {
        "1": -14.96, "C": 0.03135, "S": 0.0351, "OM": 0.646, "D": 15.29, "top": -0.192,
        "D2": -4.671, "C2": -7.81e-4, "OM2": -6.87e-3, "1/OM": 0.0449, "ln S": 0.0663,
        "ln OM": 0.1482, "D S": -0.04546, "D OM": -0.4852, "top C": 0.00673,
    },
    "ln (n - 1)": {
        "1": -25.23, "C": -0.02195, "S": 0.0074, "OM": -0.1940, "D": 45.5, "D2": -7.24,
        "C2": 3.658e-4, "OM2": 2.885e-3, "1/D": -12.81, "1/S": -0.1524, "1/OM": -0.01958,
        "ln S": -0.2876, "ln OM": -0.0709, "ln D": -44.6, "D C": -0.02264, "D OM": 0.0896,
        "top C": 0.00718,
    },
    "ln k_s": {
        "1": 7.755, "S": 0.0352, "top": 0.93, "D2": -0.967, "C2": -4.84e-4, "S2": -3.22e-4,
        "1/S": 0.001, "1/OM": -0.0748, "ln S": -0.643, "D C": -0.01398, "D OM": -0.1673,
        "top C": 0.02986, "top S": -0.03305,
    },
    "ln ((10 + l) / (10 - l))": {
        "1": 0.0202, "C2": 6.193e-4, "OM2": -1.136e-3, "ln OM": -0.2316, "D C": -0.03544,
        "D S": 0.00283, "D OM": 0.0488,
    },
}
# fmt: on


@dataclass(frozen=True)
class VanGenuchten:
    """Van Genuchten-Mualem parameters, arrays of one shape, in the units of ``Material``.

    Attributes
    ----------
    theta_r, theta_s : ndarray
        [cm3 cm-3]
    alpha : ndarray
        [cm-1]
    n : ndarray
        [-]
    k_s : ndarray
        [cm d-1]
    l : ndarray
        [-]
    """

    theta_r: Floats
    theta_s: Floats
    alpha: Floats
    n: Floats
    k_s: Floats
    l: Floats  # noqa: E741 - its name in the literature


def estimate(
    sand: ArrayLike,
    silt: ArrayLike,
    clay: ArrayLike,
    bulk_density: ArrayLike,
    organic_matter: ArrayLike,
    topsoil: ArrayLike,
    method: Method = "hypres",
) -> VanGenuchten:
    """Hydraulic parameters of soils by one of the methods of the module.

    Parameters
    ----------
    sand, silt, clay : array_like
        Shares of the mineral soil. [kg kg-1]
    bulk_density : array_like
        [kg m-3]
    organic_matter : array_like
        [kg kg-1]
    topsoil : array_like of bool
        Whether the layer is tilled, or the A horizon.
    method : str
        ``hypres`` or ``carsel_parrish``.
    """
    if method == "carsel_parrish":
        return carsel_parrish(sand, silt, clay)
    if method == "hypres":
        return hypres(silt, clay, bulk_density, organic_matter, topsoil)
    raise ValueError(f"method {method!r}: hypres or carsel_parrish")


def hypres(
    silt: ArrayLike,
    clay: ArrayLike,
    bulk_density: ArrayLike,
    organic_matter: ArrayLike,
    topsoil: ArrayLike,
) -> VanGenuchten:
    """Continuous pedotransfer functions of HYPRES (Wösten et al. 1999, table 5).

    Inputs beyond :data:`HYPRES_LIMITS` count as the nearest limit. The residual water content is
    :data:`HYPRES_THETA_R` for every soil, as in the class means of the same paper (0.010, and 0.025
    for coarse soils).

    Parameters
    ----------
    silt, clay : array_like
        [kg kg-1]
    bulk_density : array_like
        [kg m-3]
    organic_matter : array_like
        [kg kg-1]
    topsoil : array_like of bool
    """
    c = np.clip(100.0 * np.asarray(clay), *HYPRES_LIMITS["clay"])
    s = np.clip(100.0 * np.asarray(silt), *HYPRES_LIMITS["silt"])
    d = np.clip(1.0e-3 * np.asarray(bulk_density), *HYPRES_LIMITS["bulk_density"])
    om = np.clip(100.0 * np.asarray(organic_matter), *HYPRES_LIMITS["organic_matter"])
    top = np.asarray(topsoil, dtype=np.float64)
    c, s, d, om, top = np.broadcast_arrays(c, s, d, om, top)
    # fmt: off
    basis: dict[str, Floats] = {
        "1": np.ones(c.shape),
        "C": c, "S": s, "D": d, "OM": om, "top": top,
        "C2": c**2, "S2": s**2, "D2": d**2, "OM2": om**2,
        "1/C": 1.0 / c, "1/S": 1.0 / s, "1/D": 1.0 / d, "1/OM": 1.0 / om,
        "ln S": np.log(s), "ln D": np.log(d), "ln OM": np.log(om),
        "C OM": c * om, "D C": d * c, "D S": d * s, "D OM": d * om,
        "top C": top * c, "top S": top * s,
    }
    # fmt: on

    def regression(name: str) -> Floats:
        return sum(
            (factor * basis[term] for term, factor in _HYPRES[name].items()),
            start=np.zeros(c.shape),
        )

    return VanGenuchten(
        theta_r=np.full(c.shape, HYPRES_THETA_R),
        theta_s=regression("theta_s"),
        alpha=np.exp(regression("ln alpha")),
        n=1.0 + np.exp(regression("ln (n - 1)")),
        k_s=np.exp(regression("ln k_s")),
        l=10.0 * np.tanh(0.5 * regression("ln ((10 + l) / (10 - l))")),
    )


def texture_class(sand: ArrayLike, silt: ArrayLike, clay: ArrayLike) -> NDArray[np.intp]:
    """USDA texture class (Soil survey manual, chapter 3).

    Parameters
    ----------
    sand, silt, clay : array_like
        In any common unit; they are scaled to 100 %.

    Returns
    -------
    ndarray of int
        Index into :data:`TEXTURE_CLASSES`.
    """
    parts = np.stack(np.broadcast_arrays(sand, silt, clay)).astype(np.float64)
    # rounded, so that a share computed as 0.07 * 100 is 7
    sa, si, cl = np.round(100.0 * parts / parts.sum(axis=0), 6)
    # the first that holds
    rules = {
        "sand": si + 1.5 * cl < 15.0,
        "loamy sand": si + 2.0 * cl < 30.0,
        "sandy loam": (cl < 20.0) & (sa > 52.0) | (cl < 7.0) & (si < 50.0),
        "loam": (cl < 27.0) & (si >= 28.0) & (si < 50.0),
        "silt": (cl < 12.0) & (si >= 80.0),
        "silt loam": (cl < 27.0) & (si >= 50.0),
        "sandy clay loam": (cl < 35.0) & (sa > 45.0),
        "sandy clay": sa > 45.0,
        "clay loam": (cl < 40.0) & (sa > 20.0),
        "silty clay loam": cl < 40.0,
        "silty clay": si >= 40.0,
    }
    index = [TEXTURE_CLASSES.index(name) for name in rules]
    return np.select(list(rules.values()), index, TEXTURE_CLASSES.index("clay"))


def carsel_parrish(sand: ArrayLike, silt: ArrayLike, clay: ArrayLike) -> VanGenuchten:
    """Mean parameters of the USDA texture class (Carsel & Parrish 1988), with ``l`` of 0.5.

    Parameters
    ----------
    sand, silt, clay : array_like
        [kg kg-1]
    """
    rows = _CARSEL_PARRISH[texture_class(sand, silt, clay)]
    theta_r, theta_s, alpha, n, k_s = np.moveaxis(rows, -1, 0)
    return VanGenuchten(theta_r, theta_s, alpha, n, k_s, np.full(k_s.shape, 0.5))


def retention(head: ArrayLike, soil: VanGenuchten) -> Floats:
    """Water content at a head (van Genuchten 1980), e.g. at :data:`FIELD_CAPACITY`. [cm3 cm-3]

    Parameters
    ----------
    head : array_like
        Negative in unsaturated soil. [cm]
    soil : VanGenuchten
    """
    suction = np.maximum(-np.asarray(head, dtype=np.float64), 0.0)
    saturation = (1.0 + (soil.alpha * suction) ** soil.n) ** (1.0 / soil.n - 1.0)
    return np.asarray(soil.theta_r + (soil.theta_s - soil.theta_r) * saturation)


def available_water(soil: VanGenuchten) -> Floats:
    """Water between field capacity and wilting point. [cm3 cm-3]"""
    return retention(FIELD_CAPACITY, soil) - retention(WILTING_POINT, soil)
