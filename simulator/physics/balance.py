r"""The yearly balance of layered soil: one fused kernel over metals, layers and cells.

A layer is divided into slices (:mod:`simulator.physics.slices`). The year of the slices is solved
by :mod:`simulator.physics.column_year`; every flux is its rate times the integral that it belongs
to, so the pathways share the year's loss in proportion and the balance closes to rounding. The
ledger knows layers: what passes between slices of one layer is not booked, and the state keeps, as
shares, how a layer's stock lies in its slices.

Where a slot acts:

- an input of one slot falls on the uppermost slice, one with a slot for each layer is spread over
  the layer;
- a loss in proportion to content with one slot takes from the uppermost slice, as much as from a
  layer that has the content of that slice all through; with a slot for each layer it takes from all
  slices alike;
- water that carries solution off (dissolved losses) likewise;
- soil rises from each slice into the one above as fast as erosion lowers the surface; what it
  carries from one layer into the next is booked, what comes from below the column enters the lowest
  slice;
- signed amounts come last and keep the shares.

A flux array ``[metal, slot, cell]`` comes in with amounts for inputs, yearly rates for losses and
water [m yr-1] for dissolved ones, and goes out with amounts throughout. [kg m-2 yr-1] What passes
from layer to layer, with water or with rising soil, the balance writes itself.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics import source_tags
from simulator.physics.booking import (
    BYPASS,
    DOWNWARD,
    INPUT,
    LOSS,
    SIGNED,
    UPWARD,
    Exchange,
    Ground,
    Slots,
)
from simulator.physics.column_year import Soil, Work, room, solve_year
from simulator.physics.rows import Array
from simulator.physics.tag_arrays import Tags

_BLOCK: Final = 128


@njit(cache=True, nogil=True, error_model="numpy")
def _mean_of_classes(
    share: Array, value: Array, group: NDArray[np.int64], per_ground: Array, out: Array
) -> None:
    """Mean over the open land of cells, ``out[row, cell]`` from ``value[row, class, group]``."""
    width = group.size
    out[:] = 0.0
    for c in range(value.shape[1]):
        part = share[c]
        present = False
        for j in range(width):
            if part[j] > 0.0:
                present = True
        if not present:
            continue
        for r in range(value.shape[0]):
            row, values = out[r], value[r, c]
            for j in range(width):
                row[j] += part[j] * values[group[j]]
    for r in range(value.shape[0]):
        row = out[r]
        for j in range(width):
            row[j] *= per_ground[j]


@njit(cache=True, nogil=True, error_model="numpy")
def _add(row: Array, factor: float, total: Array) -> None:
    for j in range(row.size):
        total[j] += factor * row[j]


@njit(cache=True, nogil=True, error_model="numpy")
def _tally(row: Array, sign: float, total: Array, size: Array) -> None:
    for j in range(row.size):
        total[j] += sign * row[j]
        size[j] += abs(row[j])


@njit(cache=True, nogil=True, error_model="numpy")
def _worse(a: float, b: float) -> float:
    """Return the larger of two residuals; NaN, once seen, stays."""
    return a if (a >= b or a != a) else b


@njit(cache=True, nogil=True, error_model="numpy")
def _open_slices(
    stock: Array,
    shares: NDArray[np.float32],
    first: NDArray[np.int64],
    m: int,
    a: int,
    b: int,
    w: Work,
) -> None:
    """Divide layers among their slices."""
    total = w.content
    for z in range(stock.shape[1]):
        total[:] = 0.0
        for s in range(first[z], first[z + 1]):
            part = shares[m, s, a:b]
            for j in range(part.size):
                total[j] += part[j]
        layer = stock[m, z, a:b]
        for s in range(first[z], first[z + 1]):
            row, part = w.stock[s], shares[m, s, a:b]
            for j in range(row.size):
                row[j] = layer[j] * (part[j] / total[j])


@njit(cache=True, nogil=True, error_model="numpy")
def _gather(
    flux: Array,
    slots: Slots,
    ground: Ground,
    m: int,
    a: int,
    b: int,
    soil: Soil,
    w: Work,
) -> bool:
    """Write gains, rates and water of the slices from the slots; whether any rate is wrong."""
    width = b - a
    first, part = ground.first, ground.part
    w.gain[:] = 0.0
    soil.washed[:] = 0.0
    for s in range(part.size):
        rate, lift = w.rate[s], soil.lift[s]
        for j in range(width):
            rate[j] = lift[j]
    wrong = False
    for i in range(slots.kind.size):
        z, row, kind = slots.layer[i], flux[m, i, a:b], slots.kind[i]
        top, end = first[z], first[z + 1]
        if kind == LOSS:
            into = soil.washed if slots.dissolved[i] else w.rate
            for j in range(width):
                wrong |= not row[j] >= 0.0
            if slots.spread[i]:
                for s in range(top, end):
                    _add(row, part[s] if slots.dissolved[i] else 1.0, into[s])
            else:
                _add(row, 1.0 if slots.dissolved[i] else 1.0 / part[top], into[top])
        elif kind == UPWARD:
            if end == part.size:
                _add(row, 1.0, w.gain[end - 1])
        elif kind in (INPUT, BYPASS):
            sign = -1.0 if kind == BYPASS else 1.0
            if slots.spread[i]:
                for s in range(top, end):
                    _add(row, sign * part[s], w.gain[s])
            else:
                _add(row, sign, w.gain[top])
    return wrong


@njit(cache=True, nogil=True, error_model="numpy")
def _price(
    flux: Array, slots: Slots, ground: Ground, m: int, a: int, b: int, soil: Soil, w: Work
) -> None:
    """Turn rates and water into amounts by the integrals of the year."""
    width = b - a
    first, part = ground.first, ground.part
    total = w.content
    for i in range(slots.kind.size):
        z, row, kind = slots.layer[i], flux[m, i, a:b], slots.kind[i]
        top, end = first[z], first[z + 1]
        if kind == LOSS:
            integral = w.moved if slots.dissolved[i] else w.held
            total[:] = 0.0
            if slots.spread[i]:
                for s in range(top, end):
                    _add(integral[s], part[s] if slots.dissolved[i] else 1.0, total)
            else:
                _add(integral[top], 1.0 if slots.dissolved[i] else 1.0 / part[top], total)
            for j in range(width):
                row[j] *= total[j]
        elif kind == DOWNWARD:
            ahead, moved = soil.ahead[end], w.moved[end - 1]
            for j in range(width):
                row[j] = ahead[j] * moved[j]
            if end < part.size:
                behind, under = soil.behind[end], w.moved[end]
                for j in range(width):
                    row[j] -= behind[j] * under[j]
        elif kind == UPWARD and end < part.size:
            lift, held = soil.lift[end], w.held[end]
            for j in range(width):
                row[j] = lift[j] * held[j]


@njit(cache=True, nogil=True, error_model="numpy")
def _settle(soil: Soil, start: Array, w: Work) -> None:
    """Write the stock at the end from the stock at the start and the integrals."""
    n, width = w.stock.shape
    for s in range(n):
        row, old, gain = w.stock[s], start[s], w.gain[s]
        held, moved, rate = w.held[s], w.moved[s], w.rate[s]
        washed, to_below = soil.washed[s], soil.ahead[s + 1]
        to_above = soil.behind[s]
        for j in range(width):
            away = to_below[j] + to_above[j] + washed[j]
            row[j] = old[j] + gain[j] - rate[j] * held[j] - away * moved[j]
        if s > 0:
            from_above, above = soil.ahead[s], w.moved[s - 1]
            for j in range(width):
                row[j] += from_above[j] * above[j]
        if s + 1 < n:
            from_below, below = soil.behind[s + 1], w.moved[s + 1]
            lift, under = soil.lift[s + 1], w.held[s + 1]
            for j in range(width):
                row[j] += from_below[j] * below[j] + lift[j] * under[j]
        for j in range(width):
            row[j] = max(row[j], 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _till(w: Work, ground: Ground, count: int, tilled: Array) -> None:
    """Mix the uppermost slices as far as the ground is tilled."""
    width = tilled.size
    if count < 2:
        return
    total = w.content
    total[:] = 0.0
    whole = 0.0
    for s in range(count):
        whole += ground.part[s]
        _add(w.stock[s], 1.0, total)
    for s in range(count):
        row, even = w.stock[s], ground.part[s] / whole
        for j in range(width):
            row[j] += tilled[j] * (even * total[j] - row[j])


@njit(cache=True, nogil=True, error_model="numpy")
def _close_slices(
    stock: Array,
    shares: NDArray[np.float32],
    first: NDArray[np.int64],
    m: int,
    a: int,
    b: int,
    w: Work,
) -> None:
    """Sum slices into layers and keep their shares; an empty layer keeps those it had."""
    for z in range(stock.shape[1]):
        row = stock[m, z, a:b]
        row[:] = 0.0
        for s in range(first[z], first[z + 1]):
            _add(w.stock[s], 1.0, row)
        for s in range(first[z], first[z + 1]):
            held, part = w.stock[s], shares[m, s, a:b]
            for j in range(row.size):
                if row[j] > 0.0:
                    part[j] = held[j] / row[j]


@njit(cache=True, nogil=True, error_model="numpy")
def _lay_out(soil: Soil, exchange: Exchange, ground: Ground, a: int, b: int, tilled: Array) -> bool:
    """Write what holds for all metals of a block; whether no surface rises."""
    width, n = b - a, ground.thickness.size
    bare, share, group = ground.open_ground[a:b], ground.open_share[:, a:b], exchange.group[a:b]
    for j in range(width):
        soil.per_ground[j] = 1.0 / bare[j] if bare[j] > 0.0 else 0.0
    _mean_of_classes(share, exchange.ahead, group, soil.per_ground, soil.ahead)
    _mean_of_classes(share, exchange.behind, group, soil.per_ground, soil.behind)
    _mean_of_classes(share, exchange.wetness, group, soil.per_ground, soil.pore_water)
    tilled[:] = 0.0
    for c in range(share.shape[0]):
        if exchange.tilled[c] > 0.0:
            for j in range(width):
                tilled[j] += exchange.tilled[c] * share[c, j] * soil.per_ground[j]
    for z in range(ground.first.size - 1):
        for s in range(ground.first[z], ground.first[z + 1]):
            for j in range(width):
                mass = ground.soil_mass[z, a + j] * ground.part[s]
                soil.per_mass[s, j] = 1.0 / mass if mass > 0.0 else 0.0
                soil.pore_water[s, j] *= ground.thickness[s]
    rising, sinks = ground.rising[a:b], True
    for j in range(width):
        sinks &= rising[j] >= 0.0
        soil.lift[0, j] = 0.0
    for s in range(1, n):
        for j in range(width):
            soil.lift[s, j] = rising[j] * soil.per_mass[s, j]
    return sinks


@njit(cache=True, nogil=True, error_model="numpy")
def _sign_and_audit(
    flux: Array, stock: Array, before: Array, slots: Slots, m: int, a: int, b: int
) -> float:
    """Add signed amounts; residual of what the ledger says, slot by slot, against the stock.

    ``before`` comes in with the stock of the layers at the start and is written over.
    """
    n_layer, width = before.shape
    scale = before.copy()
    for i in range(slots.kind.size):
        z, row, kind = slots.layer[i], flux[m, i, a:b], slots.kind[i]
        if kind == SIGNED:
            new = stock[m, z, a:b]
            for j in range(width):
                row[j] = max(row[j], -new[j])
                new[j] += row[j]
        leaves = kind in (LOSS, DOWNWARD, BYPASS)
        sign = -1.0 if leaves else 1.0
        _tally(row, sign, before[z], scale[z])
        if z + 1 < n_layer and kind in (DOWNWARD, UPWARD):
            _tally(row, -sign, before[z + 1], scale[z + 1])
    worst = 0.0
    for z in range(n_layer):
        new = stock[m, z, a:b]
        for j in range(width):
            residual = abs(new[j] - before[z, j])
            if not residual <= worst * scale[z, j]:
                worst = _worse(worst, residual / scale[z, j])
    return worst


@njit(cache=True, nogil=True, error_model="numpy")
def close(
    flux: Array,
    stock: Array,
    shares: NDArray[np.float32],
    slots: Slots,
    exchange: Exchange,
    ground: Ground,
    tags: Tags,
    start: int,
    stop: int,
) -> float:
    """Close the year of cells ``start:stop``: solve, turn rates into amounts, change the stock.

    Cells are independent: any split of the range, in any order, gives the same bits.

    Parameters
    ----------
    flux : ndarray ``[metal, slot, cell]``
        Amounts [kg m-2 yr-1], rates [yr-1] and water [m yr-1] in, amounts out. Changed in place.
    stock : ndarray ``[metal, layer, cell]``
        Metal in open soil. [kg m-2 of cell] Changed in place.
    shares : ndarray of float32 ``[metal, slice, cell]``
        Share of a layer's stock in each of its slices, normalised when read. Changed in place.
    slots, exchange, ground, tags
        See their types; without tags, those of :func:`simulator.physics.tag_arrays.none`.
    start, stop : int
        Range of cells.

    Returns
    -------
    float
        Largest relative residual over metals, layers and cells: change of stock against the sum of
        the booked fluxes, over stock plus turnover; NaN if a rate is negative or not a number. [-]
    """
    n_metal, n_layer = stock.shape[:2]
    first, n, deep = ground.first, ground.thickness.size, exchange.tilled_slices
    worst, tagged = 0.0, tags.stock.shape[0] > 0
    for a in range(start, stop, _BLOCK):
        b = min(a + _BLOCK, stop)
        width = b - a
        soil, w = room(n, width)
        opened, before, tilled = np.empty((n, width)), np.empty((n_layer, width)), np.empty(width)
        sinks = _lay_out(soil, exchange, ground, a, b, tilled)
        for m in range(n_metal):
            _open_slices(stock, shares, first, m, a, b, w)
            for z in range(n_layer):
                for j in range(width):
                    before[z, j] = stock[m, z, a + j]
                for s in range(first[z], first[z + 1]):
                    for j in range(width):
                        soil.coefficient[s, j] = ground.coefficient[m, z, a + j]
                        opened[s, j] = w.stock[s, j]
            wrong = _gather(flux, slots, ground, m, a, b, soil, w) or not sinks
            solve_year(soil, ground.exponent[m], w)
            _price(flux, slots, ground, m, a, b, soil, w)
            _settle(soil, opened, w)
            if tagged:
                source_tags.trace(flux, slots, ground, opened, soil, w, tilled, deep, tags, m, a, b)
            _till(w, ground, deep, tilled)
            _close_slices(stock, shares, first, m, a, b, w)
            worst = _worse(worst, _sign_and_audit(flux, stock, before, slots, m, a, b))
            if tagged:
                source_tags.place(flux, slots, ground, stock, shares, tags, m, a, b)
            if wrong:
                worst = np.nan
    return worst
