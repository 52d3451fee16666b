r"""Source tags: what part of every slice's stock comes from each source, year by year.

The year of the total is solved first (:mod:`simulator.physics.column_year`), which gives what every
slice :math:`s` passes to each side and loses in the year. Its metal is of a mixture: of the share
:math:`f_{s,t}` comes from the tag :math:`t`. What leaves a slice is of the mixture that the slice
has at the end of the year,

.. math:: M_s' f_s = M_s^0 f_s^0 + I_{s,t} + J^{\downarrow}_{s-1} f_{s-1} - (J^{\downarrow}_s +
          J^{\uparrow}_s + L_s) f_s + J^{\uparrow}_{s+1} f_{s+1}

which is a tridiagonal system with one matrix for all tags. The balance of the total is the sum of
these equations with :math:`\sum_t f_{s,t} = 1`, so tags add up to the total whatever the fluxes
are; the matrix has no positive element off its diagonal and row sums that are not negative, so no
tag becomes negative. Each tag's own balance closes to rounding, as the total's does.

The mixture is taken at the end of the year: that is of first order in time, as is whatever
depends on the order in which a year's metal comes and goes.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics import tag_exchange
from simulator.physics.booking import SIGNED, Ground, Slots
from simulator.physics.column_year import Soil, Work
from simulator.physics.rows import Array
from simulator.physics.tag_arrays import Tags


@njit(cache=True, nogil=True, error_model="numpy")
def _any(row: Array) -> bool:
    """Whether anything in a row is not 0."""
    total = 0.0
    for j in range(row.size):
        total = max(total, abs(row[j]))
    return total > 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def trace(
    flux: Array,
    slots: Slots,
    ground: Ground,
    start: Array,
    soil: Soil,
    w: Work,
    tilled: Array,
    count: int,
    tags: Tags,
    m: int,
    a: int,
    b: int,
) -> None:
    """Follow the tags of one metal in a block of cells through the year, tillage included.

    Parameters
    ----------
    flux, slots, ground
        Of :func:`simulator.physics.balance.close`; the fluxes are amounts.
    start : ndarray ``[slice, cell]``
        Stock of the block at the start. [kg m-2]
    soil, w
        Of the solved year; ``w.stock`` is the stock at its end, before tillage.
    tilled, count
        Share of the open ground that is tilled, ``[cell]``, and to how many slices.
    tags : Tags
        ``stock``, ``gain`` and ``loss`` are changed.
    m, a, b : int
        Metal and cells.
    """
    n, width = start.shape
    n_tag, n_route = tags.stock.shape[0], tags.loss.shape[2]
    lower, left, inverse = np.empty((n, width)), np.empty((n, width)), np.empty((n, width))
    leaves = np.zeros((n_route, n), dtype=np.bool_)
    mixture = np.empty((n, width))
    leaving = np.empty((n_route, n, width))
    kept, even = np.empty(width), np.empty(width)
    taken = np.empty((n_tag, width))
    tag_exchange.leaving(flux, slots, ground, tags.route, m, a, b, w, leaving)
    for r in range(n_route):
        for s in range(n):
            leaves[r, s] = _any(leaving[r, s])
    tag_exchange.matrix(start, soil, w, left, inverse, lower)
    tag_exchange.open_part(flux, slots.kind, tags, m, a, b, kept)
    if tags.taken >= 0:
        tag_exchange.taken(flux, ground.first, tags, m, a, b, taken)
    whole = 0.0
    for s in range(count):
        whole += ground.part[s]
    for t in range(n_tag):
        for s in range(n):
            for j in range(b - a):
                mixture[s, j] = tags.stock[t, m, s, a + j]
        tag_exchange.bring(flux, slots, ground, tags, kept, taken, t, m, a, b, mixture)
        present = False
        for s in range(n):
            present |= _any(mixture[s])
        if not present:
            for r in range(n_route):
                tags.loss[t, m, r, a:b] = 0.0
            continue
        for s in range(n):
            row, inv = mixture[s], inverse[s]
            if s > 0:
                low, above = lower[s], mixture[s - 1]
                for j in range(width):
                    row[j] += low[j] * above[j]
            for j in range(width):
                row[j] *= inv[j]
        for s in range(n - 2, -1, -1):
            row, over, under = mixture[s], left[s], mixture[s + 1]
            for j in range(width):
                row[j] += over[j] * under[j]
        for r in range(n_route):
            lost = tags.loss[t, m, r, a:b]
            lost[:] = 0.0
            for s in range(n):
                if leaves[r, s]:
                    row, away = mixture[s], leaving[r, s]
                    for j in range(width):
                        lost[j] += away[j] * row[j]
        even[:] = 0.0
        for s in range(n):
            row, new, total = mixture[s], tags.stock[t, m, s, a:b], w.stock[s]
            for j in range(width):
                new[j] = row[j] * total[j]
            if s < count:
                for j in range(width):
                    even[j] += new[j]
        if count >= 2:
            for s in range(count):
                new, share = tags.stock[t, m, s, a:b], ground.part[s] / whole
                for j in range(width):
                    new[j] += tilled[j] * (share * even[j] - new[j])


@njit(cache=True, nogil=True, error_model="numpy")
def place(
    flux: Array,
    slots: Slots,
    ground: Ground,
    stock: Array,
    shares: NDArray[np.float32],
    tags: Tags,
    m: int,
    a: int,
    b: int,
) -> None:
    """Book the signed slots on the tags, and lay them into the slices as the state keeps them.

    The state keeps slices as shares of their layer in single precision; what rounding moves between
    the slices of a layer is moved here too, so that slices and layers both add up.

    Parameters
    ----------
    flux, slots, ground, tags, m, a, b
        As for :func:`trace`.
    stock, shares : ndarray
        Of :func:`simulator.physics.balance.close`, at the end of the year.
    """
    n_tag, width = tags.stock.shape[0], b - a
    first = ground.first
    for z in range(first.size - 1):
        for i in range(slots.kind.size):
            if slots.kind[i] == SIGNED and slots.layer[i] == z and _any(flux[m, i, a:b]):
                _book(flux[m, i, a:b], shares, tags, tags.route[i], first, z, m, a, b)
        total, norm = stock[m, z, a:b], np.zeros(width)
        top, end = first[z], first[z + 1]
        # what each slice has too much, as a share of it, and its part of what all have too little
        over, part = np.zeros((end - top, width)), np.zeros((end - top, width))
        need, spare = np.zeros(width), np.empty(width)
        for s in range(top, end):
            share = shares[m, s, a:b]
            for j in range(width):
                norm[j] += share[j]
        for s in range(top, end):
            share, held, lack = shares[m, s, a:b], over[s - top], part[s - top]
            for t in range(n_tag):
                row = tags.stock[t, m, s, a:b]
                for j in range(width):
                    held[j] += row[j]
            for j in range(width):
                missing = total[j] * (share[j] / norm[j]) - held[j]
                held[j] = -missing / held[j] if missing < 0.0 else 0.0
                lack[j] = max(missing, 0.0)
                need[j] += lack[j]
        for s in range(top, end):
            lack, held = part[s - top], over[s - top]
            for j in range(width):
                lack[j] = lack[j] / need[j] if need[j] > 0.0 else 0.0
                if need[j] <= 0.0:
                    held[j] = 0.0
        for t in range(n_tag):
            spare[:] = 0.0
            for s in range(top, end):
                row, held = tags.stock[t, m, s, a:b], over[s - top]
                for j in range(width):
                    moved = held[j] * row[j]
                    row[j] -= moved
                    spare[j] += moved
            for s in range(top, end):
                row, lack = tags.stock[t, m, s, a:b], part[s - top]
                for j in range(width):
                    row[j] += lack[j] * spare[j]


@njit(cache=True, nogil=True, error_model="numpy")
def _book(
    row: Array,
    shares: NDArray[np.float32],
    tags: Tags,
    route: int,
    first: NDArray[np.int64],
    z: int,
    m: int,
    a: int,
    b: int,
) -> None:
    """Book a signed slot: what comes has its own tag, what goes is of the mixture there is."""
    n_tag, width = tags.stock.shape[0], b - a
    held, norm = np.zeros(width), np.zeros(width)
    for s in range(first[z], first[z + 1]):
        share = shares[m, s, a:b]
        for j in range(width):
            norm[j] += share[j]
        for t in range(n_tag):
            one = tags.stock[t, m, s, a:b]
            for j in range(width):
                held[j] += one[j]
    for s in range(first[z], first[z + 1]):
        share = shares[m, s, a:b]
        for t in range(n_tag):
            one, lost = tags.stock[t, m, s, a:b], tags.loss[t, m, route, a:b]
            for j in range(width):
                if row[j] < 0.0 and held[j] > 0.0:
                    moved = min(-row[j] / held[j], 1.0) * one[j]
                    one[j] -= moved
                    lost[j] += moved
        one = tags.stock[tags.booked, m, s, a:b]
        for j in range(width):
            if row[j] > 0.0:
                one[j] += row[j] * (share[j] / norm[j])
    gain = tags.gain[tags.booked, m, a:b]
    for j in range(width):
        gain[j] += max(row[j], 0.0)
