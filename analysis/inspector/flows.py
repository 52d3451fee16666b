"""What entered and left a cell: over a span of years, year by year, and by source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.ledger import Pathway

Floats = NDArray[np.float64]

#: Unit of stocks and of what moved: metal per area of the whole cell.
UNIT: Final = "mg/m\N{SUPERSCRIPT TWO}"
CONTENT_UNIT: Final = "mg/kg"


@dataclass(frozen=True, eq=False)
class Budget:
    """Metal in the layers of a cell and what each pathway did to it.

    Attributes
    ----------
    years : tuple of int ``[state]``
        Recorded years, rising.
    stock : ndarray ``[state, layer]``
        Open and sealed soil together, per area of the cell. [mg m-2]
    pathways : tuple of Pathway
        In the order of the ledger.
    effect : ndarray ``[interval, pathway, layer]``
        What each pathway added to each layer between two states. [mg m-2]
    """

    years: tuple[int, ...]
    stock: Floats
    pathways: tuple[Pathway, ...]
    effect: Floats

    def span(self, since: int, until: int) -> slice:
        """Places of the intervals between two of the years."""
        return slice(self.years.index(since), self.years.index(until))


class Step(NamedTuple):
    """A bar: what a pathway added, or took where it is negative; or what came from a source."""

    name: str
    label: str
    value: float


@dataclass(frozen=True)
class Flows:
    """What changed a stock between two years: ``start`` and all steps give ``end``.

    Attributes
    ----------
    since, until : int
        Two recorded years.
    start, end : float
        Stock at their beginning.
    steps : tuple of Step
        What added most comes first, what took most last; pathways that did nothing are left out.
    unit : str
        Of all of them, per area of the whole cell.
    residual : float
        What rounding leaves: ``end - start`` less all steps.
    """

    since: int
    until: int
    start: float
    steps: tuple[Step, ...]
    end: float
    unit: str
    residual: float


@dataclass(frozen=True, eq=False)
class Yearly:
    """What each pathway added between each two recorded years, or took where it is negative.

    Attributes
    ----------
    years, ends : tuple of int ``[interval]``
        First year of each interval, and the first one after it.
    pathways : tuple of (name, label)
        Those that did something.
    values : ndarray ``[interval, pathway]``
        Amounts of the whole interval.
    unit : str
    """

    years: tuple[int, ...]
    ends: tuple[int, ...]
    pathways: tuple[tuple[str, str], ...]
    values: Floats
    unit: str


@dataclass(frozen=True)
class BySource:
    """Where metal came from, by source tag.

    Attributes
    ----------
    since, until : int
        Two recorded years.
    gains, losses : tuple of Step
        What entered and left the whole column between them, the largest first; empty where the run
        kept no fluxes of single cells.
    unit : str
        Of gains and losses, per area of the whole cell.
    content_now : tuple of Step
        Content of the control layer at ``until``, the largest part first; they add up to it.
    content_unit : str
    """

    since: int
    until: int
    gains: tuple[Step, ...]
    losses: tuple[Step, ...]
    unit: str
    content_now: tuple[Step, ...]
    content_unit: str


def flows_of(budget: Budget, since: int, until: int, depth: int | None) -> Flows:
    """Waterfall of a layer between two recorded years, or of the whole column.

    Parameters
    ----------
    budget : Budget
    since, until : int
        Two of its years, the second one not before the first.
    depth : int or None
        Layer, 0 on top; None for all of them, among which what only moves cancels.
    """
    span = budget.span(since, until)
    stock, effect = _at(budget.stock, depth), _at(budget.effect, depth)[span].sum(axis=0)
    start, end = float(stock[span.start]), float(stock[span.stop])
    steps = _steps([p.name for p in budget.pathways], [p.label for p in budget.pathways], effect)
    residual = end - start - sum(step.value for step in steps)
    return Flows(since, until, start, steps, end, UNIT, residual)


def yearly_of(budget: Budget, depth: int | None) -> Yearly:
    """What each pathway did in each interval, to a layer or the whole column; see `flows_of`."""
    effect = _at(budget.effect, depth)
    acting = np.flatnonzero(np.any(effect != 0.0, axis=0))
    return Yearly(
        budget.years[:-1], budget.years[1:],
        tuple((budget.pathways[k].name, budget.pathways[k].label) for k in acting),
        effect[:, acting], UNIT,
    )  # fmt: skip


def by_source_of(
    span: tuple[int, int],
    tags: Mapping[str, str],
    content: NDArray[Any],
    gain: NDArray[Any] | None,
    loss: NDArray[Any] | None,
) -> BySource:
    """Gains, losses and content by source.

    Parameters
    ----------
    span : (since, until)
        Two recorded years.
    tags : mapping of str to str
        Tags and their names for people, in the order of the axis ``tag``.
    content : ndarray ``[tag]``
        Of the control layer at ``until``. [mg kg-1]
    gain, loss : ndarray ``[interval, tag]`` or None
        Of the intervals of the span. [mg m-2]
    """

    def ranked(values: NDArray[Any] | None) -> tuple[Step, ...]:
        return () if values is None else _steps(list(tags), list(tags.values()), values)

    def summed(values: NDArray[Any] | None) -> Floats | None:
        return None if values is None else values.sum(axis=0, dtype=np.float64)

    return BySource(
        *span, ranked(summed(gain)), ranked(summed(loss)), UNIT, ranked(content), CONTENT_UNIT
    )


def _at(values: Floats, depth: int | None) -> Floats:
    """Values ``[..., layer]`` of a layer, or of all together."""
    return values.sum(axis=-1) if depth is None else values[..., depth]


def _steps(names: Sequence[str], labels: Sequence[str], values: NDArray[Any]) -> tuple[Step, ...]:
    """Values that are not 0, the largest first."""
    order = [int(k) for k in np.argsort(-values, kind="stable") if values[k] != 0.0]
    return tuple(Step(names[k], labels[k], float(values[k])) for k in order)
