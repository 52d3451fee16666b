"""Print what decades do to farmland, beside field records and present contents.

Run with ``python -m benchmarks.envelope [--runs FOLDER]``. The runs ``taizhou-baseline`` and
``taizhou-hindcast`` are made in the folder where they are not there.

Delta paddies without a smelter are cells with at least half of their area in paddies at the start,
more than 10 km from any stack of metal works; their median and 10-90 % are printed. Published
numbers lie in ``published_contents.csv`` and ``published_rates.csv``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.runs import run_name, years_of
from benchmarks.finished_runs import (
    METAL_WORKS,
    Effects,
    Land,
    distance,
    effects,
    farmland,
    open_ground_of,
    run_of,
    stacks,
    ways,
)
from benchmarks.published import PLOUGH_LAYER, period, published
from benchmarks.regional_balance import Comparison, balance_table, over
from benchmarks.tables import print_table, verdict
from simulator.constants import METALS
from simulator.record import RunFolder

Floats = NDArray[np.float64]

PADDY: Final = 0.5  #: least share of a cell in paddies. [-]
AWAY: Final = 10_000.0  #: least distance from metal works. [m]


def topsoil(run: RunFolder, year: int) -> Floats:
    """Content of the control layer, ``[metal, row, col]``. [mg kg-1]"""
    return run.history["content"].sel(year=year).isel(layer=0).values.astype(np.float64)


def clean_paddies(run: RunFolder) -> NDArray[np.bool_]:
    """Paddy cells far from metal works, ``[row, col]``."""
    land = Land.of(run, int(years_of(run)[0]))
    away = distance(run, stacks(run, METAL_WORKS))
    return land.soil & (land.share("paddy") >= PADDY) & (away > AWAY)


def spread(values: Floats) -> Floats:
    """Median, 10 and 90 % of cells ``[..., cell]``: ``[3, ...]``."""
    return np.nanpercentile(values, (50.0, 10.0, 90.0), axis=-1)


def rise_table(begin: Floats, end: Floats, years: int) -> pd.DataFrame:
    """Rise over a run beside that of fifty years in field records.

    Parameters
    ----------
    begin, end : ndarray ``[metal, cell]``
        Contents. [mg kg-1]
    years : int
        Years of the run; the rise is scaled to fifty.
    """
    expected = {row.metal: row for row in published("rise of fifty years")}
    start = np.nanmedian(begin, axis=1)
    median, low, high = spread(end - begin) * 50.0 / years
    rows = []
    for m, metal in enumerate(METALS):
        row = expected.get(metal)
        rows.append(
            {
                "metal": metal,
                "start mg/kg": start[m],
                "rise in 50 years": median[m],
                "10 %": low[m],
                "90 %": high[m],
                "envelope": "" if row is None else row.text,
                "inside": "" if row is None else verdict(row.low <= median[m] <= row.high),
                "source": "" if row is None else row.label,
            }
        )
    return pd.DataFrame(rows)


def hindcast_table(begin: Floats, end: Floats) -> pd.DataFrame:
    """Start, end and rise of farmland topsoil beside surveys, each ``[metal]``. [mg kg-1]"""
    columns: dict[str, object] = {"metal": METALS, "start": begin, "end": end, "rise": end - begin}
    for quantity in ("background", "content", "rise since 1985"):
        for number in published(quantity):
            name = f"{number.where} {number.label}" if quantity != "rise since 1985" else "rise (M)"
            column = columns.setdefault(name, np.full(len(METALS), np.nan))
            column[METALS.index(number.metal)] = number.value  # type: ignore[index]
    table = pd.DataFrame(columns)
    table["ours/theirs, rise"] = table["rise"] / table["rise (M)"]
    return table.set_index("metal").T.rename_axis("mg/kg").reset_index()


def record_table(place: Effects, mass: float, where: str) -> pd.DataFrame:
    """Yearly rates of a place beside those of field records. [mg kg-1 yr-1]

    Parameters
    ----------
    place : Effects
        Mean effects on the control layer.
    mass : float
        Dry soil of that layer. [kg ha-1]
    where : str
        Name of the place.
    """
    rows = []
    for quantity in ("input", "net"):
        for number in published(quantity):
            if number.unit != "mg/kg/yr":
                continue
            years = period(place.years, number.first, number.last)
            ours = over(place, quantity, years)[METALS.index(number.metal)] * 1e3 / mass
            rows.append(Comparison(number, where, float(ours), place.years[years]).row())
    return pd.DataFrame(rows)


def report_rise(run: RunFolder) -> None:
    """(a) Rise of a clean delta paddy as of fifty years, and what makes it."""
    cells, years = clean_paddies(run), years_of(run)
    title = f"{run_name(run)} {years[0]}-{years[-1]}: {cells.sum()} paddy cells without a smelter"
    if not cells.any():
        print(f"{title}: none to look at\n")
        return
    begin, end = (topsoil(run, int(y))[:, cells] for y in years[[0, -1]])
    print_table(f"{title}, topsoil [mg/kg]", rise_table(begin, end, int(years[-1] - years[0])))
    place = effects(run, {"paddy": open_ground_of(cells)})["paddy"]
    print_table(f"{title}, what makes it [g/ha/yr]", balance_table(place, ways(run)))


def report_hindcast(run: RunFolder) -> None:
    """(b) Contents that a hindcast arrives at."""
    years = years_of(run)
    farm = Land.of(run, int(years[-1])).farmland
    contents = (topsoil(run, int(y)) for y in years[[0, -1]])
    begin, end = (np.nan_to_num(c).reshape(len(METALS), -1) @ farm.ravel() for c in contents)
    print_table(
        f"{run_name(run)} {years[0]}-{years[-1]}: mean topsoil of farmland [mg/kg]",
        hindcast_table(begin / farm.sum(), end / farm.sum()),
        ["R read, M from memory."],
    )


def report_records(run: RunFolder) -> None:
    """(c) Rates beside field records."""
    place = effects(run, {"farmland": farmland})["farmland"]
    print_table(
        f"{run_name(run)}: yearly rates of farmland topsoil [mg/kg/yr]",
        record_table(place, PLOUGH_LAYER, "farmland"),
        ["Ours: fluxes of the control layer on 2.4e6 kg/ha."],
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables of the two runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="folder of the runs")
    folder = parser.parse_args(arguments).runs
    baseline, hindcast = (run_of(f"taizhou-{name}", folder) for name in ("baseline", "hindcast"))
    report_rise(baseline)
    report_rise(hindcast)
    report_hindcast(hindcast)
    for run in (hindcast, baseline):
        report_records(run)


if __name__ == "__main__":
    main()
