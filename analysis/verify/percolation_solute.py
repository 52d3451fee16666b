"""A solute of our column against HYDRUS's."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.verify.percolation_agreement import (
    LIMITS,
    NOTHING,
    Amount,
    SoluteAgreement,
    Tolerances,
    amount,
    concentration_efficiency,
)
from analysis.verify.percolation_results import Masses, Profiles, SoluteSeries, region_mass
from simulator.hydrus.case import Case
from simulator.physics.percolation.outcome import Outcome

Floats = NDArray[np.float64]

#: Least amount that errors are relative to, where a case has no solute at all. [ug cm-2]
_LEAST: Final = 1e-30
_FLUXES: Final = ("into", "bottom", "uptake", "runoff")


def compare_solute(
    case: Case,
    index: int,
    outcome: Outcome,
    expected: SoluteSeries | None,
    held: Masses | None,
    shown: Profiles | None,
    limits: Tolerances = LIMITS,
) -> SoluteAgreement:
    """Compare a solute; where the reference is silent on what came in, ours stands in.

    Parameters
    ----------
    case : Case
    index : int
        Of the solute.
    outcome : Outcome
        At the times of all that follows; its first profile is that of the start.
    expected : SoluteSeries or None
    held : Masses or None
    shown : Profiles or None
    limits : Tolerances
    """
    found = {
        "into": outcome.solute_in[0, index],
        "bottom": outcome.solute_out[0, index],
        "uptake": outcome.solute_uptake[0, index],
        "runoff": outcome.solute_runoff[0, index],
    }
    theirs: dict[str, Floats] = {}
    if expected is not None:
        theirs = {n: x for n in _FLUXES if (x := getattr(expected, n)) is not None}

    def known(name: str, at: Floats) -> Floats:
        """Their flux since the start, or ours, at some times."""
        time, values = outcome.output_times, found[name]
        if expected is not None and name in theirs:
            time = np.append(case.column.start, expected.time)
            values = np.append(0.0, theirs[name])
        return np.interp(at, time, values)

    mass = outcome.mass[0, index]
    whole, upper = mass @ case.column.profile.length, region_mass(case, mass)
    start = float(whole[0]) if held is None or held.start is None else held.start
    ever = start + max(0.0, float(known("into", outcome.output_times).max()))
    lost = None
    if held is not None:
        lost = start - held.whole + known("into", held.time) - known("uptake", held.time)
    largest = [float(np.abs(x).max()) for x in (*theirs.values(), lost) if x is not None]
    if "bottom" in theirs and lost is not None:
        largest.pop()  # of the two ways to say what left, the flux
    scale = max(*largest, NOTHING * ever, _LEAST)
    residual = 0.0 if held is None else held.residual

    def compare(computed: Floats, reference: Floats, scale: float) -> Amount:
        return amount(computed, reference, scale, residual, limits)

    fluxes: dict[str, Amount] = {}
    if expected is not None:
        at = np.searchsorted(outcome.output_times, expected.time)
        fluxes = {name: compare(found[name][at], x, scale) for name, x in theirs.items()}
    if held is not None and lost is not None:
        then = np.searchsorted(outcome.profile_times, held.time)
        at = np.searchsorted(outcome.output_times, held.time)
        fluxes["lost"] = compare(found["bottom"][at], lost, scale)
        fluxes["remaining"] = compare(whole[then], held.whole, max(ever, _LEAST))
        if held.upper is not None:
            first = float(upper[0]) if held.upper_start is None else held.upper_start
            left = first - held.upper + known("into", held.time)
            gone = max(float(np.abs(left).max()), NOTHING * ever, _LEAST)
            fluxes["leached"] = compare(upper[0] - upper[then] + found["into"][at], left, gone)
    concentration = None if shown is None else shown.concentration[index]
    nse = None
    if shown is not None and concentration is not None:
        then = np.searchsorted(outcome.profile_times, shown.time)
        nse = concentration_efficiency(outcome.concentration[0, index, then], concentration)
    return SoluteAgreement(
        name=_label(case, index),
        residual=residual,
        **{n: fluxes.get(n) for n in (*_FLUXES, "lost", "remaining", "leached")},
        nse=nse,
        balance=_balance(outcome, found, whole),
    )


def _label(case: Case, index: int) -> str:
    """Name of a solute that no other has, and that is not that of the water."""
    names = [solute.name for solute in case.column.solutes]
    name = names[index]
    return (
        name
        if name not in ("", "water") and names.count(name) == 1
        else (f"{name or 'solute'} {index + 1}")
    )


def _balance(outcome: Outcome, found: dict[str, Floats], whole: Floats) -> float:
    """Our own balance error at all times of profiles, over all solute that there was. [-]"""
    at = np.searchsorted(outcome.output_times, outcome.profile_times)
    into, bottom, uptake = (found[name][at] for name in ("into", "bottom", "uptake"))
    error = whole - whole[0] - into + bottom + uptake
    ever = max(float(whole[0] + into.max()), _LEAST)
    return float(np.abs(error).max()) / ever
