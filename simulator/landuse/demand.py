"""How much land is built on: at rates, as in the past, with the people, or as a table says.

The laws are pure functions of areas and years; :class:`BuiltDemand` is what a scenario asks for.
A map of a year shows the land at that date; the end of a year *y* of a run is the date *y* + 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.errors import InputError, Problem
from simulator.landuse.markov import markov_areas, yearly_matrix
from simulator.landuse.paths import UrbanPath
from simulator.landuse.trends import (
    exponential_rate,
    fit_logistic,
    linear_slope,
    logistic_areas,
    people_areas,
)

if TYPE_CHECKING:
    from simulator.data import Parameters
    from simulator.scenario import Scenario
    from simulator.scenario.landuse import LandUse

_KM2 = 1e6  # m2


def compound_areas(start_area: float, rates: ArrayLike) -> NDArray[np.float64]:
    """Areas that grow at a rate of each year.

    Parameters
    ----------
    start_area : float
        Area at the start. [m2]
    rates : array_like ``[year]``
        Growth in each year. [yr-1]

    Returns
    -------
    ndarray ``[year]``
        Area at the end of each year: the area before times 1 + rate. [m2]

    Examples
    --------
    >>> compound_areas(100.0, [0.1, 0.1]).round(6).tolist()
    [110.0, 121.0]
    """
    rates = np.asarray(rates, dtype=np.float64)
    return np.multiply.accumulate(np.concatenate([[start_area], 1.0 + rates]))[1:]


def never_less(start_area: float, areas: ArrayLike) -> NDArray[np.float64]:
    """Areas without the falls: built land is not given back for want of demand.

    Parameters
    ----------
    start_area : float
        Area at the start. [m2]
    areas : array_like ``[year]``
        Areas. [m2]

    Examples
    --------
    >>> never_less(5.0, [4.0, 6.0, 5.5]).tolist()
    [5.0, 6.0, 6.0]
    """
    return np.maximum.accumulate(np.concatenate([[start_area], np.asarray(areas)]))[1:]


@dataclass(frozen=True)
class BuiltDemand:
    """Built area that a scenario wants at the end of each year, and areas of other classes.

    Attributes
    ----------
    start : int
        First year.
    start_area : float
        Built area at the start. [m2]
    areas : ndarray ``[year]``
        Built area at the end of each year; never falls. [m2]
    factor : float
        Factor of the urbanisation path on the growth; ``areas`` have it already. [-]
    class_factors : mapping of str to ndarray ``[year]``
        Area of other land classes at the end of each year over that at the start. [-]
    """

    start: int
    start_area: float
    areas: NDArray[np.float64]
    factor: float = 1.0
    class_factors: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        scenario: Scenario,
        parameters: Parameters,
        built_area: float,
        land_area: float,
        history_years: ArrayLike | None = None,
        history_area: ArrayLike | None = None,
    ) -> BuiltDemand:
        """Return the demand of a scenario.

        Parameters
        ----------
        scenario : Scenario
            Says the kind of demand and the path.
        parameters : Parameters
            The parameter tables, with the factor of the path on the growth.
        built_area, land_area : float
            Area of the built parcels, and of all parcels but water, at the start. [m2]
        history_years, history_area : array_like ``[date]``, optional
            Built area of the past by the maps of the region [yr, m2]. Only its course matters:
            it is scaled to the built area at the start.

        Raises
        ------
        InputError
            If the demand needs a past that is not known, or does not fit the region.
        """
        landuse = scenario.landuse
        years = np.arange(scenario.start, scenario.end)
        past = _past(landuse, history_years, history_area)
        _check_built(landuse, built_area, past)
        raw = _wanted(landuse, years, built_area, land_area, past)
        factor = UrbanPath.of(parameters, landuse.path).demand_factor
        return cls(
            start=scenario.start,
            start_area=built_area,
            # exact where nothing grows: no step may be negative by rounding
            areas=built_area + factor * (never_less(built_area, raw) - built_area),
            factor=factor,
            class_factors={
                c.land_class: compound_areas(1.0, [c.rate(y) for y in years.tolist()])
                for c in landuse.demand.classes
            },
        )

    def target(self, year: int) -> float:
        """Built area at the end of a year of the run; at the start for the year before. [m2]."""
        return float(self.areas[year - self.start]) if year >= self.start else self.start_area

    def increment(self, year: int) -> float:
        """Growth of the built area in a year of the run, not negative. [m2]."""
        return self.target(year) - self.target(year - 1)

    def class_factor(self, land_class: str, year: int) -> float:
        """Area of a class at the end of a year over that at the start; 1 if nothing is asked."""
        factors = self.class_factors.get(land_class)
        return 1.0 if factors is None else float(factors[year - self.start])


def history_problem(landuse: LandUse, region_has_history: bool) -> Problem | None:
    """Return what is missing if the demand goes on as in a past that is not known."""
    demand = landuse.demand
    if demand.kind not in ("trend", "logistic", "markov"):
        return None
    if demand.history is not None or region_has_history:
        return None
    return Problem(
        "landuse.demand",
        f"kind {demand.kind!r}, and the built area of the past is not known",
        "it goes on as in the past: in history, or in [files.land_history] of the region",
        "Set history = [{year, area_km2}, ...], or take another kind.",
    )


Past = tuple[NDArray[np.float64], NDArray[np.float64]]


def _past(landuse: LandUse, years: ArrayLike | None, areas: ArrayLike | None) -> Past | None:
    """Dates and built areas of the past [yr, m2]: those of the scenario, else of the region."""
    problem = history_problem(landuse, years is not None)
    if problem is not None:
        raise InputError(problem)
    own = getattr(landuse.demand, "history", None)
    if own is not None:
        return np.array([p.year for p in own]), np.array([p.value * _KM2 for p in own])
    if years is None or areas is None:
        return None
    return np.asarray(years, dtype=np.float64), np.asarray(areas, dtype=np.float64)


def _wanted(
    landuse: LandUse,
    years: NDArray[np.int64],
    built_area: float,
    land_area: float,
    past: Past | None,
) -> NDArray[np.float64]:
    """Built area at the end of each year by the law of a scenario, ``[year]``. [m2]."""
    demand, ends = landuse.demand, (years + 1).tolist()
    elapsed = np.arange(1, years.size + 1, dtype=np.float64)
    if demand.kind == "rate":
        return compound_areas(built_area, [landuse.growth_rate(y) for y in years.tolist()])
    if demand.kind == "table":
        return np.array([demand.area_km2(y) * _KM2 for y in ends])
    if demand.kind == "population":
        people = np.array([demand.people(y) for y in [int(years[0]), *ends]])
        return people_areas(
            built_area, people, demand.elasticity, demand.saturation_m2, demand.saturation_rate
        )
    assert past is not None, "checked by _past"
    dates, areas = past
    _check_dates(dates, 2, "two")
    # The parcels and the maps of a region differ in what they count as built.
    areas = areas * (built_area / np.interp(years[0], dates, areas))
    if demand.kind == "trend" and demand.law == "linear":
        return built_area + linear_slope(dates, areas) * elapsed
    if demand.kind == "trend":
        return built_area * np.exp(exponential_rate(dates, areas) * elapsed)
    if demand.kind == "logistic":
        ceiling = None if demand.ceiling_km2 is None else demand.ceiling_km2 * _KM2
        if ceiling is None:
            _check_dates(dates, 3, "three")
        _check_below(areas.max(), land_area if ceiling is None else ceiling, "ceiling")
        fit = fit_logistic(dates, areas, land_area, ceiling)
        return logistic_areas(built_area, fit.rate, fit.ceiling, elapsed)
    _check_below(areas.max(), land_area, "land of the region")
    open_land = land_area - areas[[0, -1]]
    stays = min(1.0, open_land[1] / open_land[0])
    matrix = np.array([[stays, 1.0 - stays], [0.0, 1.0]])
    yearly = yearly_matrix(matrix, float(dates[-1] - dates[0]))
    start = np.array([land_area - built_area, built_area])
    return markov_areas(start, yearly, years.size)[:, 1]


def _check_dates(dates: NDArray[np.float64], least: int, word: str) -> None:
    if dates.size < least or (np.diff(dates) <= 0.0).any():
        raise InputError(
            Problem(
                "landuse.demand",
                f"the past has the dates {', '.join(f'{d:g}' for d in dates)}",
                f"it takes {word} dates at least that rise to tell how it goes on",
                "Give more dates in history, a ceiling_km2, or take another kind.",
            )
        )


def _check_built(landuse: LandUse, built_area: float, past: Past | None) -> None:
    """Refuse laws of growth that have nothing to grow from."""
    demand = landuse.demand
    if demand.kind not in ("rate", "table") and built_area <= 0.0:
        what = "no parcel is built at the start"
    elif past is not None and past[1].size and past[1].min() <= 0.0:
        what = "the past has a date without built land"
    else:
        return
    raise InputError(
        Problem(
            "landuse.demand",
            f"kind {demand.kind!r}, and {what}",
            "such a demand grows from land that is built",
            "Take kind 'rate' or 'table', or give history.",
        )
    )


def _check_below(area: float, limit: float, what: str) -> None:
    if area >= limit:
        raise InputError(
            Problem(
                "landuse.demand",
                f"{area / _KM2:.4g} km2 are built, the {what} is {limit / _KM2:.4g} km2",
                f"the built area of the past and of the start lies below the {what}",
                "Correct the areas, or take another kind.",
            )
        )
