"""Grades: from an index to a class with a number and a name, and from metals to one grade."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from analysis.assessment.values import table
from simulator.errors import InputError, Problem

Array = NDArray[np.float64]
Index = NDArray[np.int8]


@dataclass(frozen=True)
class Scheme:
    """Grades of one index, a table of ``grades.csv``.

    Attributes
    ----------
    name : str
        Name of the scheme.
    names : tuple of str
        Names of its grades, grade 1 first, which is the best.
    bounds : tuple of float
        Bounds between the grades, rising with the index.
    closed : str
        ``upper`` if a grade holds its upper bound, ``lower`` if its lower one.
    rising : bool
        Whether a higher index is a worse grade.
    source : str
        Where the grades come from.
    """

    name: str
    names: tuple[str, ...]
    bounds: tuple[float, ...]
    closed: str
    rising: bool
    source: str


def schemes() -> tuple[str, ...]:
    """Names of all schemes."""
    return tuple(dict.fromkeys(key[0] for key in table("grades").rows))


@cache
def scheme(name: str) -> Scheme:
    """One scheme by its name."""
    rows = [(key, r) for key, r in table("grades").rows.items() if key[0] == name]
    if not rows:
        raise InputError(
            Problem(
                where=f"grades {name!r}",
                what="there is no such scheme",
                rule=f"one of {', '.join(schemes())}",
                fix="Choose one of these.",
            )
        )
    rows.sort(key=lambda item: int(item[0][2]))
    lowest = [r.low for _, r in rows]
    return Scheme(
        name,
        names=tuple(key[3] for key, _ in rows),
        bounds=tuple(sorted(lowest)[1:]),
        closed=rows[0][0][1],
        rising=lowest == sorted(lowest),
        source=rows[0][1].source,
    )


def classify(name: str, values: Array) -> Index:
    """Grade of each value of an index.

    Parameters
    ----------
    name : str
        Name of the scheme.
    values : ndarray
        Index, any shape; infinities are graded. [-]

    Returns
    -------
    ndarray of int8
        1 (best) to the number of grades; 0 where the value is NaN.
    """
    found = scheme(name)
    bounds = np.array(found.bounds)
    upper_closed = found.closed == "upper"
    place = np.searchsorted(bounds, values, side="left" if upper_closed else "right")
    grade = place + 1 if found.rising else len(found.names) - place
    return np.where(np.isnan(values), 0, grade).astype(np.int8)


def names(name: str) -> tuple[str, ...]:
    """Names of the grades of a scheme, grade 1 first."""
    return scheme(name).names


def overloaded(content: Array, limit: Array) -> NDArray[np.bool_]:
    """Where the content has reached its limit; False where either is unknown."""
    over: NDArray[np.bool_] = content >= limit
    return over


def composite_worst(index: Array, *, highest_is_worst: bool) -> Array:
    """Worst metal's index over the first axis; NaN where no metal has one."""
    rank = _rank(index, highest_is_worst)
    worst = rank.max(axis=0)
    found = worst if highest_is_worst else -worst
    return np.where(np.isnan(index).all(axis=0), np.nan, found)


def worst_metal(index: Array, *, highest_is_worst: bool) -> Index:
    """Place of the worst index on the first axis, the first of equals; -1 where there is none."""
    worst = _rank(index, highest_is_worst).argmax(axis=0)
    return np.where(np.isnan(index).all(axis=0), -1, worst).astype(np.int8)


def composite_mean(index: Array) -> Array:
    """Mean of the finite values over the first axis; NaN where there is none."""
    finite = np.isfinite(index)
    count = finite.sum(axis=0)
    total = np.where(finite, index, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _rank(index: Array, highest_is_worst: bool) -> Array:
    """Badness of each value, unknown values last."""
    return np.where(np.isnan(index), -np.inf, index if highest_is_worst else -index)
