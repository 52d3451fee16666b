"""What a year brings to the source tags of a block of cells and takes from it.

:mod:`simulator.physics.source_tags` says what for.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.booking import BYPASS, DOWNWARD, INPUT, LOSS, UPWARD, Ground, Slots
from simulator.physics.column_year import Soil, Work
from simulator.physics.rows import Array
from simulator.physics.tag_arrays import CAUGHT, PARTS, TURNED, Tags


@njit(cache=True, nogil=True, error_model="numpy")
def leaving(
    flux: Array,
    slots: Slots,
    ground: Ground,
    route: NDArray[np.int64],
    m: int,
    a: int,
    b: int,
    w: Work,
    out: Array,
) -> None:
    """Write what leaves the soil from each slice by each route, ``out[route, slice, cell]``."""
    out[:] = 0.0
    first, part, kind = ground.first, ground.part, slots.kind
    width = b - a
    total = np.empty(width)
    n_layer = first.size - 1
    for i in range(kind.size):
        r, z, row = route[i], slots.layer[i], flux[m, i, a:b]
        if r < 0:
            continue
        top, end = first[z], first[z + 1]
        if kind[i] == DOWNWARD:
            if z + 1 == n_layer:
                into = out[r, end - 1]
                for j in range(width):
                    into[j] += row[j]
        elif kind[i] == LOSS:
            if not slots.spread[i]:
                into = out[r, top]
                for j in range(width):
                    into[j] += row[j]
                continue
            integral = w.moved if slots.dissolved[i] else w.held
            total[:] = 0.0
            for s in range(top, end):
                weight, one = part[s] if slots.dissolved[i] else 1.0, integral[s]
                for j in range(width):
                    total[j] += weight * one[j]
            for s in range(top, end):
                weight, one, into = part[s] if slots.dissolved[i] else 1.0, integral[s], out[r, s]
                for j in range(width):
                    if total[j] > 0.0:
                        into[j] += row[j] * (weight * one[j] / total[j])


@njit(cache=True, nogil=True, error_model="numpy")
def matrix(start: Array, soil: Soil, w: Work, left: Array, inverse: Array, lower: Array) -> None:
    """Eliminate downwards: the matrix is the same for all tags."""
    n, width = start.shape
    for s in range(n):
        held, gain, low, over, inv = start[s], w.gain[s], lower[s], left[s], inverse[s]
        if s > 0:
            ahead, above = soil.ahead[s], w.moved[s - 1]
            for j in range(width):
                low[j] = ahead[j] * above[j]
        else:
            low[:] = 0.0
        if s + 1 < n:
            behind, under = soil.behind[s + 1], w.moved[s + 1]
            lift, rising = soil.lift[s + 1], w.held[s + 1]
            for j in range(width):
                over[j] = behind[j] * under[j] + lift[j] * rising[j]
        else:
            over[:] = 0.0
        for j in range(width):
            # the row sum: what the slice had and got, which is also what it has and gives
            inv[j] = max(held[j] + gain[j], 0.0) + low[j] + over[j]
        if s > 0:
            before = left[s - 1]
            for j in range(width):
                inv[j] -= low[j] * before[j]
        for j in range(width):
            inv[j] = 1.0 / inv[j] if inv[j] > 0.0 else 0.0
            over[j] *= inv[j]


@njit(cache=True, nogil=True, error_model="numpy")
def open_part(
    flux: Array,
    kind: NDArray[np.int64],
    tags: Tags,
    m: int,
    a: int,
    b: int,
    kept: Array,
) -> None:
    """Write what part of the falling inputs comes to open soil, ``kept[cell]``."""
    width = kept.size
    fallen, passed = np.zeros(width), np.zeros(width)
    for i in range(kind.size):
        row = flux[m, i, a:b]
        if kind[i] == INPUT and tags.falls[i]:
            for j in range(width):
                fallen[j] += row[j]
        elif tags.tag[i] == CAUGHT:
            for j in range(width):
                passed[j] -= row[j]
        elif kind[i] == BYPASS:
            for j in range(width):
                passed[j] += row[j]
    for j in range(width):
        kept[j] = 1.0 - passed[j] / fallen[j] if fallen[j] > 0.0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def taken(
    flux: Array, first: NDArray[np.int64], tags: Tags, m: int, a: int, b: int, out: Array
) -> None:
    """Write the mixture, ``out[tag, cell]``, of what the uptake takes out of all layers."""
    n_tag, width = out.shape
    out[:] = 0.0
    whole, one = np.empty(width), np.empty((n_tag, width))
    for z in range(first.size - 1):
        row = flux[m, tags.taken + z, a:b]
        whole[:] = 0.0
        one[:] = 0.0
        for t in range(n_tag):
            of = one[t]
            for s in range(first[z], first[z + 1]):
                held = tags.stock[t, m, s, a:b]
                for j in range(width):
                    of[j] += held[j]
            for j in range(width):
                whole[j] += of[j]
        for t in range(n_tag):
            total, of = out[t], one[t]
            for j in range(width):
                if whole[j] > 0.0:
                    total[j] += row[j] * (of[j] / whole[j])
    whole[:] = 0.0
    for t in range(n_tag):
        total = out[t]
        for j in range(width):
            whole[j] += total[j]
    for t in range(n_tag):
        total = out[t]
        for j in range(width):
            total[j] = total[j] / whole[j] if whole[j] > 0.0 else 1.0 if t == tags.native else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def bring(
    flux: Array,
    slots: Slots,
    ground: Ground,
    tags: Tags,
    kept: Array,
    taken: Array,
    t: int,
    m: int,
    a: int,
    b: int,
    into: Array,
) -> None:
    """Add to ``into[slice, cell]``, the tag's stock at the start, what the year brings to it."""
    first, part, kind = ground.first, ground.part, slots.kind
    width = b - a
    n_layer = first.size - 1
    gain = tags.gain[t, m, a:b]
    gain[:] = 0.0
    own = np.empty(width)
    for i in range(kind.size):
        z, row = slots.layer[i], flux[m, i, a:b]
        top, end = first[z], first[z + 1]
        if kind[i] == INPUT:
            of = tags.tag[i]
            if of == t:
                for j in range(width):
                    own[j] = row[j] * kept[j] if tags.falls[i] else row[j]
            elif of == PARTS:
                division = tags.parts[t, m, a:b]
                for j in range(width):
                    own[j] = division[j] * kept[j] if tags.falls[i] else division[j]
            elif of == TURNED:
                for j in range(width):
                    own[j] = row[j] * taken[t, j]
            else:
                continue
            for j in range(width):
                gain[j] += own[j]
            if slots.spread[i]:
                for s in range(top, end):
                    slice_row = into[s]
                    for j in range(width):
                        slice_row[j] += part[s] * own[j]
            else:
                slice_row = into[top]
                for j in range(width):
                    slice_row[j] += own[j]
        elif kind[i] == UPWARD and z + 1 == n_layer and t == tags.native:
            lowest = into[end - 1]
            for j in range(width):
                lowest[j] += row[j]
                gain[j] += row[j]
