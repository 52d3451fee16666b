r"""Metals that crops take up, and what of it comes back with the straw.

A stand, a crop on a land class, of dry harvest :math:`Y` takes with harvest and residues

.. math:: F = X\,b\,Y\,\Big[1 + \frac{1-h}{h}\,q\Big]\,f, \qquad
          f = 10^{\,\alpha (pH - pH_0)} \Big(\frac{OC}{OC_0}\Big)^{\beta}
              \Big(\frac{clay}{clay_0}\Big)^{\gamma} \Big(\frac{X}{X_0}\Big)^{\nu}

out of a soil of content :math:`X`, with bioconcentration :math:`b` in the reference soil (dry plant
over dry soil), :math:`h` harvest index and :math:`q` content of residue over content of harvest.
The second term of the bracket is the straw; its share :math:`s` stays on the field. The form of
:math:`f` is that of the regressions of Xu et al. 2025 and de Vries et al. 2007 on
:math:`\log_{10}` of the content of the plant.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Stands(NamedTuple):
    """Crops on land classes, and what each takes up, for the kernel of the cells."""

    land_class: NDArray[np.int64]  #: of each stand, ``[stand]``
    coefficient: NDArray[np.float64]
    """Soil mass whose metal a stand takes up, at content ``X0``, ``[metal, stand, soil]``.
    [kg m-2 yr-1]"""
    power: NDArray[np.float64]  #: exponent of ``X / X0``, ``[metal, stand]`` [-]
    returned: NDArray[np.float64]  #: share of the uptake that stays, ``[metal, stand]`` [-]
    content: float  #: ``X0`` [kg kg-1]
    least: float  #: contents below this part of ``X0`` count as that [-]
    soil: NDArray[np.int64]  #: soil of each cell, ``[cell]``
    ph_slope: NDArray[np.float64]
    """Change of log10 uptake per unit of pH, ``[metal, stand]``. [-]"""
    limed: NDArray[np.float64]  #: 10 to the rise of the pH since ``coefficient``, ``[cell]`` [-]


def stand_uptake(
    share: ArrayLike,
    harvest: ArrayLike,
    dry_matter: ArrayLike,
    harvest_index: ArrayLike,
    bioconcentration: ArrayLike,
    straw_ratio: ArrayLike,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Soil mass whose metal stands take up each year, and the part of it that is in the straw.

    The flux is the mass times the content of the rooted soil and the factor of the soil.

    Parameters
    ----------
    share : array_like
        Share of the land class that the crop stands on, ``[stand]``. [-]
    harvest : array_like
        Fresh harvest, ``[stand]``. [kg m-2 yr-1]
    dry_matter, harvest_index : array_like
        Dry share of the harvest, harvest over dry matter above ground, ``[stand]``. [-]
    bioconcentration, straw_ratio : array_like
        Content of the harvest over content of the reference soil, and content of the residues over
        content of the harvest, ``[stand, metal]``. [-]

    Returns
    -------
    taken : ndarray
        With harvest and residues, ``[stand, metal]``. [kg m-2 yr-1]
    straw : ndarray
        Share of it in the residues, ``[stand, metal]``. [-]
    """
    index = np.asarray(harvest_index)
    grain = np.asarray(share) * np.asarray(harvest) * np.asarray(dry_matter)
    residue = ((1.0 - index) / index)[..., np.newaxis] * np.asarray(straw_ratio)
    taken = grain[..., np.newaxis] * np.asarray(bioconcentration) * (1.0 + residue)
    return taken, residue / (1.0 + residue)


def soil_factor(
    properties: ArrayLike, reference: ArrayLike, slope: ArrayLike
) -> NDArray[np.float64]:
    """Uptake from a soil over uptake from the reference soil of the same content.

    Parameters
    ----------
    properties : array_like
        pH, organic carbon and clay, ``[..., 3]``; the shares positive. [-]
    reference : array_like
        Those of the reference soil, ``[3]``. [-]
    slope : array_like
        Change of log10 uptake per unit of pH, and per log10 of the others; broadcast against
        ``properties``. [-]
    """
    p, p0 = np.asarray(properties), np.asarray(reference)
    away = np.stack([p[..., 0] - p0[0], *np.moveaxis(np.log10(p[..., 1:] / p0[1:]), -1, 0)], -1)
    return np.asarray(10.0 ** (away * np.asarray(slope)).sum(axis=-1))


def returned_share(share: ArrayLike, factor: ArrayLike) -> NDArray[np.float64]:
    """Share of the residues that stays, ``factor`` times the reference ``share``, at most all. [-].

    Parameters
    ----------
    share, factor : array_like
        Broadcast against each other.
    """
    return np.minimum(np.multiply(share, factor), 1.0)
