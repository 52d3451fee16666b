"""Which class each unit of land turns into, so that every class gets the area it is to have.

A unit takes the class of the highest score. Each class has an offset, the same for all units, that
is raised until the class covers its demand: the iteration variable of CLUE-S [1]_. The offsets are
the prices of the classes in an assignment problem, so that the result is the map of the highest
total score among all maps that meet the demands.

References
----------
.. [1] P. H. Verburg et al. (2002), Modeling the spatial dynamics of regional land use: the CLUE-S
   model, Environmental Management 30, 391-405, doi:10.1007/s00267-002-2630-x.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.errors import InputError, Problem
from simulator.landuse.assignment import assign

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

# Weight of the draws where nothing is left to chance: it only parts units of the same score.
TIE = 1e-9
# Classes up to which all sets of them are looked at for contradictions.
MOST_TOGETHER = 12
# Sums of areas are compared to this part of the whole.
ROUNDING = 1e-9


@dataclass(frozen=True)
class ConversionRules:
    """What land may turn into, and how reluctantly.

    Attributes
    ----------
    allowed : ndarray of bool ``[from, to]``
        Conversions that may happen. Staying as it is counts as one.
    cost : ndarray ``[from, to]``
        Taken off the logarithm of the potential of a conversion. [-]
    inertia : ndarray ``[class]``
        Added to the logarithm of the potential of staying in a class. [-]
    """

    allowed: Mask
    cost: Floats
    inertia: Floats

    def __post_init__(self) -> None:
        n = len(self.inertia)
        if self.allowed.shape != (n, n) or self.cost.shape != (n, n):
            raise ValueError("allowed and cost want [class, class], inertia [class]")
        if not (np.isfinite(self.cost).all() and np.isfinite(self.inertia).all()):
            raise ValueError("costs and inertia must be finite; forbid by allowed")

    @classmethod
    def free(
        cls,
        classes: int,
        cost: ArrayLike = 0.0,
        inertia: ArrayLike = 0.0,
        fixed: Sequence[int] = (),
    ) -> ConversionRules:
        """Rules under which all may turn into all.

        Parameters
        ----------
        classes : int
            Number of classes.
        cost, inertia : array_like
            As the attributes, or one number for all.
        fixed : sequence of int
            Classes that stay as they are and that nothing turns into.

        Returns
        -------
        ConversionRules
        """
        allowed = np.ones((classes, classes), dtype=np.bool_)
        for c in fixed:
            allowed[c, :] = allowed[:, c] = False
            allowed[c, c] = True
        return cls(
            allowed,
            np.broadcast_to(np.asarray(cost, dtype=np.float64), (classes, classes)),
            np.broadcast_to(np.asarray(inertia, dtype=np.float64), (classes,)),
        )


def allocate(
    area: Floats,
    current: NDArray[np.integer],
    log_potential: NDArray[np.floating],
    demand: Floats,
    rules: ConversionRules,
    chance: float,
    draws: NDArray[np.floating],
) -> Ints:
    r"""Give each unit a class so that the classes cover the area asked for.

    The class of a unit is the one of the highest

    .. math:: \ln p_{c} - K_{f c} + R_c [c = f] + b_c + \chi G_c

    with the potential *p*, the cost *K* of turning from the present class *f*, the inertia *R*,
    chance :math:`\chi` times a standard Gumbel number *G*, and an offset *b* of the class, found so
    that the demands are met. With chance 1 and offsets 0 the class is drawn with the
    probabilities *p*; with chance 0 the map has the highest total score of all that meet them.

    Parameters
    ----------
    area : ndarray ``[unit]``
        Area of each unit. [m2]
    current : ndarray of int ``[unit]``
        Present class.
    log_potential : ndarray ``[class, unit]``
        Logarithm of the potential; -inf where a unit cannot be of the class.
    demand : ndarray ``[class]``
        Area that each class is to cover [m2]; NaN: it takes what is left, with offset 0. If none
        is NaN they add up to the area of all units.
    rules : ConversionRules
        What may turn into what.
    chance : float
        Weight of chance, 0 or more. [-]
    draws : ndarray ``[class, unit]``
        Uniform numbers in [0, 1).

    Returns
    -------
    ndarray of int ``[unit]``
        New class. If all may turn into all, no demand is missed by more than the largest unit.

    Raises
    ------
    InputError
        If no map meets the demands: the message says which classes and by how much.
    """
    scores = _scores(current, log_potential, rules, chance, draws)
    problems = contradictions(area, np.isfinite(scores), demand)
    if problems:
        raise InputError(problems)
    return assign(scores, area, demand)


def contradictions(
    area: Floats,
    possible: Mask,
    demand: Floats,
    names: Sequence[str] | None = None,
) -> list[Problem]:
    """Why no map meets the demands.

    Looks at each set of classes (Hall's condition): together they must not want more than the
    units that can be one of them, nor less than the units that can be nothing else.

    Parameters
    ----------
    area : ndarray ``[unit]``
        Area of each unit. [m2]
    possible : ndarray of bool ``[class, unit]``
        What each unit can be.
    demand : ndarray ``[class]``
        Area wanted [m2], NaN where any will do.
    names : sequence of str, optional
        Names of the classes; their numbers otherwise.

    Returns
    -------
    list of Problem
        Empty if the demands can be met (by units that could be divided).
    """
    n = len(demand)
    named = [str(c) for c in range(n)] if names is None else list(names)
    bits = np.zeros(area.size, dtype=np.int64)
    for c in range(n):
        bits |= possible[c].astype(np.int64) << c
    kinds, which = np.unique(bits, return_inverse=True)  # what units can be, as sets of classes
    held = np.bincount(which, weights=area)
    slack = ROUNDING * area.sum()
    if kinds[0] == 0 and held[0] > 0.0:
        return [
            Problem(
                "land demand",
                f"{held[0] / 1e4:.6g} ha can be of no class",
                "each unit must be allowed at least one class",
                "Allow these units to stay as they are.",
            )
        ]
    if abs(demand.sum() - area.sum()) > slack:
        return [
            Problem(
                "land demand",
                f"the classes want {demand.sum() / 1e4:.6g} ha, the land is {area.sum() / 1e4:.6g}",
                "demands of all classes add up to the land there is",
                "Change them, or let one class (NaN) take what is left.",
            )
        ]
    if kinds[0] == (1 << n) - 1 and np.all(demand >= 0.0):
        return []  # all land can be of every class, and the sums agree
    problems = []
    # All sets of classes where they are few; else each class by itself.
    groups = range(1, 1 << n) if n <= MOST_TOGETHER else [1 << c for c in range(n)]
    for group in groups:
        members = [c for c in range(n) if group >> c & 1]
        wanted = float(np.sum(demand[members]))
        if not np.isfinite(wanted):
            continue
        who = "class" + ("es " if len(members) > 1 else " ") + ", ".join(named[c] for c in members)
        most = held[(kinds & group) != 0].sum()
        least = held[(kinds & ~group) == 0].sum()
        if np.any(demand[members] < 0.0):
            what, rule = "less than nothing", "demands are areas, 0 or more"
        elif wanted > most + slack:
            what = f"{wanted / 1e4:.6g} ha where only {most / 1e4:.6g} ha can be of it"
            rule = "demands must not exceed the land that can meet them"
        elif wanted < least - slack:
            what = f"{wanted / 1e4:.6g} ha where {least / 1e4:.6g} ha can be nothing else"
            rule = "demands must take up the land that can be nothing else"
        else:
            continue
        # A set that contains a contradiction already told adds nothing.
        problems.append((group, Problem("land demand", f"{who}: {what}", rule, _FIX)))
    told: list[tuple[int, Problem]] = []
    for group, problem in sorted(problems, key=lambda p: p[0].bit_count()):
        if all(group & g != g for g, _ in told):
            told.append((group, problem))
    return [problem for _, problem in told]


_FIX = "Change the demands, or allow more conversions."


def _scores(
    current: NDArray[np.integer],
    log_potential: NDArray[np.floating],
    rules: ConversionRules,
    chance: float,
    draws: NDArray[np.floating],
) -> Floats:
    """What a unit gains by each class but for the offsets, ``[class, unit]``."""
    scores = log_potential.astype(np.float64)
    weight = chance if chance > 0.0 else TIE
    tiny = np.finfo(np.float64).tiny
    for c, row in enumerate(scores):
        row -= rules.cost[current, c]
        row[current == c] += rules.inertia[c]
        row -= weight * np.log(-np.log(np.maximum(draws[c].astype(np.float64), tiny)))
        row[~rules.allowed[current, c]] = -np.inf
    return scores
