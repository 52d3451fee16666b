"""Content by depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Profile:
    """Content of each soil layer at the beginning of a year and of the run.

    Attributes
    ----------
    metal : str
        Symbol.
    year, start : int
        The year, and the first recorded one.
    tops_cm, bottoms_cm : tuple of float ``[layer]``
        Depths of the layers. [cm]
    content, content_start : tuple of float ``[layer]``
        [mg kg-1]
    unit : str
    """

    metal: str
    year: int
    start: int
    tops_cm: tuple[float, ...]
    bottoms_cm: tuple[float, ...]
    content: tuple[float, ...]
    content_start: tuple[float, ...]
    unit: str


def profile_of(
    metal: str, years: tuple[int, ...], thickness: NDArray[np.float64], content: NDArray[Any],
    year: int,
) -> Profile:  # fmt: skip
    """Profile of a year.

    Parameters
    ----------
    metal : str
        Symbol.
    years : tuple of int ``[year]``
        Recorded years.
    thickness : ndarray ``[layer]``
        [m]
    content : ndarray ``[year, layer]``
        [mg kg-1]
    year : int
        One of the years.
    """
    edges = np.round(100.0 * np.concatenate(([0.0], np.cumsum(thickness))), 6)
    return Profile(
        metal, year, years[0], tuple(edges[:-1].tolist()), tuple(edges[1:].tolist()),
        tuple(content[years.index(year)].tolist()), tuple(content[0].tolist()), "mg/kg",
    )  # fmt: skip
