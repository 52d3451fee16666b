"""Tables of a comparison: years of each run, when limits are reached, and all in a row a metal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from analysis.assessment.tables import exceedance_rows
from analysis.assessment.warning import next_exceedances, trend_window, years_beyond, years_left
from analysis.compare.align import Comparison
from analysis.compare.flows import between, inputs_and_outputs, signed_totals
from analysis.compare.states import State, States
from simulator.constants import HECTARE
from simulator.progress import tell

#: In place of a metal: overloaded with any.
ALL: Final = "all"
#: Ending of a column that holds the difference from the reference.
DIFFERENCE: Final = "_difference"

_SERIES: Final = (
    "mean_content_mg_kg", "overload_ha", "overload_share", "overload_fixed_ha", "capacity_kg_ha",
)  # fmt: skip
_G_PER_KG: Final = 1.0e3


@dataclass(frozen=True)
class Tables:
    """What the runs of a comparison say.

    Attributes
    ----------
    series : pandas.DataFrame
        ``run, year, metal, mean_content_mg_kg, overload_ha, overload_share, overload_fixed_ha,
        capacity_kg_ha, built_km2`` at the beginning of the years that all runs have, and
        ``input_g_ha, output_g_ha`` of the column in the year (blank in the last). Means are over
        the cells with soil, capacities over those farmed at the first of these years; ``fixed``
        is overload under the land use of that year. Metal ``all`` is overloaded with any.
    exceedance : pandas.DataFrame
        ``run, metal, period, area_ha, share, area_ha_difference``: when limits are reached.
    summary : pandas.DataFrame
        A row a run and metal; a column ``..._difference`` from the reference for each number.
    """

    series: pd.DataFrame
    exceedance: pd.DataFrame
    summary: pd.DataFrame


def make_tables(comparison: Comparison) -> Tables:
    """Read every year of every run once, from the last to the first."""
    read = [_read_run(comparison, i) for i in range(len(comparison.runs))]
    states = pd.concat([s for s, _ in read], ignore_index=True)
    flows = pd.concat([_flow_rows(comparison, i) for i in range(len(read))])
    exceedance = pd.concat([e for _, e in read], ignore_index=True)
    exceedance = with_differences(exceedance, ["metal", "period"], ["area_ha"])
    series = states.merge(flows, on=["run", "year", "metal"], how="left")
    return Tables(series, exceedance, summary_table(comparison, states, flows, exceedance))


def summary_table(
    comparison: Comparison,
    states: pd.DataFrame,
    flows: pd.DataFrame,
    exceedance: pd.DataFrame,
) -> pd.DataFrame:
    """One row a run and metal, from the other tables and what interventions cost.

    Parameters
    ----------
    comparison : Comparison
        The runs.
    states, flows : pandas.DataFrame
        Columns of :attr:`Tables.series`: those of a state at its years, and flows of every year,
        recorded or not.
    exceedance : pandas.DataFrame
        See :attr:`Tables.exceedance`.

    Returns
    -------
    pandas.DataFrame
        See :attr:`Tables.summary`. ``reached_ha`` is the area that comes to its limit after the
        start and by the end; ``cost_million_cny`` the sum over the years between.
    """
    keys = ["run", "metal"]
    start, end = (
        states[states["year"] == year].set_index(keys)
        for year in (comparison.start, comparison.end)
    )
    columns: dict[str, pd.Series] = {}
    for name in (*_SERIES, "built_km2"):
        columns |= {f"{name}_start": start[name], f"{name}_end": end[name]}
    means = flows.groupby(keys)[["input_g_ha", "output_g_ha"]].mean()
    columns |= {f"{name}_yr": means[name] for name in means.columns}
    # The first period is the start; after the decades come the trend, and later or never.
    decades = exceedance["period"].unique()[1:-2]
    within = exceedance[exceedance["period"].isin(decades)]
    columns["reached_ha"] = within.groupby(keys)["area_ha"].sum()
    table = pd.DataFrame(columns, index=start.index).reset_index()
    table["cost_million_cny"] = table["run"].map(costs(comparison))
    numbers = [name for name in table.columns if name not in keys]
    return with_differences(table, ["metal"], numbers)


def costs(comparison: Comparison) -> dict[str, float]:
    """Sum of what interventions cost in the compared years, by run. [million CNY]."""
    span = comparison.start, comparison.end
    return {
        name: float(between(run.policies, *span)["cost_million_cny"].astype(float).sum())
        for name, run in zip(comparison.names, comparison.runs, strict=True)
    }


def with_differences(table: pd.DataFrame, keys: list[str], columns: list[str]) -> pd.DataFrame:
    """Add the difference of columns from the first run's rows with the same keys."""
    first = table.loc[table["run"] == table["run"].iloc[0], [*keys, *columns]]
    reference = table[keys].merge(first, on=keys, how="left")
    return table.assign(
        **{f"{c}{DIFFERENCE}": table[c].to_numpy() - reference[c].to_numpy() for c in columns}
    )


