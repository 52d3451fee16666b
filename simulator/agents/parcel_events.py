"""What happens to parcels, as plain records."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

#: ``built_since`` of what was built before the run, and of what is not built.
BEFORE_RUN: Final = -math.inf
NOT_BUILT: Final = math.nan


@dataclass(frozen=True)
class Conversion:
    """A parcel that changed its land class.

    Attributes
    ----------
    year : float
        Date. [yr]
    parcel : int
        Id of the parcel.
    from_class, to_class : str
        Land classes before and after.
    area : float
        Area of the parcel. [m2]
    """

    year: float
    parcel: int
    from_class: str
    to_class: str
    area: float


@dataclass(frozen=True)
class Shortfall:
    """A year in which less land could be built on than was demanded.

    Attributes
    ----------
    year : float
        Date. [yr]
    demanded, converted : float
        New built area that was asked for, and that was found. [m2]
    """

    year: float
    demanded: float
    converted: float


LandEvent = Conversion | Shortfall
