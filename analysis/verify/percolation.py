"""Cases that HYDRUS-1D has computed, computed again by our column and compared."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from analysis.verify import cases
from analysis.verify.agreement import Finding
from analysis.verify.cases import FILE, refused
from analysis.verify.percolation_agreement import (
    LIMITS,
    NOTHING,
    Tolerances,
    WaterAgreement,
    flux_efficiency,
    head_error,
    largest_error,
    outside_solute,
    outside_water,
    theta_error,
)
from analysis.verify.percolation_et import verify_evapotranspiration
from analysis.verify.percolation_outcome import Agreement, ColumnAgreement, Effort, Timing
from analysis.verify.percolation_results import (
    Masses,
    Profiles,
    SoluteSeries,
    WaterSeries,
    masses,
    profiles,
    solute_series,
    water_series,
)
from analysis.verify.percolation_solute import compare_solute
from simulator.files import read_toml
from simulator.hydrus.case import Case, EvapotranspirationCase
from simulator.hydrus.case_read import POTENTIAL_ET, read_case, read_evapotranspiration_case
from simulator.physics.percolation.batch import run_columns
from simulator.physics.percolation.column import Column
from simulator.physics.percolation.outcome import Outcome

_WARM_UP_DAYS: Final = 1.0


@dataclass(frozen=True)
class _Reference:
    """Results of a case."""

    water: WaterSeries
    profiles: Profiles | None
    solutes: tuple[SoluteSeries | None, ...]
    masses: tuple[Masses | None, ...]


@dataclass(frozen=True)
class LoadedCase:
    """A case that has been read, and what computing it takes.

    Attributes
    ----------
    case : Case or EvapotranspirationCase
        With its results.
    work : float
        Estimate, in nodes times steps times equations.
    """

    case: Case | EvapotranspirationCase
    work: float

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self.case.folder


def find_cases(folder: Path, only: Sequence[str] = ()) -> list[Path]:
    """Folders of the cases of HYDRUS-1D in and below a folder; see `analysis.verify.cases`."""
    return cases.find_cases(folder, only, foreign=("met", "receptors"))


def load_case(folder: Path) -> LoadedCase:
    """Read a case and its results.

    Raises
    ------
    InputError
        With everything that is wrong with it.
    """
    about = read_toml(folder / FILE, f"{folder.name}/{FILE}").get("case")
    if isinstance(about, dict) and about.get("kind") == POTENTIAL_ET:
        return LoadedCase(read_evapotranspiration_case(folder), 1.0)
    case = read_case(folder)
    column = case.column
    steps = (column.stop - column.start) / column.numerics.dt_max
    _reference(case)  # what is wrong with results is told before anything is computed
    return LoadedCase(case, steps * column.profile.depth.size * (1 + len(column.solutes)))


def verify_case(loaded: LoadedCase, limits: Tolerances = LIMITS) -> Agreement:
    """Compute a case and compare it with its results.

    Parameters
    ----------
    loaded : LoadedCase
        Of :func:`load_case`.
    limits : Tolerances
        What is held.

    Raises
    ------
    InputError
        If results and inputs do not belong together.
    """
    if isinstance(loaded.case, EvapotranspirationCase):
        return verify_evapotranspiration(loaded.case, limits)
    case, column = loaded.case, loaded.case.column
    reference = _reference(case)
    outcome, timing = _compute(column, reference)
    water = _water(column, outcome, reference, limits)
    solutes = tuple(
        compare_solute(case, index, outcome, expected, held, reference.profiles, limits)
        for index, (expected, held) in enumerate(
            zip(reference.solutes, reference.masses, strict=True)
        )
    )
    findings: dict[str, tuple[Finding, ...]] = {"water": tuple(outside_water(water, limits))}
    findings |= {solute.name: tuple(outside_solute(solute, limits)) for solute in solutes}
    return ColumnAgreement(
        id=case.id,
        title=case.title,
        folder=case.folder,
        nodes=column.profile.depth.size,
        timing=timing,
        effort=Effort(
            *(
                int(x[0])
                for x in (outcome.steps, outcome.iterations, outcome.forced, outcome.repeated)
            )
        ),
        water=water,
        solutes=solutes,
        findings=findings,
        notes=tuple(_notes(case)),
    )


def _reference(case: Case) -> _Reference:
    shown = profiles(case)
    count = range(len(case.column.solutes))
    found = _Reference(
        water=water_series(case),
        profiles=shown,
        solutes=tuple(solute_series(case, index) for index in count),
        masses=tuple(masses(case, index, shown) for index in count),
    )
    for index in count:
        if found.solutes[index] is None and found.masses[index] is None:
            raise refused(
                case.folder.name, f"has no results of solute {index + 1}",
                "there is solute.csv, balance.csv or profiles.csv with the columns of the solute",
                "Add its results, or leave it out.",
            )  # fmt: skip
    return found


def _notes(case: Case) -> list[str]:
    notes = []
    if case.hydraulic_tables:
        notes.append("HYDRUS interpolated the hydraulic functions in a table; we never do")
    if case.column.solutes and case.transport.time_weight != 0.5:
        weight = f"{case.transport.time_weight:g}"
        notes.append(f"HYDRUS weighted the new time by {weight} in transport; we by 0.5")
    return notes


def _compute(column: Column, reference: _Reference) -> tuple[Outcome, Timing]:
    """Run a column, compiled before the clock starts."""
    start = np.array([column.start])
    shown = [start, *(m.time for m in reference.masses if m)]
    if reference.profiles:
        shown.append(reference.profiles.time)
    output = [*shown, reference.water.time, *(s.time for s in reference.solutes if s)]
    days = min(_WARM_UP_DAYS, column.stop - column.start)
    run_columns([replace(column, stop=column.start + days)])
    times = np.unique(np.concatenate(output)), np.unique(np.concatenate(shown))
    before = time.perf_counter(), os.times().user
    outcome = run_columns([column], *times)
    seconds, user = time.perf_counter() - before[0], os.times().user - before[1]
    return outcome, Timing(seconds, user, column.stop - column.start)


def _water(
    column: Column, outcome: Outcome, reference: _Reference, limits: Tolerances
) -> WaterAgreement:
    expected, shown = reference.water, reference.profiles
    at = np.searchsorted(outcome.output_times, expected.time)
    pairs = {
        "surface": (outcome.infiltration[0, at], expected.surface),
        "roots": (outcome.transpiration[0, at], expected.roots),
        "bottom": (outcome.percolation[0, at], expected.bottom),
        "runoff": (outcome.runoff[0, at], expected.runoff),
    }
    held = float(outcome.theta[0, 0] @ column.profile.length)
    largest = max(float(np.abs(pairs[name][1]).max()) for name in ("surface", "roots", "bottom"))
    scale = max(largest, NOTHING * held)
    profile = np.searchsorted(outcome.profile_times, shown.time) if shown else None
    return WaterAgreement(
        scale=scale,
        **{name: largest_error(*pair, scale) for name, pair in pairs.items()},
        theta=theta_error(outcome.theta[0, profile], shown.theta) if shown else None,
        head=head_error(outcome.head[0, profile], shown.head) if shown else None,
        nse=flux_efficiency(*pairs["bottom"], expected.time, column.start, scale),
        balance=float(np.maximum(outcome.water_error[0], _open(outcome) / scale)),
    )


def _open(outcome: Outcome) -> float:
    """Largest error of the balance of storage and fluxes; the first output is the start. [cm]"""
    gained = outcome.infiltration[0] - outcome.transpiration[0] - outcome.percolation[0]
    return float(np.abs(outcome.storage[0] - outcome.storage[0, 0] - gained).max())
