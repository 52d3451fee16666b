"""How well computed values agree with those of a reference program: pure functions of arrays.

Computed values come first. Notation: :math:`P` computed, :math:`A` reference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.metrics import fac2

Vector = NDArray[np.float64]

#: Receptors count that hold at least this share of the largest value of the period, of the hour.
PERIOD_SHARE: Final[float] = 0.01
HOURLY_SHARE: Final[float] = 0.001
#: Hourly values below this share of the largest of all hours are left out: they lie in the far tail
#: of a Gaussian, where any small difference shows.
NOTHING: Final[float] = 1e-6
#: Values count as equal within this share: the reference prints six digits.
PRINTED: Final[float] = 1e-5
_NEAREST: Final[int] = 8


@dataclass(frozen=True)
class Tolerances:
    """Limits of agreement, all of them relative.

    Attributes
    ----------
    largest : float
        Error of a value of the period.
    fractional_bias : float
        Of the values of the period.
    fac2 : float
        Least share within a factor of two.
    deposited : float
        Error of the sum over receptors, of depositions.
    hourly : float
        Error of a value of an hour.
    hourly_within : float
        Least share of the hourly values that keep to ``hourly``.
    hourly_largest : float
        Error of a value of an hour that none may exceed, where the results hold every hour and
        receptor; in samples of receptors it is not held to a limit.
    tabulated : float
        Error of a value of the period in the tabulated mode.
    """

    largest: float = 1e-3
    fractional_bias: float = 1e-3
    fac2: float = 1.0
    deposited: float = 1e-3
    hourly: float = 1e-3
    hourly_within: float = 1.0
    hourly_largest: float = 1e-3
    tabulated: float = 5e-3


#: Stacks and volumes.
PLUMES: Final = Tolerances()
#: Groups with an area: the reference integrates over it to 1 % only.
AREAS: Final = Tolerances(
    largest=0.05,
    fractional_bias=5e-3,
    deposited=5e-3,
    hourly=0.01,
    hourly_within=0.95,
    hourly_largest=0.1,
)


@dataclass(frozen=True)
class Period:
    """Agreement of the values of a period; NaN where the reference has none.

    Attributes
    ----------
    n : int
        Receptors that count: above 1 % of the largest reference value.
    largest : float
        Largest relative error over them.
    fractional_bias, fac2 : float
        Over them.
    total : float
        Relative error of the sum over all receptors.
    spurious : int
        Receptors with a value where the reference has none at all.
    """

    n: int
    largest: float
    fractional_bias: float
    fac2: float
    total: float
    spurious: int


@dataclass(frozen=True)
class Hourly:
    """Agreement of hourly values.

    Attributes
    ----------
    n : int
        Pairs that count: from 0.1 % of the largest reference value of the hour, and from a
        millionth of the largest of all hours.
    largest : float
        Largest relative error over them.
    within : float
        Share of them within the limit.
    spurious : int
        Values in hours in which the reference has none.
    sample : bool
        Whether the reference holds some of the receptors only.
    """

    n: int
    largest: float
    within: float
    spurious: int
    sample: bool


@dataclass(frozen=True)
class Maximum:
    """Where the largest values are.

    Attributes
    ----------
    x, y : float
        Of the computed one. [m]
    x_reference, y_reference : float
        [m]
    place : str
        ``same`` receptor, ``neighbour``, ``elsewhere``; ``none`` where the reference has no values.
    """

    x: float
    y: float
    x_reference: float
    y_reference: float
    place: Literal["same", "neighbour", "elsewhere", "none"]


def relative_error(computed: Vector, reference: Vector) -> Vector:
    r""":math:`|P - A| / A`, for references above zero."""
    error: Vector = np.abs(computed - reference) / reference
    return error


def fractional_bias(computed: Vector, reference: Vector) -> float:
    r""":math:`2 (\bar P - \bar A) / (\bar P + \bar A)`, within -2 to 2; NaN where both are zero."""
    total = float(computed.sum() + reference.sum())
    return 2.0 * float((computed - reference).sum()) / total if total > 0.0 else math.nan


def period_agreement(computed: Vector, reference: Vector) -> Period:
    """Agreement of the values of a period at all receptors of a group."""
    top = float(reference.max(initial=0.0))
    if top <= 0.0:
        spurious = int(np.count_nonzero(computed > 0.0))
        return Period(0, math.nan, math.nan, math.nan, math.nan, spurious)
    counts = reference > PERIOD_SHARE * top
    p, a = computed[counts], reference[counts]
    return Period(
        n=int(counts.sum()),
        largest=float(relative_error(p, a).max()),
        fractional_bias=fractional_bias(p, a),
        fac2=fac2(p, a),
        total=abs(float(computed.sum() / reference.sum()) - 1.0),
        spurious=0,
    )


def hourly_agreement(
    computed: Vector,
    reference: Vector,
    hour: NDArray[np.int64],
    limit: float,
    sample: bool = False,
) -> Hourly:
    """Agreement of the hourly values of a group.

    Parameters
    ----------
    computed, reference : ndarray
        ``[pair]``.
    hour : ndarray of int
        Hour of each pair, from 0.
    limit : float
        Relative error for the share of pairs within it.
    sample : bool
        Whether the pairs are those of some receptors only.
    """
    top = np.zeros(int(hour.max(initial=-1)) + 1)
    np.maximum.at(top, hour, reference)
    of_hour = top[hour]
    least = NOTHING * float(reference.max(initial=0.0))
    counts = (of_hour > 0.0) & (reference >= np.maximum(HOURLY_SHARE * of_hour, least))
    spurious = int(np.count_nonzero((of_hour == 0.0) & (computed > least)))
    if not counts.any():
        return Hourly(0, math.nan, math.nan, spurious, sample)
    error = relative_error(computed[counts], reference[counts])
    within = float(np.mean(error <= limit))
    return Hourly(error.size, float(error.max()), within, spurious, sample)


def maximum_place(computed: Vector, reference: Vector, x: Vector, y: Vector) -> Maximum:
    """Compare where the largest values are.

    Reference values that are equal in the printed digits are all largest ones. Neighbours of a
    receptor are the eight nearest, and those as near as the eighth.
    """
    here = int(np.argmax(computed))
    largest = np.flatnonzero(reference >= (1.0 - PRINTED) * reference.max())
    there = here if here in largest else int(largest[0])
    places = float(x[here]), float(y[here]), float(x[there]), float(y[there])
    if reference.max() <= 0.0:
        return Maximum(*places, "none")
    if here in largest:
        return Maximum(*places, "same")
    for one in largest:
        distance = np.hypot(x - x[one], y - y[one])
        reach = np.sort(distance)[min(_NEAREST, distance.size - 1)]
        if distance[here] <= reach * (1.0 + PRINTED):
            return Maximum(*places, "neighbour")
    return Maximum(*places, "elsewhere")


@dataclass(frozen=True)
class Finding:
    """A statistic outside its limit.

    Attributes
    ----------
    statistic : str
        Which one.
    value, limit : float or str
        What it is and what it may be.
    """

    statistic: str
    value: float | str
    limit: float | str


def outside_period(found: Period, limits: Tolerances, deposition: bool) -> list[Finding]:
    """Statistics of a period that are outside their limits."""
    if found.n == 0:
        return _spurious("receptors with a value where the reference has none", found.spurious)
    checks = [
        ("largest relative error", found.largest, limits.largest),
        ("fractional bias", abs(found.fractional_bias), limits.fractional_bias),
    ]
    if deposition:
        checks.append(("relative error of the sum", found.total, limits.deposited))
    findings = [Finding(*check) for check in checks if not check[1] <= check[2]]
    if not found.fac2 >= limits.fac2:
        findings.append(Finding("FAC2", found.fac2, limits.fac2))
    return findings


def outside_tabulated(found: Period, limits: Tolerances) -> list[Finding]:
    """The same of a period in the tabulated mode: the largest error only."""
    if found.n == 0 or found.largest <= limits.tabulated:
        return []
    return [Finding("largest relative error, tabulated", found.largest, limits.tabulated)]


def outside_hourly(found: Hourly, limits: Tolerances) -> list[Finding]:
    """Statistics of hourly values that are outside their limits."""
    findings = _spurious("values in hours in which the reference has none", found.spurious)
    if found.n == 0:
        return findings
    if not found.within >= limits.hourly_within:
        name = f"share of hourly values within {100.0 * limits.hourly:g} %"
        findings.append(Finding(name, found.within, limits.hourly_within))
    if not found.sample and not found.largest <= limits.hourly_largest:
        findings.append(
            Finding("largest hourly relative error", found.largest, limits.hourly_largest)
        )
    return findings


def outside_maximum(found: Maximum) -> list[Finding]:
    """The place of the maximum, if it is neither the same receptor nor a neighbour."""
    if found.place != "elsewhere":
        return []
    return [Finding("place of the maximum", found.place, "same receptor or a neighbour")]


def _spurious(statistic: str, count: int) -> list[Finding]:
    return [Finding(statistic, float(count), 0.0)] if count else []
