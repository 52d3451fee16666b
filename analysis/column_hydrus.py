"""A cell's column as a project of HYDRUS-1D, with our own numbers of that project beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.column import CellColumn
from analysis.export import replacing
from simulator.hydrus.project import write_project
from simulator.physics.percolation.batch import run_columns
from simulator.physics.percolation.column import Column, node_faces
from simulator.soil_water.compare import daily_column

Floats = NDArray[np.float64]

README: Final = "README.txt"
OURS: Final = "ours.csv"
_CM: Final = 100.0
#: Between HYDRUS's reports of fluxes. [d]
_REPORT: Final = 5.0


def project_column(cell: CellColumn) -> tuple[Column, Floats]:
    """Column of a cell as HYDRUS-1D can take it, and the ends of the years of the record. [d].

    It begins with the heads that its first year has left and with the contents of the start of the
    run. What HYDRUS cannot do is left out: gains, tillage, and a bund that changes, in place of
    which the surface holds the greatest depth all the time.
    """
    none = np.zeros((len(cell.metals), cell.lengths.size, len(cell.slices)))
    column, ends = daily_column(
        cell.column, cell.lengths, cell.bulk_density, replace(cell.contents, gain=none),
        cell.slices, 0.0, cell.diffusion,
    )  # fmt: skip
    assert column.weather is not None
    return (
        replace(
            column,
            top=replace(column.top, h_crit_s=bund(cell)),
            weather=replace(column.weather, bund=None),
            solutes=tuple(
                replace(solute, source=None, name=metal)
                for solute, metal in zip(column.solutes, cell.metals, strict=True)
            ),
        ),
        ends,
    )


def bund(cell: CellColumn) -> float:
    """Greatest depth of water that the surface holds. [cm]."""
    return _CM * float(cell.demand.bund.max())


def our_numbers(cell: CellColumn, column: Column, ends: Floats) -> pd.DataFrame:
    """What our daily column makes of the project, in HYDRUS's units, by year of the record.

    Returns
    -------
    DataFrame
        ``year, end_d``; amounts of the year [cm] ``percolation, runoff, transpiration,
        evaporation, infiltration`` (less evaporation) and ``storage`` at its end; ``METAL_z``, what
        left through the bottom of the layer that ends at z cm [ug cm-2]; ``balance_percolation``
        and ``balance_runoff`` of the run's water [cm].
    """
    outcome = run_columns([column], output=ends, periods=ends)
    days = np.diff(np.append(0.0, ends))
    table: dict[str, NDArray[np.generic]] = {"year": cell.record_years, "end_d": ends}
    for name in ("percolation", "runoff", "transpiration", "evaporation", "infiltration"):
        table[f"{name}_cm"] = np.diff(np.append(0.0, getattr(outcome, name)[0]))
    table["storage_cm"] = outcome.storage[0]
    faces = node_faces(column.profile.depth)
    for i, metal in enumerate(cell.metals):
        passed = outcome.solute_flux[0, i] * days[:, None]
        for depth in _CM * cell.bottoms:
            through = np.array([np.interp(depth, faces, year) for year in passed])
            table[f"{metal}_{depth:.0f}cm_ug_cm2"] = through
    share = days / 365.25
    table["balance_percolation_cm"] = _CM * cell.water.percolation[:, -1, 0, 0] * share
    table["balance_runoff_cm"] = _CM * cell.water.runoff[:, 0, 0] * share
    return pd.DataFrame(table)


def write_hydrus(cell: CellColumn, folder: Path, title: str, *, overwrite: bool = False) -> None:
    """Write the project of a cell's column, ``ours.csv`` and ``README.txt``.

    Parameters
    ----------
    cell : CellColumn
        The column.
    folder : Path
        Folder of the project.
    title : str
        What it is, in a line.
    overwrite : bool
        Whether a project that is there is replaced.

    Raises
    ------
    InputError
        If the folder is there.
    """
    column, ends = project_column(cell)
    edges = _CM * np.append(0.0, cell.bottoms)
    write_project(
        column,
        folder,
        title=title,
        output_interval=_REPORT,
        print_times=ends.tolist(),
        subregions=list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)),
        observation_depths=edges[1:].tolist(),
        overwrite=overwrite,
    )
    with replacing(folder / OURS) as beside:
        numbers = our_numbers(cell, column, ends)
        numbers.to_csv(beside, index=False, float_format="%.8g", lineterminator="\n")
    with replacing(folder / README) as beside:
        beside.write_text(readme(cell, title), encoding="utf-8", newline="\n")


def readme(cell: CellColumn, title: str) -> str:
    """Text of ``README.txt``."""
    first, last = cell.record_years[[0, -1]]
    nodes = cell.column.profile.depth.size
    depths = ", ".join(f"{_CM * depth:.0f}" for depth in cell.bottoms)
    solutes = "\n".join(f"  {i}  {metal}" for i, metal in enumerate(cell.metals, start=1))
    held = bund(cell)
    changing = (
        f"""\
- The bund changes in our run, but HYDRUS-1D has one hCritS: the surface of the project holds
  {held:g} cm all the time, the greatest depth. ours.csv is computed with that depth too; the
  columns balance_... have the bund as it changes.
"""
        if held > 0.0
        else ""
    )
    return f"""{title}

A project of HYDRUS-1D 4.xx (Pcp_File_Version=4): SELECTOR.IN, PROFILE.DAT, ATMOSPH.IN.
Units are cm, days and ug; z points up, so fluxes out of the bottom are negative in HYDRUS.

What it holds
- The soil of the cell under {cell.land_class} on {nodes} nodes, in the weather of {first}-{last};
  time 0 is the start of the first of these years, print times are their ends.
- Heads at the start are those at which our column arrives after the first year of the record,
  which wets it.
- Rain in ATMOSPH.IN is what reaches the soil: rain and irrigation less interception and less the
  storm runoff by curve number. Evaporation and transpiration are potential.
- Solutes are metals, Freundlich sorption, s = Ks c^Beta with s in ug/g and c in ug/cm3,
  at the contents of the start of the run:
{solutes}
- Subregions are the layers, which end at {depths} cm; observation nodes lie at their bottoms.

What it leaves out, and ours.csv with it
- Gains and losses of metals other than with water, and tillage: HYDRUS-1D has neither by year and
  depth.
{changing}
How to run it
- Write the path of this folder as the only line of LEVEL_01.DIR beside H1D_CALC.EXE (or a build of
  the Fortran source) and start that. Results appear in this folder.
- Builds with 4-byte reals leave larger balance errors than those with 8-byte ones.

What to compare with ours.csv, which has the amounts of each year at the print times
- percolation_cm   sum(vBot) of T_LEVEL.OUT, the sign turned
- runoff_cm        sum(RunOff): of saturated soil alone; that of storms never reached the surface
- transpiration_cm sum(vRoot)
- evaporation_cm   sum(Evap)
- infiltration_cm  sum(vTop), the sign turned; less evaporation
- storage_cm       Volume at the end of the year
- METAL_zcm_ug_cm2 what the profile of BALANCE.OUT has lost, or, at the lowest z, sum(cvBot) of
                   SOLUTEn.OUT with the sign turned, which leaves out the lowest half element;
                   above: what the subregions have lost, or the fluxes at the observation nodes
- balance_percolation_cm, balance_runoff_cm: what the yearly balance of the run took, runoff of
  storms included; percolation is that above but for the bund.
HYDRUS sums from time 0: take differences between print times. Within 1 % is agreement.
"""
