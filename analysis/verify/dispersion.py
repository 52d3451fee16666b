"""Cases that AERMOD has computed, computed again by the native engine and compared."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.verify import cases
from analysis.verify.agreement import (
    AREAS,
    PLUMES,
    Hourly,
    Tolerances,
    hourly_agreement,
    maximum_place,
    outside_hourly,
    outside_maximum,
    outside_period,
    outside_tabulated,
    period_agreement,
)
from analysis.verify.cases import FILE, refused
from analysis.verify.outcome import CaseAgreement, OutputAgreement, Timing
from analysis.verify.results import OUTPUTS, matched_hours, matched_period
from simulator.aermod.case import Case, CaseSource
from simulator.aermod.case import Hours as Counts
from simulator.aermod.case_read import read_case, read_results
from simulator.aermod.met_files import read_meteorology
from simulator.physics.dispersion.engine import Dispersed, Receptors, disperse
from simulator.physics.dispersion.hours import Hours, prepare
from simulator.physics.dispersion.meteorology import CALM, MISSING, status
from simulator.physics.dispersion.sources import Area, Source, Substance
from simulator.physics.dispersion.urban import urbanise

Floats = NDArray[np.float64]
#: Told of work done, in receptor-hours of a stack computed exactly.
Progress = Callable[[float], None]

_MICRO: Final[float] = 1e6  # ug per g
#: Work of a receptor-hour, compared with that of a stack computed exactly.
_AREA_WORK: Final[float] = 8.0
_TABULATED_WORK: Final[float] = 0.1
_WARM_UP_HOURS: Final[int] = 24


@dataclass(frozen=True)
class _Plume:
    """Sources of one geometry in the same air, and their different substances."""

    source: Source
    urban: bool
    members: tuple[CaseSource, ...]
    substances: tuple[Substance, ...]

    @property
    def area(self) -> bool:
        return isinstance(self.source, Area)


@dataclass(frozen=True)
class _Values:
    """Values of a source: period ``[receptor]``, hourly ``[hour, kept receptor]``, by column."""

    period: dict[str, Floats]
    hourly: dict[str, Floats]


@dataclass(frozen=True)
class LoadedCase:
    """A case that has been read, with its results and what computing it takes.

    Attributes
    ----------
    case : Case
        Inputs.
    results : dict of str to DataFrame
        See :func:`simulator.aermod.case_read.read_results`.
    work : float
        Estimate, in receptor-hours of a stack computed exactly.
    """

    case: Case
    results: dict[str, pd.DataFrame]
    work: float

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self.case.folder


def find_cases(folder: Path, only: Sequence[str] = ()) -> list[Path]:
    """Folders of the cases of AERMOD in and below a folder; see `analysis.verify.cases`."""
    return cases.find_cases(folder, only, foreign=("case", "layer"))


def load_case(folder: Path) -> LoadedCase:
    """Read a case and its results.

    Raises
    ------
    InputError
        With everything that is wrong with it.
    """
    case = read_case(folder)
    if not case.stack_tip_downwash:
        raise refused(
            f"{folder.name}/{FILE}: options.stack_tip_downwash", "found false",
            "the native model always has stack-tip downwash",
            "Compute the case with it (without NOSTD).",
        )  # fmt: skip
    if not all(case.groups.values()):
        raise refused(
            f"{folder.name}/{FILE}: groups", "a group without sources",
            "a group is the sum of its sources", "Name its sources, or leave it out.",
        )  # fmt: skip
    results = read_results(case)
    hours = case.hours.processed if case.hours else 0
    work = 0.0
    for plume in _plumes(case):
        work += _AREA_WORK if plume.area else 1.0
        work += _TABULATED_WORK if _tabulates(case, plume) else 0.0
    return LoadedCase(case, results, work * hours * len(case.receptors))


def verify_case(
    loaded: LoadedCase,
    plumes: Tolerances = PLUMES,
    areas: Tolerances = AREAS,
    progress: Progress | None = None,
) -> CaseAgreement:
    """Compute a case in every mode that applies and compare it with its results.

    Parameters
    ----------
    loaded : LoadedCase
        Of :func:`load_case`.
    plumes, areas : Tolerances
        Limits for groups without and with area sources.
    progress : callable, optional
        Told how much of ``loaded.work`` has been done since the last call.

    Raises
    ------
    InputError
        If the meteorology is wrong, or results and inputs do not belong together.
    """
    case = loaded.case
    met = read_meteorology(
        case.surface_file, case.profile_file, first_day=case.first_day, last_day=case.last_day
    )
    period = matched_period(case, loaded.results["period"])
    kind = "hourly" if "hourly" in loaded.results else "hourly_sample"
    table = matched_hours(case, kind, loaded.results.get(kind), met)
    keep = np.unique(table["receptor"].to_numpy()) if table is not None else np.zeros(0, np.int64)
    air = prepare(met, case.profile_base)
    town = urbanise(air, case.urban.population, case.urban.roughness) if case.urban else air
    tell = progress or (lambda done: None)
    run = _Run(case, air, town, keep, tell)
    exact, exact_timing = run.compute(_plumes(case), tabulated=False)
    some = [plume for plume in _plumes(case) if _tabulates(case, plume)]
    tabulated, tabulated_timing = run.compute(some, tabulated=True) if some else ({}, None)
    sample = kind != "hourly"
    outputs = []
    for group, names in case.groups.items():
        rows = table[table["group"] == group] if table is not None else None
        area = any(isinstance(s.source, Area) for s in case.sources if s.id in names)
        for column, word in OUTPUTS.items():
            if word not in case.outputs:
                continue
            limits = areas if area else plumes
            reference = period[group][column]
            computed = _sum(exact, names, column)
            whole = period_agreement(computed, reference)
            place = maximum_place(computed, reference, case.receptors.x, case.receptors.y)
            findings = outside_period(whole, limits, word != "CONC") + outside_maximum(place)
            hourly = quick = None
            if rows is not None and len(rows):
                hourly = _hourly(exact, names, column, keep, rows, limits.hourly, sample)
                findings += outside_hourly(hourly, limits)
            if all(name in tabulated for name in names):
                quick = period_agreement(_sum(tabulated, names, column), reference)
                findings += outside_tabulated(quick, limits)
            name, told = column.partition("_")[0], tuple(findings)
            outputs.append(OutputAgreement(group, name, area, whole, hourly, quick, place, told))
    state = status(met)
    calm, missing = (int(np.count_nonzero(state == code)) for code in (CALM, MISSING))
    return CaseAgreement(
        id=case.id,
        title=case.title,
        folder=case.folder,
        receptors=len(case.receptors),
        plumes=len(_plumes(case)),
        hours=Counts(len(met), calm, missing),
        hours_reference=case.hours or Counts(0, 0, 0),
        exact=exact_timing,
        tabulated=tabulated_timing,
        outputs=tuple(outputs),
    )


@dataclass(frozen=True)
class _Run:
    """What all plumes of a case share."""

    case: Case
    air: Hours
    town: Hours
    keep: NDArray[np.int64]
    tell: Progress

    def compute(
        self, plumes: Sequence[_Plume], tabulated: bool
    ) -> tuple[dict[str, _Values], Timing]:
        """Values by source, and the time that they took."""
        points = self.case.receptors
        receptors = Receptors.of(points.x, points.y, points.ground, points.hill, points.flagpole)
        few = Receptors.of(*(a[:2] for a in vars(receptors).values()))
        for kind in {plume.area: plume for plume in plumes}.values():  # compiles
            self._disperse(kind, _first(self.air, _WARM_UP_HOURS), few, tabulated, None)
        values: dict[str, _Values] = {}
        seconds = user = 0.0
        for plume in plumes:
            work = _TABULATED_WORK if tabulated else _AREA_WORK if plume.area else 1.0
            work *= len(receptors)
            before = time.perf_counter(), os.times().user
            hours = self.town if plume.urban else self.air
            done = self._disperse(plume, hours, receptors, tabulated, self._scaled(work))
            seconds += time.perf_counter() - before[0]
            user += os.times().user - before[1]
            for member in plume.members:
                values[member.id] = _values(
                    done, plume.substances.index(member.substance), member.rate
                )
        count = len(plumes) * len(receptors) * int(self.air.valid.sum())
        return values, Timing(seconds, user, count)

    def _scaled(self, work: float) -> Callable[[int], None]:
        return lambda hours: self.tell(hours * work)

    def _disperse(
        self,
        plume: _Plume,
        hours: Hours,
        receptors: Receptors,
        tabulated: bool,
        progress: Callable[[int], None] | None,
    ) -> Dispersed:
        case = self.case
        return disperse(
            plume.source, plume.substances, hours, receptors, ground=case.ground, flat=case.flat,
            dry_depletion=case.dry_depletion, wet_depletion=case.wet_depletion,
            keep=self.keep if progress and not tabulated else None, tabulated=tabulated,
            progress=progress,
        )  # fmt: skip


def _plumes(case: Case) -> list[_Plume]:
    """Sources of a case by what they share."""
    shared: dict[tuple[Source, bool], list[CaseSource]] = {}
    for source in case.sources:
        shared.setdefault((source.source, source.urban), []).append(source)
    return [
        _Plume(source, urban, tuple(members), tuple(dict.fromkeys(m.substance for m in members)))
        for (source, urban), members in shared.items()
    ]


def _tabulates(case: Case, plume: _Plume) -> bool:
    return case.flat and not plume.area and float(np.ptp(case.receptors.flagpole)) == 0.0


def _first(hours: Hours, count: int) -> Hours:
    part = slice(0, count)
    return replace(
        hours,
        valid=hours.valid[part],
        scales=hours.scales[part],
        profiles=hours.profiles[part],
        met=hours.met.select(part),
    )


def _values(done: Dispersed, index: int, rate: float) -> _Values:
    """Values of a source in the units of the results; ``rate`` in g/s."""
    period = {
        "conc_ug_m3": done.concentration[:, index] * (_MICRO * rate),
        "ddep_g_m2": done.dry[:, index] * rate,
        "wdep_g_m2": done.wet[:, index] * rate,
    }
    factors = {"conc_ug_m3": _MICRO * rate, "ddep_g_m2": rate, "wdep_g_m2": rate}
    hourly = {
        name: done.hourly[:, :, index, quantity] * factor
        for quantity, (name, factor) in enumerate(factors.items())
    }
    for values in (period, hourly):
        values["depos_g_m2"] = values["ddep_g_m2"] + values["wdep_g_m2"]
    return _Values(period, hourly)


def _sum(values: dict[str, _Values], names: Sequence[str], column: str) -> Floats:
    total: Floats = np.sum([values[name].period[column] for name in names], axis=0)
    return total


def _hourly(
    values: dict[str, _Values],
    names: Sequence[str],
    column: str,
    keep: NDArray[np.int64],
    rows: pd.DataFrame,
    limit: float,
    sample: bool,
) -> Hourly:
    hour = rows["hour"].to_numpy()
    where = hour, np.searchsorted(keep, rows["receptor"].to_numpy())
    computed = np.sum([values[name].hourly[column][where] for name in names], axis=0)
    return hourly_agreement(computed, rows[column].to_numpy(), hour, limit, sample)
