"""How well a soil column agrees with a reference program's: pure functions of arrays.

Computed values come first. Errors of amounts are relative to what matters in the case, not to the
amount itself: a hundredth of nothing is nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.metrics import r2, rmse
from analysis.verify.agreement import Finding

Floats = NDArray[np.float64]

#: Amounts below this share of all that there is are nothing.
NOTHING: Final[float] = 1e-6
#: Values that vary less than this share of their scale are constant: their efficiency would
#: compare one rounding with another.
CONSTANT: Final[float] = 1e-3
#: Head below which the logarithms of heads are compared. [cm]
UNSATURATED: Final[float] = -10.0
#: Least suction of a computed head in logarithms. [cm]
_LEAST_SUCTION: Final[float] = 0.01
#: Concentrations are compared by their logarithms where they span this factor.
_DECADES: Final[float] = 100.0


@dataclass(frozen=True)
class Tolerances:
    """Limits of agreement.

    Attributes
    ----------
    flux : float
        Error of a cumulative flux of water, relative to the largest. [-]
    theta : float
        Root mean square error of water contents. [-]
    head : float
        The same of ``log10(-h)``. [-]
    nse : float
        Least Nash-Sutcliffe efficiency. [-]
    solute : float
        Error of an amount of solute, unless HYDRUS's own residual is larger. [-]
    balance : float
        Our own balance errors. [-]
    evapotranspiration : float
        Error of a day, relative to the largest, beside the rounding of what is printed; FAO-56
        gives its constants with three digits. [-]
    """

    flux: float = 5e-3
    theta: float = 3e-3
    head: float = 0.05
    nse: float = 0.99
    solute: float = 0.01
    balance: float = 1e-8
    evapotranspiration: float = 5e-4


LIMITS: Final = Tolerances()


@dataclass(frozen=True)
class WaterAgreement:
    """Agreement of the water of a case; None where it has no meaning or no reference.

    Attributes
    ----------
    scale : float
        Largest cumulative flux through surface, roots and bottom. [cm]
    surface, roots, bottom, runoff : float
        Largest error of the cumulative flux at any output time, relative to ``scale``. [-]
    theta : float or None
        Root mean square error of the worst print time. [-]
    head : float or None
        The same of ``log10(-h)`` where the reference is below -10 cm. [-]
    nse : float or None
        Nash-Sutcliffe efficiency of the mean flux out of the bottom between output times. [-]
    balance : float
        Our own balance error: what the equations leave open over the water that passed, or storage
        against fluxes over ``scale``, whichever is larger. [-]
    """

    scale: float
    surface: float
    roots: float
    bottom: float
    runoff: float
    theta: float | None
    head: float | None
    nse: float | None
    balance: float


@dataclass(frozen=True)
class Amount:
    """Agreement of an amount of solute over the times at which the reference has it.

    Attributes
    ----------
    computed, reference : float
        At the last time. [ug cm-2]
    scale : float
        What the error is relative to. [ug cm-2]
    error : float
        Largest at any time, relative to ``scale``. [-]
    limit : float
        What it may be. [-]
    """

    computed: float
    reference: float
    scale: float
    error: float
    limit: float

    @property
    def within(self) -> bool:
        """Whether the error is within its limit."""
        return self.error <= self.limit


@dataclass(frozen=True)
class SoluteAgreement:
    """Agreement of a solute; None where the reference has nothing to compare with.

    Attributes
    ----------
    name : str
        As in the case, or its number.
    residual : float
        Largest residual of HYDRUS's own balance; 0 if not known. [ug cm-2]
    into, uptake, runoff : Amount or None
        Through the surface, into roots and off with runoff.
    bottom : Amount or None
        Out of the bottom, against HYDRUS's flux.
    lost : Amount or None
        Out of the bottom, against what HYDRUS's profile has lost.
    remaining : Amount or None
        In the profile.
    leached : Amount or None
        Out of the upper subregion, downwards and into roots.
    nse : float or None
        Nash-Sutcliffe efficiency of the concentrations of the worst print time. [-]
    balance : float
        Our own balance error, over all solute that there was. [-]
    """

    name: str
    residual: float
    into: Amount | None
    uptake: Amount | None
    runoff: Amount | None
    bottom: Amount | None
    lost: Amount | None
    remaining: Amount | None
    leached: Amount | None
    nse: float | None
    balance: float


def largest_error(computed: Floats, reference: Floats, scale: float) -> float:
    """Largest absolute difference over ``scale``; NaN if a value is."""
    return float(np.abs(computed - reference).max()) / scale


def amount(
    computed: Floats, reference: Floats, scale: float, residual: float, limits: Tolerances = LIMITS
) -> Amount:
    """Compare an amount of solute over time.

    Parameters
    ----------
    computed, reference : ndarray
        ``[time]``. [ug cm-2]
    scale : float
        Amount that the error is relative to; above 0. [ug cm-2]
    residual : float
        Residual of the reference's own balance, which it may be off by. [ug cm-2]
    limits : Tolerances
    """
    return Amount(
        computed=float(computed[-1]),
        reference=float(reference[-1]),
        scale=scale,
        error=largest_error(computed, reference, scale),
        limit=max(limits.solute, residual / scale),
    )


def efficiency(computed: Floats, reference: Floats, scale: float) -> float | None:
    """Nash-Sutcliffe efficiency; None where the reference is constant in units of ``scale``."""
    if reference.size < 2 or float(reference.std()) <= CONSTANT * scale:
        return None
    return float(r2(computed, reference))


def flux_efficiency(
    computed: Floats, reference: Floats, time: Floats, start: float, scale: float
) -> float | None:
    """Nash-Sutcliffe efficiency of mean fluxes between output times.

    Parameters
    ----------
    computed, reference : ndarray
        Amounts since the start, ``[time]``. [cm]
    time : ndarray
        Rising, after the start. [d]
    start : float
        [d]
    scale : float
        Amount that matters; a flux that varies by less than a thousandth of its mean over the
        whole time is constant. [cm]

    Returns
    -------
    float or None
        None where the reference's flux is constant or nil.
    """
    days = np.diff(time, prepend=start)
    mean, expected = (np.diff(x, prepend=0.0) / days for x in (computed, reference))
    return efficiency(mean, expected, scale / float(time[-1] - start))


def theta_error(computed: Floats, reference: Floats) -> float:
    """Root mean square error of the worst profile of ``[profile, node]``."""
    return _worst(rmse(p, a) for p, a in zip(computed, reference, strict=True))


def head_error(computed: Floats, reference: Floats) -> float | None:
    """Root mean square error of ``log10(-h)`` of the worst profile of ``[profile, node]``. [cm].

    Only nodes at which the reference is below -10 cm count; None if there are none.
    """
    errors = []
    for p, a in zip(computed, reference, strict=True):
        dry = a < UNSATURATED
        if dry.any():
            suction = np.maximum(-p[dry], _LEAST_SUCTION)
            errors.append(rmse(np.log10(suction), np.log10(-a[dry])))
    return _worst(errors) if errors else None


def concentration_efficiency(computed: Floats, reference: Floats) -> float | None:
    """Nash-Sutcliffe efficiency of the worst profile of ``[profile, node]``. [ug cm-3].

    Concentrations below a millionth of the largest of all profiles count as this millionth, and
    not at all where both are below. Profiles that span two decades are compared by their
    logarithms; profiles that are constant or empty are left out, and None is given if all are.
    """
    largest = float(reference.max(initial=0.0))
    floor = NOTHING * largest
    worst: list[float] = []
    for p, a in zip(computed, reference, strict=True):
        counts = (a > floor) | ~(p <= floor)  # NaN counts
        low, high = np.maximum(p[counts], floor), np.maximum(a[counts], floor)
        if not counts.any() or largest <= 0.0:
            continue
        if high.max() >= _DECADES * high.min():
            value = efficiency(np.log10(low), np.log10(high), 1.0)
        else:
            value = efficiency(low, high, largest)
        if value is not None:
            worst.append(value)
    return float(np.min(worst)) if worst else None


def outside_water(found: WaterAgreement, limits: Tolerances = LIMITS) -> list[Finding]:
    """Statistics of the water of a case that are outside their limits."""
    checks = [
        ("largest error of the flux through the surface", found.surface, limits.flux),
        ("largest error of the uptake by roots", found.roots, limits.flux),
        ("largest error of the flux out of the bottom", found.bottom, limits.flux),
        ("largest error of the runoff", found.runoff, limits.flux),
        ("RMSE of water contents", found.theta, limits.theta),
        ("RMSE of log10(-h)", found.head, limits.head),
        ("error of our water balance", found.balance, limits.balance),
    ]
    findings = [Finding(n, v, most) for n, v, most in checks if v is not None and not v <= most]
    return findings + _inefficient("NSE of the percolation", found.nse, limits.nse)


def outside_solute(found: SoluteAgreement, limits: Tolerances = LIMITS) -> list[Finding]:
    """Statistics of a solute that are outside their limits.

    What leaves through the bottom has to agree with HYDRUS's flux or with what HYDRUS's profile
    has lost, one of them at all times. The two differ: HYDRUS's bottom condition loses sight of
    the lowest half element (then the mass is right), and masses that hardly change carry the
    residual of the iterations (then the flux is right). From outside the causes cannot be told
    apart.
    """
    findings = [
        Finding(f"largest error of {what}", entry.error, entry.limit)
        for what, entry in (
            ("the solute that came in", found.into),
            ("the solute in roots", found.uptake),
            ("the solute in runoff", found.runoff),
            ("the solute that remains", found.remaining),
            ("the solute out of the upper subregion", found.leached),
        )
        if entry is not None and not entry.within
    ]
    ways = [way for way in (found.bottom, found.lost) if way is not None]
    if ways and not any(way.within for way in ways):
        best = min(ways, key=lambda way: way.error / way.limit)
        findings.append(Finding("largest error of the leached solute", best.error, best.limit))
    if not found.balance <= limits.balance:
        findings.append(Finding("error of our solute balance", found.balance, limits.balance))
    return findings + _inefficient("NSE of concentrations", found.nse, limits.nse)


def _inefficient(statistic: str, value: float | None, limit: float) -> list[Finding]:
    if value is None or value >= limit:
        return []
    return [Finding(statistic, value, limit)]


def _worst(values: Iterable[float]) -> float:
    return float(np.max(np.fromiter(values, dtype=np.float64)))
