r"""One year of sliced columns: transport between slices, and losses.

For the stock :math:`M_s` [kg m-2 of cell] of one metal in slice :math:`s`, with the content
:math:`X` of its soil and the concentration :math:`c` in solution,

.. math:: \frac{dM_s}{dt} = I_s + J_{s-1/2} - J_{s+1/2} - w_s g c_s - k_s M_s, \quad
          J_{s+1/2} = g\,(a\,c_s - b\,c_{s+1}) - u_{s+1} M_{s+1}

where :math:`g` is the open share of the cell, :math:`I` the inputs, :math:`w` water that carries
solution off sideways, :math:`k` the loss rates in proportion to content, :math:`a, b` [m yr-1] what
water and dispersion exchange through a face, and :math:`u_s` the part of a slice that rises into
the one above in a year, as erosion lowers the surface (:math:`u_1 = 0`: what leaves at the surface
is erosion, in :math:`k`). The solution follows from the content that is sorbed,

.. math:: c = A (X - \theta c/\rho)^n \approx
          \frac{A X^n}{1 + \max(n, 1)\,\theta A X^n/(\rho X)}

(exact for :math:`n = 1`).

Thin slices exchange fast, what matters is slow: a step is solved with Alexander's two-stage method,
which is of second order and damps whatever is fast (L-stable). Each stage is a tridiagonal system,
with the isotherm as a secant taken again at its solution, and all fluxes of a step are the same
mean of its stages, so that the balance closes to rounding. A year in which no slice changes at a
rate above :data:`CHANGE` of its stock is one step; otherwise the first step is short enough for
that, and each further one, but for the second, is twice as long as the one before. Where the second
stage would start from less than nothing, the step is made of two backward Euler steps of the
lengths of the stages, which cannot.

The loops run over cells innermost, so that they vectorise; a cell that needs fewer steps than its
neighbours goes through the rest with a step of no length, so what it does depends on itself alone.

References
----------
Alexander, R. (1977): Diagonally implicit Runge-Kutta methods for stiff O.D.E.'s. SIAM J. Numer.
Anal. 14, 1006-1021. doi:10.1137/0714068
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.power import power_row

Array = NDArray[np.float64]

#: Largest relative change of a slice in the first step of a year.
CHANGE: Final = 0.25
#: Most halvings of the year to the first step.
MOST_HALVINGS: Final = 10
#: Times that a stage is solved where the isotherm is curved.
PASSES: Final = 2
_GAMMA: Final = 1.0 - math.sqrt(0.5)
_TINY: Final = 1e-30  # content below which a metal counts as absent [kg kg-1]


class Soil(NamedTuple):
    """What a block of cells is made of, arrays ``[slice, cell]``."""

    per_mass: Array  #: 1 / dry soil; 0 where there is none. [m2 kg-1]
    pore_water: Array  #: [m]
    coefficient: Array  #: ``A`` of the metal. [kg m-3]
    ahead: Array  #: ``a`` of the face above, ``[slice + 1, cell]``. [m yr-1]
    behind: Array  #: ``b`` of the face above, ``[slice + 1, cell]``. [m yr-1]
    washed: Array  #: ``w``. [m yr-1]
    lift: Array  #: ``u``; 0 in the uppermost slice. [yr-1]
    per_ground: Array  #: 1 / open share, ``[cell]``; 0 where there is none.


class Work(NamedTuple):
    """Scratch and results of a block, arrays ``[slice, cell]``."""

    stock: Array  #: at the start; at the end of the year
    gain: Array  #: [kg m-2 yr-1]
    rate: Array  #: ``k + u`` [yr-1]
    stage: Array
    known: Array  #: what a stage starts from
    mobility: Array  #: ``g c / M`` [m-1]
    upper: Array
    right: Array
    content: Array  #: ``[cell]``
    power: Array  #: ``[cell]``
    bits: NDArray[np.int64]  #: ``[cell]``
    halvings: NDArray[np.int64]  #: of the year to the first step, ``[cell]``
    length: Array  #: of the step, ``[cell]`` [yr]
    implicit: Array  #: part of the step that a stage is implicit in, ``[cell]`` [-]
    share: Array  #: of a stage in the step, ``[cell]`` [-]
    held: Array  #: integral of the stock over the year. [kg m-2 yr]
    moved: Array  #: integral of ``g c``. [kg m-3 yr]


@njit(cache=True, nogil=True, error_model="numpy")
def _mobility(stock: Array, soil: Soil, exponent: float, w: Work) -> None:
    """Write ``g c / M`` for a stock, ``c = A X^(exponent + 1)``."""
    blocked = max(exponent + 1.0, 1.0)
    width = w.content.size
    content, power = w.content, w.power
    for s in range(stock.shape[0]):
        row, out = stock[s], w.mobility[s]
        per_mass, a = soil.per_mass[s], soil.coefficient[s]
        pore = soil.pore_water[s]
        if exponent == 0.0:
            for j in range(width):
                power[j] = 1.0
        else:
            for j in range(width):
                content[j] = max(row[j] * per_mass[j] * soil.per_ground[j], _TINY)
            power_row(content, exponent, power, w.bits)
        for j in range(width):
            free = a[j] * per_mass[j] * power[j]
            out[j] = free / (1.0 + blocked * pore[j] * free)


@njit(cache=True, nogil=True, error_model="numpy")
def _count_halvings(soil: Soil, exponent: float, w: Work) -> None:
    """Write how often each cell halves the year for its first step."""
    _mobility(w.stock, soil, exponent, w)
    n, width = w.stock.shape
    worst = w.length
    worst[:] = 0.0
    for s in range(n):
        stock, gain, rate = w.stock[s], w.gain[s], w.rate[s]
        mobility, to_below, to_above = w.mobility[s], soil.ahead[s + 1], soil.behind[s]
        washed, change = soil.washed[s], w.power
        for j in range(width):
            away = mobility[j] * (to_below[j] + to_above[j] + washed[j]) + rate[j]
            change[j] = gain[j] - away * stock[j]
        if s > 0:
            ahead, held, moving = soil.ahead[s], w.stock[s - 1], w.mobility[s - 1]
            for j in range(width):
                change[j] += ahead[j] * moving[j] * held[j]
        if s + 1 < n:
            behind, under, rising = soil.behind[s + 1], w.stock[s + 1], w.mobility[s + 1]
            lift = soil.lift[s + 1]
            for j in range(width):
                change[j] += (behind[j] * rising[j] + lift[j]) * under[j]
        for j in range(width):
            if change[j] != 0.0:
                worst[j] = max(worst[j], abs(change[j]) / max(stock[j], 1e-300))
    for j in range(width):
        halvings = 0
        if worst[j] > CHANGE:
            halvings = int(min(math.ceil(math.log2(worst[j] / CHANGE)), MOST_HALVINGS))
        w.halvings[j] = halvings


@njit(cache=True, nogil=True, error_model="numpy")
def _solve_stage(soil: Soil, w: Work) -> None:
    """Write the stock of a stage from what it starts from, with the mobility as it is."""
    n, width = w.stock.shape
    half = w.content
    for j in range(width):
        half[j] = w.implicit[j] * w.length[j]
    for s in range(n):
        known, gain, rate = w.known[s], w.gain[s], w.rate[s]
        mobility, washed = w.mobility[s], soil.washed[s]
        from_above, to_above, to_below = soil.ahead[s], soil.behind[s], soil.ahead[s + 1]
        upper, right = w.upper[s], w.right[s]
        if s > 0:
            moving, left, value = w.mobility[s - 1], w.upper[s - 1], w.right[s - 1]
            for j in range(width):
                h = half[j]
                lower = h * from_above[j] * moving[j]
                away = mobility[j] * (to_below[j] + to_above[j] + washed[j]) + rate[j]
                inverse = 1.0 / (1.0 + h * away - lower * left[j])
                right[j] = (known[j] + h * gain[j] + lower * value[j]) * inverse
                upper[j] = inverse
        else:
            for j in range(width):
                away = mobility[j] * (to_below[j] + washed[j]) + rate[j]
                inverse = 1.0 / (1.0 + half[j] * away)
                right[j] = (known[j] + half[j] * gain[j]) * inverse
                upper[j] = inverse
        if s + 1 < n:
            behind, rising, lift = soil.behind[s + 1], w.mobility[s + 1], soil.lift[s + 1]
            for j in range(width):
                upper[j] *= half[j] * (behind[j] * rising[j] + lift[j])
    last, right = w.stage[n - 1], w.right[n - 1]
    for j in range(width):
        last[j] = right[j]
    for s in range(n - 2, -1, -1):
        stage, under, upper, right = w.stage[s], w.stage[s + 1], w.upper[s], w.right[s]
        for j in range(width):
            stage[j] = right[j] + upper[j] * under[j]


@njit(cache=True, nogil=True, error_model="numpy")
def _find_stage(soil: Soil, exponent: float, w: Work) -> None:
    """Solve a stage, with the isotherm at its solution."""
    _solve_stage(soil, w)
    if exponent != 0.0:
        for _ in range(PASSES - 1):
            _mobility(w.stage, soil, exponent, w)
            _solve_stage(soil, w)


@njit(cache=True, nogil=True, error_model="numpy")
def _count_stage(w: Work) -> None:
    """Add the share of a stage to the integrals."""
    n, width = w.stock.shape
    for s in range(n):
        stage, mobility, held, moved = w.stage[s], w.mobility[s], w.held[s], w.moved[s]
        for j in range(width):
            part = w.share[j] * w.length[j] * stage[j]
            held[j] += part
            moved[j] += mobility[j] * part


@njit(cache=True, nogil=True, error_model="numpy")
def _go_on(w: Work) -> None:
    """Write what the second stage starts from, and how the stages share the step."""
    n, width = w.stock.shape
    beyond = (1.0 - _GAMMA) / _GAMMA
    w.implicit[:] = _GAMMA
    w.share[:] = 1.0 - _GAMMA
    for s in range(n):
        known, stock, stage = w.known[s], w.stock[s], w.stage[s]
        for j in range(width):
            known[j] = stock[j] + beyond * (stage[j] - stock[j])
            if known[j] < 0.0:
                w.implicit[j], w.share[j] = 1.0 - _GAMMA, _GAMMA
    for s in range(n):
        known, stage = w.known[s], w.stage[s]
        for j in range(width):
            if w.share[j] == _GAMMA:
                known[j] = stage[j]


@njit(cache=True, nogil=True, error_model="numpy")
def room(n: int, width: int) -> tuple[Soil, Work]:
    """Soil and work of so many slices and cells, to be filled."""
    soil = Soil(
        np.empty((n, width)), np.empty((n, width)), np.empty((n, width)), np.empty((n + 1, width)),
        np.empty((n + 1, width)), np.empty((n, width)), np.empty((n, width)), np.empty(width),
    )  # fmt: skip
    work = Work(
        np.empty((n, width)), np.empty((n, width)), np.empty((n, width)), np.empty((n, width)),
        np.empty((n, width)), np.empty((n, width)), np.empty((n, width)), np.empty((n, width)),
        np.empty(width), np.empty(width), np.empty(width, dtype=np.int64),
        np.empty(width, dtype=np.int64), np.empty(width), np.empty(width), np.empty(width),
        np.empty((n, width)), np.empty((n, width)),
    )  # fmt: skip
    return soil, work


@njit(cache=True, nogil=True, error_model="numpy")
def _march(soil: Soil, exponent: float, w: Work) -> None:
    """Take all steps of the year; the mobility is that of the start."""
    n, width = w.stock.shape
    for step in range(w.halvings.max() + 1):
        for j in range(width):
            halvings = w.halvings[j]
            power = halvings if step == 0 else halvings - step + 1
            w.length[j] = math.ldexp(1.0, -power) if step <= halvings else 0.0
        for s in range(n):
            known, stock = w.known[s], w.stock[s]
            for j in range(width):
                known[j] = stock[j]
        if step > 0:
            _mobility(w.stock, soil, exponent, w)
        w.implicit[:] = _GAMMA
        _find_stage(soil, exponent, w)
        _go_on(w)
        _count_stage(w)
        _find_stage(soil, exponent, w)
        for j in range(width):
            w.share[j] = 1.0 - w.share[j]
        _count_stage(w)
        for s in range(n):
            stock, stage = w.stock[s], w.stage[s]
            for j in range(width):
                if w.length[j] > 0.0:
                    stock[j] = max(stage[j], 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def solve_year(soil: Soil, exponent: float, w: Work) -> None:
    """Solve the year of a block of cells.

    Parameters
    ----------
    soil : Soil
    exponent : float
        ``n - 1`` of the isotherm ``c = A X^n``.
    w : Work
        ``stock``, ``gain`` and ``rate`` are read; ``held`` and ``moved`` are written, and the
        stock becomes that of the end, to rounding.
    """
    n, width = w.stock.shape
    w.held[:] = 0.0
    w.moved[:] = 0.0
    _count_halvings(soil, exponent, w)
    restless = np.flatnonzero(w.halvings)
    if restless.size == 0 or restless.size == width:
        _march(soil, exponent, w)
        return
    # cells that take several steps do so by themselves, so that the others need not go along
    own, apart = room(n, restless.size)
    for s in range(n + 1):
        for k, j in enumerate(restless):
            own.ahead[s, k], own.behind[s, k] = soil.ahead[s, j], soil.behind[s, j]
    for s in range(n):
        for k, j in enumerate(restless):
            own.per_mass[s, k], own.pore_water[s, k] = soil.per_mass[s, j], soil.pore_water[s, j]
            own.coefficient[s, k], own.washed[s, k] = soil.coefficient[s, j], soil.washed[s, j]
            own.lift[s, k] = soil.lift[s, j]
            apart.stock[s, k], apart.gain[s, k] = w.stock[s, j], w.gain[s, j]
            apart.rate[s, k], apart.mobility[s, k] = w.rate[s, j], w.mobility[s, j]
    for k, j in enumerate(restless):
        own.per_ground[k], apart.halvings[k] = soil.per_ground[j], w.halvings[j]
    apart.held[:] = 0.0
    apart.moved[:] = 0.0
    _march(own, exponent, apart)
    w.halvings[:] = 0
    _march(soil, exponent, w)
    for s in range(n):
        for k, j in enumerate(restless):
            w.stock[s, j] = apart.stock[s, k]
            w.held[s, j], w.moved[s, j] = apart.held[s, k], apart.moved[s, k]


@njit(cache=True, nogil=True, error_model="numpy")
def yearly_column(
    stock: Array,
    gain: Array,
    mass: Array,
    pore_water: Array,
    coefficient: Array,
    exponent: float,
    ahead: Array,
    behind: Array,
) -> Array:
    """Solve the year of one metal in one wholly open column of which nothing is lost but below.

    Parameters
    ----------
    stock : ndarray ``[slice]``
        [kg m-2] Changed to that of the end.
    gain : ndarray ``[slice]``
        [kg m-2 yr-1]
    mass, pore_water : ndarray ``[slice]``
        Dry soil [kg m-2] and water [m].
    coefficient : ndarray ``[slice]``
        ``A`` of ``c = A X^n``. [kg m-3]
    exponent : float
        ``n - 1``.
    ahead, behind : ndarray ``[slice + 1]``
        [m yr-1]

    Returns
    -------
    ndarray ``[slice]``
        Mean concentration of the year. [kg m-3]
    """
    n = stock.size
    soil, work = room(n, 1)
    for s in range(n):
        work.stock[s, 0], work.gain[s, 0], work.rate[s, 0] = stock[s], gain[s], 0.0
        soil.per_mass[s, 0], soil.pore_water[s, 0] = 1.0 / mass[s], pore_water[s]
        soil.coefficient[s, 0], soil.washed[s, 0], soil.lift[s, 0] = coefficient[s], 0.0, 0.0
    for s in range(n + 1):
        soil.ahead[s, 0], soil.behind[s, 0] = ahead[s], behind[s]
    soil.per_ground[0] = 1.0
    solve_year(soil, exponent, work)
    moved = work.moved[:, 0].copy()
    for s in range(n):
        stock[s] += gain[s] - (ahead[s + 1] + behind[s]) * moved[s]
        if s > 0:
            stock[s] += ahead[s] * moved[s - 1]
        if s + 1 < n:
            stock[s] += behind[s + 1] * moved[s + 1]
    return moved
