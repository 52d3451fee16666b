"""What options do: their difference to the reference within the same future, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.experiment.folder import ANY_METAL, FLUX
from analysis.experiment.results import Results, paired
from analysis.experiment.spread import quantile, summary

Floats = NDArray[np.float64]

#: Columns of :func:`effects`.
COLUMNS: Final = (
    "option", "against", "outcome", "metal", "year", "unit", "option_median", "reference_median",
    "difference_median", "difference_low", "difference_high", "better_share", "futures", "left_out",
)  # fmt: skip

#: Names of the effects that follow from several outcomes.
WON: Final = "years_won"
DELAY: Final = "delay_at_cells"
PER_HECTARE: Final = "cost_per_hectare_kept"
COST: Final = "cost_million_cny"

#: Units of outcomes of a state, and whether less (-1) or more (1) of them is better.
_OF_METALS: Final = {
    "overload_ha": ("ha", -1),
    "overload_share": ("-", -1),
    "mean_content": ("mg/kg", -1),
    "capacity_kg_ha": ("kg/ha", 1),
}
#: Those that land of any metal has too.
OF_AREA: Final = ("overload_ha", "overload_share")
_MILLION: Final = 1e6


def effects(
    results: Results, metals: Sequence[str], years: Sequence[int], discount: float = 0.0
) -> pd.DataFrame:
    """Paired differences of each option to the reference.

    Parameters
    ----------
    results : Results
        The members.
    metals : sequence of str
        Metals.
    years : sequence of int
        Years at whose beginning states are compared; fluxes and costs are of the years before.
    discount : float
        Rate at which costs of later years count less. [yr-1]

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`. Medians and 5 to 95 % are over futures; infinite where something does not
        happen within the run. ``better_share`` is the share of futures in which the option is
        strictly better, NaN where an outcome is neither good nor bad.
    """
    rows = [row for year in years for row in _states(results, metals, year)]
    for year in years:
        rows += _fluxes(results, metals, year)
        rows += _costs(results, metals, year, discount)
        rows += _years_won(results, metals, year)
    rows += _delays(results, metals)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def years_won(results: Results, metal: str, year: int) -> Floats:
    """Years by which the reference is ahead of each option in overloaded area.

    From the beginning of the year since which the reference has more overloaded land than the
    option has at the end, without a break, to the end. Where the option ends with more, the two
    change places and the years are negative; 0 where both end with the same.

    Parameters
    ----------
    results : Results
        The members.
    metal : str
        Metal, or any.
    year : int
        The end: a year at whose beginning there are states.

    Returns
    -------
    ndarray ``[option, future]``
        No more than from the start to the end; NaN where a member is missing. [yr]
    """
    series = results.series("overload_ha", metal)
    kept = series.years <= year
    area, years = series.values[..., kept], series.years[kept]
    last = area[..., -1]
    won = years_ahead(area[:1], last[..., None], years)
    lost = years_ahead(area, last[:1, :, None], years)
    missing = np.isnan(area).any(axis=2) | np.isnan(area[:1]).any(axis=2)
    return np.where(missing, np.nan, won - lost)


def years_ahead(area: Floats, level: Floats, years: NDArray[np.int64]) -> Floats:
    """Years for which an area is above a level at the end without a break; 0 if it is not.

    An area that was above for a while before, and came back, counts from the last time.

    Parameters
    ----------
    area, level : ndarray ``[..., year]``
        The level may have an axis of length one. [ha]
    years : ndarray of int ``[year]``
        Rising.
    """
    above = np.logical_and.accumulate((area > level)[..., ::-1], axis=-1)[..., ::-1]
    since = years[above.argmax(axis=-1)]
    return np.where(above[..., -1], years[-1] - since, 0).astype(np.float64)


def total_cost(results: Results, year: int, discount: float = 0.0) -> Floats:
    """Cost of all years before a year, ``[option, future]``. [million CNY].

    Parameters
    ----------
    results : Results
        The members.
    year : int
        The year.
    discount : float
        What is spent ``n`` years after the first year counts ``(1 + discount)**-n``. [yr-1]
    """
    years, spent = results.series(COST).before(year)
    if years.size == 0:
        return np.where(results.members < 0, np.nan, 0.0)
    total: Floats = spent @ (1.0 + discount) ** -(years - years[0]).astype(np.float64)
    return total


def cost_per_hectare(cost: Floats, kept: Floats) -> Floats:
    """Cost of each hectare that an option keeps under the limit.

    Parameters
    ----------
    cost : ndarray
        More than the reference costs. [million CNY]
    kept : ndarray
        Less overloaded land than the reference. [ha]

    Returns
    -------
    ndarray
        Infinite where no land is kept, 0 where it is kept and saves money. [CNY ha-1]
    """
    ratio = np.divide(_MILLION * cost, kept, out=np.full(cost.shape, np.inf), where=kept > 0.0)
    return np.where(np.isnan(cost) | np.isnan(kept), np.nan, np.maximum(ratio, 0.0))


def delay_at_cells(exceedance: Floats, reference: Floats, first_year: float) -> float:
    """Years by which cells reach the limit later than in the reference: their median.

    Parameters
    ----------
    exceedance, reference : ndarray ``[row, col]``
        First year at or above the limit; NaN where there is none.
    first_year : float
        First year of the run: cells that are above from the start are not looked at.

    Returns
    -------
    float
        Of the cells that reach the limit in the reference. Infinite if most of them do not reach it
        under the option; NaN if there are no such cells. [yr]
    """
    crossing = reference > first_year
    years = np.where(np.isnan(exceedance), np.inf, exceedance)[crossing] - reference[crossing]
    return quantile(years, 0.5)


def _states(results: Results, metals: Sequence[str], year: int) -> list[dict[str, Any]]:
    rows = []
    for outcome, (unit, sign) in _OF_METALS.items():
        for metal in (*metals, ANY_METAL) if outcome in OF_AREA else metals:
            values = results.series(outcome, metal).at(year)
            rows += _rows(results, outcome, metal, year, unit, values, sign)
    built = results.series("built_km2").at(year)
    return rows + _rows(results, "built_km2", "", year, "km2", built, 0)


def _fluxes(results: Results, metals: Sequence[str], year: int) -> list[dict[str, Any]]:
    """Mean flux of each pathway over the years before."""
    rows = []
    for outcome in results.outcomes(FLUX):
        for metal in metals:
            years, values = results.series(outcome, metal).before(year)
            if years.size:
                rows += _rows(results, outcome, metal, year, "kg/yr", values.mean(axis=2), 0)
    return rows


def _costs(
    results: Results, metals: Sequence[str], year: int, discount: float
) -> list[dict[str, Any]]:
    cost = total_cost(results, year, discount)
    rows = _rows(results, COST, "", year, "million CNY", cost, -1)
    for metal in (*metals, ANY_METAL):
        area = results.series("overload_ha", metal).at(year)
        for i, option in enumerate(results.options[1:], start=1):
            kept, spent = -paired(area, i, area[0]), paired(cost, i, cost[0])
            ratio = cost_per_hectare(spent, kept)[results.independent]
            rows.append(
                _row(results, option, PER_HECTARE, metal, year, "CNY/ha", ratio)
                | {"better_share": _share(np.isfinite(ratio), ratio)}
            )
    return rows


def _years_won(results: Results, metals: Sequence[str], year: int) -> list[dict[str, Any]]:
    rows = []
    for metal in (*metals, ANY_METAL):
        won = years_won(results, metal, year)[:, results.independent]
        for option, years in zip(results.options[1:], won[1:], strict=True):
            row = _row(results, option, WON, metal, year, "yr", years)
            rows.append(row | {"better_share": _share(years > 0.0, years)})
    return rows


def _delays(results: Results, metals: Sequence[str]) -> list[dict[str, Any]]:
    """Delay of the limit at the cells that reach it in the reference."""
    maps = results.folder.maps["exceedance_year"]
    first_year = float(results.series("overload_share", metals[0]).years.min())
    delays = np.full((len(results.options), len(metals), results.futures.size), np.nan)
    for j in np.flatnonzero(results.independent & (results.members >= 0).any(axis=0)):
        if results.members[0, j] < 0:
            continue
        done = [i for i, member in enumerate(results.members[:, j]) if member >= 0]
        found = maps.sel(member=results.members[done, j], metal=list(metals)).values
        for k in range(len(metals)):
            for i, of_member in zip(done, found, strict=True):
                delays[i, k, j] = delay_at_cells(of_member[k], found[0, k], first_year)
    rows = []
    for k, metal in enumerate(metals):
        for i, option in enumerate(results.options[1:], start=1):
            years = delays[i, k, results.independent]
            rows.append(
                _row(results, option, DELAY, metal, "", "yr", years)
                | {"better_share": _share(years > 0.0, years)}
            )
    return rows


def _rows(
    results: Results, outcome: str, metal: str, year: int | str, unit: str, values: Floats,
    sign: int,
) -> list[dict[str, Any]]:  # fmt: skip
    """Rows of all options but the reference; more is better with sign 1, less with -1."""
    values = values[:, results.independent]
    rows = []
    for i, option in enumerate(results.options[1:], start=1):
        difference = paired(values, i, values[0])
        whole = ~np.isnan(difference)
        better = _share(sign * difference > 0.0, difference) if sign else float("nan")
        rows.append(
            _row(results, option, outcome, metal, year, unit, difference)
            | {
                "option_median": quantile(values[i][whole], 0.5),
                "reference_median": quantile(values[0][whole], 0.5),
                "better_share": better,
            }
        )
    return rows


def _row(
    results: Results, option: str, outcome: str, metal: str, year: int | str, unit: str,
    difference: Floats,
) -> dict[str, Any]:  # fmt: skip
    used = int((~np.isnan(difference)).sum())
    return {
        "option": option,
        "against": results.reference,
        "outcome": outcome,
        "metal": metal,
        "year": year,
        "unit": unit,
        **{f"difference_{name}": value for name, value in summary(difference).items()},
        "futures": used,
        "left_out": difference.size - used,
    }


def _share(mask: NDArray[np.bool_], values: Floats) -> float:
    """Share of the values that are not NaN for which a mask holds; NaN for none. [-]."""
    known = ~np.isnan(values)
    return float(mask[known].mean()) if known.any() else float("nan")
