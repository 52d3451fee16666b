"""HYDRUS's results of a case as arrays, in the signs of our columns: downward is positive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.verify.cases import refused
from simulator.hydrus.case import Case
from simulator.hydrus.case_tables import find_table, read_table
from simulator.problems import Report

Floats = NDArray[np.float64]

#: Digits of times, which files print differently. [d]
_DIGITS = 8
#: Times that differ by less than this share of the run are one.
_SAME = 1e-9
#: Tolerance of depths. [cm]
_NEAR = 1e-3


@dataclass(frozen=True)
class WaterSeries:
    """Water since the start, ``[time]``. [d, cm]"""

    time: Floats
    surface: Floats
    roots: Floats
    bottom: Floats
    runoff: Floats


@dataclass(frozen=True)
class SoluteSeries:
    """A solute since the start, ``[time]``; None what is not there. [d, ug cm-2]"""

    time: Floats
    into: Floats | None
    bottom: Floats | None
    uptake: Floats | None
    runoff: Floats | None


@dataclass(frozen=True)
class Profiles:
    """Profiles without those of the start.

    Attributes
    ----------
    time : ndarray ``[profile]``
        [d]
    head, theta : ndarray ``[profile, node]``
        [cm, -]
    concentration : tuple
        ``[profile, node]`` by solute; None where it is not there. [ug cm-3]
    """

    time: Floats
    head: Floats
    theta: Floats
    concentration: tuple[Floats | None, ...]


@dataclass(frozen=True)
class Masses:
    """A solute in the profile without the time of the start, ``[time]``.

    Attributes
    ----------
    time : ndarray
        [d]
    whole, upper : ndarray or None
        In the profile, and in its upper subregion where there is one. [ug cm-2]
    start, upper_start : float or None
        The same at the start, where the results have it. [ug cm-2]
    residual : float
        Largest residual of HYDRUS's balance; 0 if not known. [ug cm-2]
    """

    time: Floats
    whole: Floats
    upper: Floats | None
    start: float | None
    upper_start: float | None
    residual: float


def water_series(case: Case) -> WaterSeries:
    """Water of ``tlevel.csv``.

    Raises
    ------
    InputError
        If it is not there or does not fit the case.
    """
    table, where = case.results.tlevel, f"{case.folder.name}/tlevel.csv"
    if table is None:
        raise refused(
            where, "is not there", "a case holds HYDRUS's results",
            "Convert T_LEVEL.OUT; docs/verification.md has the format.",
        )  # fmt: skip
    table = _after_start(case, _timed(case, table, where))
    if table.empty:
        raise refused(
            where, "has no time after the start", "results are of times after the start",
            "Get the file again.",
        )  # fmt: skip
    surface, roots, bottom, runoff = (
        _numbers(table, name, where) for name in ("sum_vTop", "sum_vRoot", "sum_vBot", "sum_runoff")
    )
    return WaterSeries(table["time"].to_numpy(), -surface, roots, -bottom, runoff)


def solute_series(case: Case, index: int) -> SoluteSeries | None:
    """A solute of ``solute.csv``, or of ``solute_2.csv`` where it is the second.

    The columns of a second solute in ``solute.csv`` end in ``_2``. None if there is no file.

    Raises
    ------
    InputError
        If a file does not fit the case.
    """
    number = index + 1
    table, where, ending = case.results.solute, f"{case.folder.name}/solute.csv", f"_{number}"
    own = f"solute_{number}.csv"
    if find_table(case.folder, own):
        where, ending = f"{case.folder.name}/{own}", ""
        table = _read(case, own)
    elif table is not None and index == 0 and "sum_cvTop_1" not in table:
        ending = ""
    if table is None or f"sum_cvTop{ending}" not in table:
        return None
    table = _after_start(case, _timed(case, table, where))
    if table.empty:
        return None

    def series(name: str, sign: float) -> Floats | None:
        column = name + ending
        return sign * _numbers(table, column, where) if column in table else None

    return SoluteSeries(
        time=table["time"].to_numpy(),
        into=series("sum_cvTop", 1.0),
        bottom=series("sum_cvBot", -1.0),
        uptake=series("sum_cvRoot", 1.0),
        runoff=series("sum_cRunoff", 1.0),
    )


def profiles(case: Case) -> Profiles | None:
    """Profiles of ``profiles.csv``; None if there is no such file.

    Raises
    ------
    InputError
        If it does not fit the case.
    """
    table, where = case.results.profiles, f"{case.folder.name}/profiles.csv"
    if table is None:
        return None
    table = _timed(case, table, where, unique=False)
    depth = case.column.profile.depth
    for time, rows in table.groupby("time"):
        if len(rows) != depth.size or np.abs(_numbers(rows, "depth", where) - depth).max() > _NEAR:
            raise refused(
                f"{where}: time {time:g}", "its nodes are not those of the initial profile",
                "every profile has the nodes of the case, from the surface downwards",
                "Check that inputs and results belong together.",
            )  # fmt: skip
    table = _after_start(case, table)
    if table.empty:
        return None
    shape = -1, depth.size

    def values(name: str) -> Floats:
        return _numbers(table, name, where).reshape(shape)

    names = [f"conc_{number}" for number in range(1, len(case.column.solutes) + 1)]
    return Profiles(
        time=table["time"].to_numpy().reshape(shape)[:, 0],
        head=values("h"),
        theta=values("theta"),
        concentration=tuple(values(name) if name in table else None for name in names),
    )


def masses(case: Case, index: int, found: Profiles | None) -> Masses | None:
    """A solute in the profile: of ``balance.csv``, or from the profiles and the isotherm.

    Raises
    ------
    InputError
        If the file does not fit the case.
    """
    table, where = case.results.balance, f"{case.folder.name}/balance.csv"
    name = f"ConcVol_{index + 1}"
    if table is None or name not in table:
        concentration = None if found is None else found.concentration[index]
        if found is None or concentration is None:
            return None
        mass = found.theta * concentration + sorbed(case, index, concentration)
        upper = region_mass(case, mass) if len(case.subregions) > 1 else None
        return Masses(found.time, mass @ case.column.profile.length, upper, None, None, 0.0)
    table = _timed(case, table, where)
    later = _after_start(case, table)
    if later.empty:
        return None
    first = table[table["time"] <= case.column.start]
    residual = 0.0
    if f"CncBalT_{index + 1}" in later:
        residual = float(np.nanmax(np.abs(np.append(later[f"CncBalT_{index + 1}"], 0.0))))
    region = f"{name}_reg1"
    upper = None
    if region in table and len(case.subregions) > 1:
        upper = _numbers(later, region, where)
    return Masses(
        time=later["time"].to_numpy(),
        whole=_numbers(later, name, where),
        upper=upper,
        start=None if first.empty else float(_numbers(first, name, where)[-1]),
        upper_start=(
            None if first.empty or upper is None else float(_numbers(first, region, where)[-1])
        ),
        residual=residual,
    )


def sorbed(case: Case, index: int, concentration: Floats) -> Floats:
    """Sorbed solute by volume of soil at concentrations in solution ``[..., node]``. [ug cm-3]"""
    profile, solute = case.column.profile, case.column.solutes[index]
    kd, beta, eta = (x[profile.material] for x in (solute.kd, solute.beta, solute.eta))
    density = np.array([m.bulk_density for m in profile.materials])[profile.material]
    power: Floats = np.maximum(concentration, 0.0) ** beta
    return np.asarray(density * kd * power / (1.0 + eta * power))


def region_mass(case: Case, mass: Floats) -> Floats:
    """Solute in the upper subregion of masses ``[..., node]`` by volume. [ug cm-2]"""
    depth = case.column.profile.depth
    inside = depth <= case.subregions[0][1] + _NEAR
    return np.asarray(np.trapezoid(mass[..., inside], depth[inside], axis=-1))


def _read(case: Case, name: str) -> pd.DataFrame:
    table = read_table(case.folder, name, f"{case.folder.name}/{name}")
    report = Report()
    frame = pd.DataFrame({c: table.numbers(c, report) for c in map(str, table.frame)})
    report.raise_if_any()
    return frame


def _timed(case: Case, table: pd.DataFrame, where: str, unique: bool = True) -> pd.DataFrame:
    """The table with its times rounded, checked against the run, each once."""
    start, stop = case.column.start, case.column.stop
    time = np.round(_numbers(table, "time", where), _DIGITS)
    near = _SAME * (stop - start)
    time = np.where(np.abs(time - stop) <= near, stop, time)
    time = np.where(np.abs(time - start) <= near, start, time)
    outside = (time < start) | (time > stop)
    if outside.any() or np.any(np.diff(time) < 0.0):
        what = f"time {time[outside][0]:g}" if outside.any() else "times go back"
        raise refused(
            f"{where}: time", what, f"times of results rise within {start:g} to {stop:g} d",
            "Check that inputs and results belong together.",
        )  # fmt: skip
    table = table.assign(time=time)
    return table.drop_duplicates("time", keep="last") if unique else table


def _after_start(case: Case, table: pd.DataFrame) -> pd.DataFrame:
    return table[table["time"] > case.column.start]


def _numbers(table: pd.DataFrame, name: str, where: str) -> Floats:
    if name not in table:
        raise refused(
            f"{where}: {name}", "the column is missing",
            f"the columns are {', '.join(map(str, table.columns))}", "Get the file again.",
        )  # fmt: skip
    values = table[name].to_numpy(dtype=np.float64)
    if not np.isfinite(values).all():
        raise refused(
            f"{where}: {name}", "holds blanks", "results are numbers", "Get the file again."
        )
    return values
