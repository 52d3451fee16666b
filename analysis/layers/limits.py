"""The control layer of a run against its limits, a metal and a year at a time.

The quantities are those of :class:`analysis.assessment.assess.Assessment` on current land, of
recorded years so far: a run need not be finished.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.assessment import capacity, grades, health, indices, thresholds, zones
from analysis.assessment.assess import ControlLayer, Rules
from analysis.assessment.warning import (
    next_exceedances,
    trend_window,
    warning_level,
    years_beyond,
    years_left,
)
from analysis.layers.bands import by_bands
from analysis.layers.memory import MEMORY
from analysis.layers.record import Ground, Record
from analysis.runs import region_of
from simulator.constants import METALS
from simulator.progress import tell
from simulator.record import RunFolder

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

_USUAL: Final = Rules()
#: Fields of a control layer, in their order.
_FIELDS: Final = ("mass", "organic_matter", "clay", "background")


def control_layer_of(run: RunFolder) -> ControlLayer:
    """Control layer of the region of a run, kept for all runs of the region.

    Raises
    ------
    InputError
        If the region is not there any more, or is not that of the run.
    """

    def read() -> tuple[Floats, ...]:
        soil = ControlLayer.of_region(region_of(run))
        return tuple(getattr(soil, name) for name in _FIELDS)

    return ControlLayer(*MEMORY.of(("soil", run.manifest["region"].get("digest")), read))


class Limits:
    """Limits of a run, and what follows from them.

    Parameters
    ----------
    record : Record
        The run.
    soil : ControlLayer
        Of its region.
    rules : Rules
        Which limits.
    """

    def __init__(self, record: Record, soil: ControlLayer, rules: Rules = _USUAL) -> None:
        self.record, self.soil, self.rules = record, soil, rules

    def limit(self, metal: str, year: int) -> Floats:
        """Limit of a metal by the land use of the year, ``[row, col]``. [mg kg-1]."""
        return MEMORY.of(
            (self.record.identity, self.rules, "limit", metal, year),
            lambda: self._limit(metal, year, self.record.ground(year)),
        )

    def _limit(self, metal: str, year: int, ground: Ground) -> Floats:
        ph = self.record.ph(0, year)
        land = np.where(self.record.soil, ground.land, np.int8(-1))

        def band(rows: slice) -> Floats:
            soil = self.soil.at((rows,))
            return soil.limits(land[rows], ph[rows], self.rules, (metal,))[0]

        return by_bands(band, self.record.shape, np.float64)

    def overload(self, metal: str, year: int) -> Floats:
        """1 at or above the limit, 0 below, ``[row, col]``; NaN where there is none."""
        limit, content = self.limit(metal, year), self._content(metal, year)
        known = np.isfinite(limit - content)
        return np.where(known, grades.overloaded(content, limit), np.nan)

    def content_over_limit(self, metal: str, year: int) -> Floats:
        """Content over limit, ``[row, col]``. [-]."""
        return indices.single_factor(self._content(metal, year), self.limit(metal, year))

    def relative_capacity(self, metal: str, year: int) -> Floats:
        """Remaining over total capacity, ``[row, col]``; infinite without capacity. [-]."""
        background = self.soil.background[METALS.index(metal)]
        limit, content = self.limit(metal, year), self._content(metal, year)
        return capacity.relative_capacity(limit, content, background)

    def remaining_capacity(self, metal: str, year: int) -> Floats:
        """What the layer can still take, ``[row, col]``; negative above the limit. [kg ha-1]."""
        limit, content = self.limit(metal, year), self._content(metal, year)
        return capacity.remaining_capacity(limit, content, self.soil.mass)

    def exceedance_year(self, metal: str, year: int) -> Singles:
        """First recorded year at or above the limit, from a year on, ``[row, col]``.

        Infinite where the limit is not reached in the recorded years, NaN where there is none.
        """
        years = self._next_exceedance(metal, year)
        known = np.isfinite(self.limit(metal, year) - self._content(metal, year))
        return np.where(np.isnan(years) & known, np.float32(np.inf), years)

    def warning(self, metal: str, year: int) -> Floats:
        """Early-warning level, 1 to 5, ``[row, col]``; NaN where there is no limit.

        Beyond the last recorded year the content goes on along its trend.
        """
        last = self.record.years[-1]
        since, until = trend_window(self.record.years, last)
        rise = self._content(metal, until) - self._content(metal, since)
        trend = rise / max(until - since, 1)
        beyond = years_beyond(self.limit(metal, last), self._content(metal, last), trend)
        years = years_left(year, last, self._next_exceedance(metal, year), beyond)
        known = np.isfinite(self.limit(metal, year) - self._content(metal, year))
        return warning_level(np.where(known, years, np.nan))

    def risk_class(self, year: int) -> Floats:
        """Class of comprehensive risk of all metals, 1 to 5, ``[row, col]``; NaN without one."""
        contents = np.stack([self.record.content(metal, 0, year) for metal in METALS])
        ph = self.record.ph(0, year)
        land = np.where(self.record.soil, self.record.ground(year).land, np.int8(-1))

        def band(rows: slice) -> Floats:
            soil = self.soil.at((rows,))
            limit = soil.limits(land[rows], ph[rows], self.rules)
            return _risk_class(
                contents[:, rows].astype(np.float64), limit, soil.background, land[rows]
            )

        return by_bands(band, self.record.shape, np.float64)

    def _content(self, metal: str, year: int) -> Floats:
        return self.record.content(metal, 0, year).astype(np.float64)

    def _next_exceedance(self, metal: str, year: int) -> Singles:
        """First recorded year at or above the limit from a year on; NaN where it is not reached."""
        cells = self.record.soil.size
        years = [y for y in reversed(self.record.years) if y >= year]

        def overloads() -> Iterator[tuple[int, NDArray[np.bool_]]]:
            for done, one in enumerate(years):
                tell(f"limits of {metal}", done, len(years))
                over = np.unpackbits(self._packed_overload(metal, one), count=cells)
                yield one, over.reshape(self.record.shape).astype(np.bool_)

        return next_exceedances(overloads(), [year])[year]

    def _packed_overload(self, metal: str, year: int) -> NDArray[np.uint8]:
        """Where the content is at or above the limit, a bit a cell.

        So small that it is kept for every year; the maps that it is made of are not.
        """

        def compute() -> NDArray[np.uint8]:
            ground = self.record.read_ground(year)
            content = self.record.read_content(metal, 0, year).astype(np.float64)
            return np.packbits(grades.overloaded(content, self._limit(metal, year, ground)))

        return MEMORY.of((self.record.identity, self.rules, "overload", metal, year), compute)


def _risk_class(
    content: Floats, limit: Floats, background: Floats, land: NDArray[np.int8]
) -> Floats:
    """Class of comprehensive risk of contents ``[metal, row, col]``."""
    factors = indices.single_factor(content, limit)
    inhabited = health.health_land(thresholds.receptor_of_land(land))
    risks = health.health_risk(content, inhabited)
    natural = health.health_risk(background, inhabited).total_cancer
    return zones.risk_class(
        grades.composite_worst(factors, highest_is_worst=True),
        np.maximum(risks.total_cancer - natural, 0.0),
        risks.hazard_index,
        indices.risk_index(indices.risk_factor(content, background)),
    )
