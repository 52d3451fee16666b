r"""Removal of metals with the harvest.

A crop of dry harvest :math:`Y` takes :math:`Y\,b\,X` out of the soil with the harvest and
:math:`Y (1-h)/h\; b\,q\,X` with the residues, of which the share :math:`s` stays:

.. math:: F = X\,b\,Y\,\Big[1 + \frac{1-h}{h}\,q\,(1-s)\Big]\;10^{\,g\,(pH - pH_0)}

with :math:`b` bioconcentration (dry plant over dry soil), :math:`h` harvest index, :math:`q`
content of residue over content of harvest, :math:`g` slope with pH.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def removal_coefficient(
    share: ArrayLike,
    harvest: ArrayLike,
    dry_matter: ArrayLike,
    harvest_index: ArrayLike,
    straw_return: ArrayLike,
    bioconcentration: ArrayLike,
    straw_ratio: ArrayLike,
) -> NDArray[np.float64]:
    """Soil mass whose metal the crops of a land class carry off each year.

    The flux is the coefficient times the content of the rooted layer; the rate constant of the
    layer is the coefficient over its dry mass [kg m-2].

    Parameters
    ----------
    share : array_like
        Area share of each crop in the class, ``[crop]``. [-]
    harvest : array_like
        Fresh harvest of each crop, ``[crop]``. [kg m-2 yr-1]
    dry_matter, harvest_index, straw_return : array_like
        Dry share of the harvest, harvest over dry matter above ground, share of the residues that
        stays in the field, ``[crop]``. [-]
    bioconcentration, straw_ratio : array_like
        Content of the harvest over content of the soil, and content of the residues over content
        of the harvest, ``[crop, metal]``. [-]

    Returns
    -------
    ndarray
        ``[metal]``, at the reference pH. [kg m-2 yr-1]
    """
    index = np.asarray(harvest_index)
    dry = np.asarray(share) * np.asarray(harvest) * np.asarray(dry_matter)
    carried_off = (1.0 - index) / index * (1.0 - np.asarray(straw_return))
    per_crop = np.asarray(bioconcentration) * (
        1.0 + carried_off[:, np.newaxis] * np.asarray(straw_ratio)
    )
    return np.asarray(dry @ per_crop)


def ph_factor(ph: ArrayLike, slope: ArrayLike, reference: float) -> NDArray[np.float64]:
    """Uptake at a pH over uptake at the reference pH.

    Parameters
    ----------
    ph : array_like
        pH in water. [-]
    slope : array_like
        Change of log10 uptake per unit of pH. [-]
    reference : float
        pH that the coefficients hold for. [-]
    """
    return np.asarray(10.0 ** (np.asarray(slope) * (np.asarray(ph) - reference)))