def _read_run(comparison: Comparison, run: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """States and exceedance of one run."""
    recorded, name, states = comparison.recorded, comparison.names[run], States(comparison, run)
    rows: list[pd.DataFrame] = []

    def overloads() -> Iterator[tuple[int, NDArray[np.bool_]]]:
        for done, year in enumerate(reversed(recorded)):
            tell(f"reading {name}", done, len(recorded))
            state = states.at(year)
            rows.append(_year_rows(state, comparison, name, year))
            yield year, state.overload

    reached = next_exceedances(overloads(), (comparison.start,))[comparison.start]
    series = pd.concat(reversed(rows), ignore_index=True)
    exceedance = _exceedance_rows(comparison, states, reached)
    exceedance.insert(0, "run", name)
    return series, exceedance


def _year_rows(state: State, comparison: Comparison, run: str, year: int) -> pd.DataFrame:
    """Rows of one year, a metal each and one for any metal."""
    hectares = comparison.grid.cell_area / HECTARE
    cells, overloaded, fixed = (
        _counts(where) for where in (state.known, state.overload, state.overload_fixed)
    )
    soil = np.isfinite(state.content[0]).sum()
    content = np.nansum(state.content, axis=(1, 2)) / max(soil, 1)
    farmed = np.isfinite(state.capacity).sum(axis=(1, 2))
    room = np.nansum(state.capacity, axis=(1, 2)) / np.where(farmed > 0, farmed, np.nan)
    return pd.DataFrame(
        {
            "run": run,
            "year": year,
            "metal": [*comparison.metals, ALL],
            "mean_content_mg_kg": [*content, np.nan],
            "overload_ha": overloaded * hectares,
            "overload_share": overloaded / np.maximum(cells, 1),
            "overload_fixed_ha": fixed * hectares,
            "capacity_kg_ha": [*room, np.nan],
            "built_km2": state.built,
        }
    )


def _counts(where: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Cells of each metal ``[metal, row, col]``, and those of any metal."""
    counts = np.append(where.sum(axis=(1, 2)), where.any(axis=0).sum())
    return counts.astype(np.int64)


def _flow_rows(comparison: Comparison, run: int) -> pd.DataFrame:
    """Input to and output of the column by year and metal, per area of the cells with soil."""
    signed = signed_totals(comparison.runs[run], comparison.start, comparison.end)
    flows = inputs_and_outputs(signed)
    scale = _G_PER_KG / comparison.soil_hectares(run)
    return flows[["year", "metal"]].assign(
        run=comparison.names[run],
        input_g_ha=flows["input_kg"] * scale,
        output_g_ha=flows["output_kg"] * scale,
    )


def _exceedance_rows(
    comparison: Comparison, states: States, reached: NDArray[np.float32]
) -> pd.DataFrame:
    """When limits are reached: in the compared years, or by the trend at their end."""
    start, end = comparison.start, comparison.end
    last = states.at(end)
    since, until = trend_window(comparison.recorded, end)
    trend = (last.content - states.content(since)) / max(until - since, 1)
    years = years_left(start, end, reached, years_beyond(last.limit, last.content, trend))
    years = np.where(states.at(start).known, years, np.nan)
    data = xr.Dataset(
        {"years_to_limit": (("year", "metal", "y", "x"), years[None])},
        {"year": [start], "metal": list(comparison.metals)},
    )
    return exceedance_rows(data, end, comparison.grid.cell_area).drop(columns="land")
