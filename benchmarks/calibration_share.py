"""Print how much of what a calibrated run does to its soil is the correction.

Run with ``python -m benchmarks.calibration_share RUN [--off RUN2] [--csv FILE]``. For each metal
the correction of the control layer over its net flux and over its gross input, by year and by
land class (the class of most of a cell's open ground), and beside it the net flux of a run of the
same region without calibration. ``--csv`` has every year, land class and metal.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.runs import open_run, pathways_of, run_name, years_of
from benchmarks.finished_runs import G_HA, Effects, Land, Place, effects, kept_ledger, region
from benchmarks.tables import print_table
from simulator.constants import LAND_CLASSES, METALS
from simulator.ledger import Pathway
from simulator.record import RunFolder

Floats = NDArray[np.float64]

CORRECTION = "calibration"
ALL = "all"

#: Shares that are printed.
MEASURES = {
    "of_net": "correction in % of the net flux",
    "of_input": "correction in % of the gross input",
    "size_of_input": "size of the correction of a cell, whatever its sign, in % of the gross input",
}

#: How the columns are reckoned.
NOTES = (
    "Control layer, per area of soil cells. net: all pathways, the correction among them; input: "
    "inputs of the processes.",
    "A share of the net flux means little where that flux is near nothing; gains and losses of "
    "cells cancel but for the size.",
)


def places() -> dict[str, Place]:
    """All cells with soil, and those of each land class."""
    return {ALL: region} | {name: mostly(name) for name in LAND_CLASSES if name != "water"}


def mostly(name: str) -> Place:
    """Mean of the cells whose open ground is mostly of a class; nothing where there are none."""

    def place(land: Land, pathway: Pathway) -> Floats:
        most = np.argmax(land.open_share, axis=0) == LAND_CLASSES.index(name)
        cells = land.soil & most & (land.share(name) > 0.0)
        return cells / max(int(cells.sum()), 1)

    return place


def shares(run: RunFolder) -> pd.DataFrame:
    """One row a land class, year and metal. [g ha-1 yr-1, -]"""
    inputs = [p.name for p in pathways_of(run) if p.kind == "input"]
    size = sizes(run)
    tables = [
        share_table(name, found, inputs, size[name])
        for name, found in effects(run, places()).items()
    ]
    return pd.concat(tables, ignore_index=True)


def sizes(run: RunFolder) -> dict[str, Floats]:
    """Mean size of the correction of a cell, whatever its sign, ``[year, metal]``. [g ha-1 yr-1]"""
    ledger, years = kept_ledger(run), years_of(run).tolist()
    (pathway,) = (p for p in pathways_of(run) if p.name == CORRECTION)
    found = {name: np.zeros((len(years) - 1, len(METALS))) for name in places()}
    for y, (since, until) in enumerate(pairwise(years)):
        flux = ledger[CORRECTION].sel(year=since).values.astype(np.float64)
        flux = np.nan_to_num(flux[:, 0] if pathway.layered else flux) * (G_HA / (until - since))
        land = Land.of(run, until)
        for name, place in places().items():
            found[name][y] = np.abs(flux).reshape(len(METALS), -1) @ place(land, pathway).ravel()
    return found


def share_table(land: str, found: Effects, inputs: Sequence[str], size: Floats) -> pd.DataFrame:
    """Correction of a place beside its net flux and its input, a row a year and metal."""
    net = found.yearly(*found.pathways)
    correction, gross = found.yearly(CORRECTION), found.yearly(*inputs)
    years, metals = np.meshgrid(found.years, METALS, indexing="ij")
    table = pd.DataFrame(
        {
            "land_class": land,
            "year": years.ravel(),
            "metal": metals.ravel(),
            "correction_g_ha": correction.ravel(),
            "size_g_ha": size.ravel(),
            "net_g_ha": net.ravel(),
            "input_g_ha": gross.ravel(),
        }
    )
    return with_shares(table[(net != 0.0).ravel() | (gross != 0.0).ravel()])


def with_shares(table: pd.DataFrame) -> pd.DataFrame:
    """Table with the shares of the correction."""
    return table.assign(
        of_net=table["correction_g_ha"] / table["net_g_ha"].where(table["net_g_ha"] != 0.0),
        of_input=table["correction_g_ha"] / table["input_g_ha"].where(table["input_g_ha"] != 0.0),
        size_of_input=table["size_g_ha"] / table["input_g_ha"].where(table["input_g_ha"] != 0.0),
    )


def by(table: pd.DataFrame, key: str, value: str) -> pd.DataFrame:
    """Share by a key and metal, of sums and not a mean of shares. [%]"""
    amounts = ["correction_g_ha", "size_g_ha", "net_g_ha", "input_g_ha"]
    sums = with_shares(table.groupby([key, "metal"], sort=False, as_index=False)[amounts].sum())
    wide = 100.0 * sums.pivot_table(value, key, "metal", sort=False)
    wide.index = wide.index.astype(str)
    return wide.reindex(columns=[m for m in METALS if m in wide.columns])


def beside(on: pd.DataFrame, off: pd.DataFrame) -> pd.DataFrame:
    """Mean of the years over the region, with the calibrator and without. [g ha-1 yr-1]"""
    rows = {
        "correction": on["correction_g_ha"],
        "net, calibrated": on["net_g_ha"],
        "input, calibrated": on["input_g_ha"],
        "net, off": off["net_g_ha"],
        "input, off": off["input_g_ha"],
    }
    means = {
        label: values.groupby((on if not label.endswith("off") else off)["metal"]).mean()
        for label, values in rows.items()
    }
    return pd.DataFrame(means).T.reindex(columns=list(METALS))


def report(run: RunFolder, off: RunFolder | None, csv: Path | None) -> None:
    """Print the tables of a run."""
    table = shares(run)
    title = f"{run_name(run)} {run.manifest['start']}-{run.recorded_until - 1}"
    everywhere = table[table["land_class"] == ALL]
    if not table["correction_g_ha"].any():
        print(f"{title}: nothing was corrected")
    for value, words in MEASURES.items():
        print_table(f"{title}: {words}, by year", by(everywhere, "year", value))
        print_table(
            f"{title}: {words}, by land class, all years",
            by(table, "land_class", value), NOTES,
        )  # fmt: skip
    if off is not None:
        without = shares(off)
        print_table(
            f"{title} beside {run_name(off)}: mean of the years [g/ha/yr]",
            beside(everywhere, without[without["land_class"] == ALL]),
        )
    if csv is not None:
        table.to_csv(csv, index=False, float_format="%.6g")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the shares of the run named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", help="run folder with a calibration")
    parser.add_argument("--off", help="run folder of the same region without")
    parser.add_argument("--csv", type=Path, help="file for every year, land class and metal")
    options = parser.parse_args(arguments)
    off = open_run(options.off) if options.off else None
    report(open_run(options.run), off, options.csv)


if __name__ == "__main__":
    main()
