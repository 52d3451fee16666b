"""Area sources: the plume of a polygon, side by side, by AERMOD's own rule (spec 9.2).

A receptor gets the integral over distance upwind u of V(u) times the share of the plume within the
polygon's chord there. A share is a difference of cumulative normals, so the integral goes around
the polygon, to and fro along its sides. Where a side is off the plume, it counts nothing on one
flank and in full on the other; what is left of the latter by all sides together comes last.

Each integral is Romberg's and stops at 1 %. That shows at the edges of plumes, so steps,
tolerances and what one distance leaves behind for the next are AERMOD's.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.dispersion.hours import Hour
from simulator.physics.dispersion.kernel_inputs import Air, Points, Switches, begin_hour
from simulator.physics.dispersion.plume import Plume, plume_at
from simulator.physics.dispersion.rates import Categories
from simulator.physics.dispersion.receptor import add_part, spot_of
from simulator.physics.dispersion.rise import Exit, Release, centroid_height
from simulator.physics.dispersion.sort import sort_few
from simulator.physics.dispersion.spread import (
    SURFACE_LAYER,
    convective_sigma_y,
    convective_sigma_z,
    stable_sigma_y,
    updrafts,
)
from simulator.physics.dispersion.surface_air import deposition_height

#: Nothing nearer counts, no polygon that ends nearer, no side that spans less distance. [m]
_NEAREST, _REACH, _SHORTEST = 1.01, 1.0, 0.01
#: Half the width of a plume, and how far beside the polygon a receptor gets nothing, in sigma_y.
_EDGE, _BESIDE = 3.9, 5.0
#: Halvings after which Romberg's rule may and must stop.
_FIRST_STOP, _LAST_STOP = 4, 11
#: Greatest change, mean of the integrand and step [m] to stop at.
_CHANGE, _NEGLIGIBLE, _FINEST = 1e-2, 1e-5, 1.0
#: Search for the plume's edge: steps, tolerance relative to distance, and absolute [m].
_STEPS, _RELATIVE, _ABSOLUTE = 10, 2e-3, 5e-4
#: Instead of a side: the plume lies within the polygon from edge to edge.
_WHOLE: Final[tuple[float, float, float]] = (0.0, math.inf, 0.0)

_NORMAL = np.array([round(0.5 * (1.0 + math.erf(0.1 * k / math.sqrt(2.0))), 4) for k in range(40)])
_NORMAL[[4, 6, 20]] += 1e-4  # as printed in AERMOD


class View(NamedTuple):
    """A source as a receptor sees it in an hour."""

    out: Release
    hour: Hour
    profile: NDArray[np.float64]
    above: float  #: height of the receptor above the source's foot [m]
    part: Any  #: what :func:`add_part` wants beside the plume, ``point`` last
    point: NDArray[np.float64]  #: the integrand, ``[substance, quantity]``
    memory: NDArray[np.float64]  #: effective sigma_w at the distance before [m s-1]
    ladder: NDArray[np.float64]  #: to work with, ``[substance, quantity, halvings]``
    total: NDArray[np.float64]  #: sum of integrals, ``[substance, quantity]``


@njit(cache=True)
def cumulative_normal(z: float) -> float:
    """Cumulative normal distribution as AERMOD has it: a table of four decimals. [-]

    Steps of 0.1, linear between them, cut at 3.9. The exact function differs by up to 5e-4 within
    the plume, and at its very edge by more.
    """
    tenths = 10.0 * abs(z)
    inside = 1.0
    if tenths < 39.0:
        k = int(tenths)
        inside = _NORMAL[k] + (tenths - k) * (_NORMAL[k + 1] - _NORMAL[k])
    return inside if z > 0.0 else 1.0 - inside


@njit(cache=True)
def upwind_part(
    along: NDArray[np.float64], across: NDArray[np.float64]
) -> tuple[int, NDArray[np.float64], NDArray[np.float64]]:
    """Part of a polygon beyond the nearest distance: number of corners, closed coordinates. [m]"""
    n, count = along.size, 0
    u, v = np.empty(2 * n + 1), np.empty(2 * n + 1)
    for i in range(n):
        j = (i + 1) % n
        a, b = along[i], along[j]
        if a >= _NEAREST:
            u[count], v[count] = a, across[i]
            count += 1
        if (a >= _NEAREST) != (b >= _NEAREST):
            u[count] = _NEAREST
            v[count] = across[i] + (_NEAREST - a) / (b - a) * (across[j] - across[i])
            count += 1
    u[count], v[count] = u[0], v[0]
    return count, u, v


@njit(cache=True)
def _plume(u: float, view: View) -> Plume:
    """State at a distance; its trial spread is of the sigma_w left by the distance before."""
    out = view.out
    if not out.convective:
        return plume_at(u, view.above, True, out, view.hour, view.profile)
    out = Release(
        out.convective, out.kind, out.height, out.start, out.sigma_y0, out.sigma_z0, out.u,
        out.sigma_v, view.memory[0], out.theta, out.gradient, out.air, out.buoyancy, out.momentum,
        out.frequency, out.final, out.reach, out.centroid_rise, out.centroid_reach, out.mixed,
        out.penetration, out.penetrated_rise, out.direction,
    )  # fmt: skip
    plume = plume_at(u, view.above, True, out, view.hour, view.profile)
    view.memory[0] = plume.sigma_w
    return plume


@njit(cache=True)
def _settled_plume(u: float, view: View) -> Plume:
    """State for the integrand: spreads from a second pass, updrafts and heights from the first."""
    left = view.memory[0]
    one = _plume(u, view)
    if not view.out.convective or one.sigma_w == left:  # a second pass would be the same
        return one
    two = _plume(u, view)
    centroid = centroid_height(u, view.out, view.hour)
    surface = centroid < SURFACE_LAYER * view.hour.z_i
    drafts = updrafts(one.sigma_w, centroid, surface, view.hour)
    up, down = convective_sigma_z(u, two.u, drafts, centroid, surface, view.hour)
    up, down = math.hypot(up, view.out.sigma_z0), math.hypot(down, view.out.sigma_z0)
    return Plume(
        u, two.rise, two.u, two.sigma_v, two.sigma_w, two.gradient, two.sigma_y, up, down,
        two.sigma_b, one.height_1, one.height_2, two.lowered, one.share_1, two.u_3, two.sigma_v3,
        two.sigma_w3, two.sigma_y3, two.sigma_z3, two.sigma_b3, two.height_3,
    )  # fmt: skip


@njit(cache=True)
def _fill(values: NDArray[np.float64], value: float) -> None:
    """Set all of ``[substance, quantity]``; array expressions would take seconds to compile."""
    for s in range(values.shape[0]):
        for q in range(values.shape[1]):
            values[s, q] = value


@njit(cache=True)
def _evaluate(u: float, side: tuple[float, float, float], view: View) -> None:
    """Fill in the integrand at a distance."""
    _fill(view.point, 0.0)
    plume = _plume(u, view) if side[1] == math.inf else _settled_plume(u, view)
    share = cumulative_normal((side[1] + (u - side[0]) * side[2]) / plume.sigma_y)
    if share > 0.0:
        add_part(u, share, 0.0, plume, *view.part)


@njit(cache=True)
def _add_integral(
    near: float, far: float, factor: float, side: tuple[float, float, float], view: View
) -> None:
    """Add so much of the integral along a side; every quantity stops as if it were alone.

    A side is given by the distance of one end, its offset across the wind, and the slope of this.
    """
    length = far - near
    if length == 0.0:
        return
    ladder = view.ladder
    substances, quantities = view.point.shape
    middles = np.empty((substances, quantities))
    going = np.empty((substances, quantities), dtype=np.bool_)
    left = 0
    _fill(middles, 0.0)
    for end in (near, far):
        _evaluate(end, side, view)
        for s in range(substances):
            for q in range(quantities):
                middles[s, q] += view.point[s, q]
    for s in range(substances):
        for q in range(quantities):
            ladder[s, q, 0] = 0.5 * middles[s, q]
            going[s, q] = ladder[s, q, 0] != 0.0  # AERMOD takes nothing at both ends for nothing
            left += going[s, q]
    number = 1
    for i in range(1, _LAST_STOP + 1):
        if left == 0:
            return
        _fill(middles, 0.0)
        for k in range(number):
            _evaluate(near + (k + 0.5) * length / number, side, view)
            for s in range(substances):
                for q in range(quantities):
                    middles[s, q] += view.point[s, q]
        for s in range(substances):
            for q in range(quantities):
                last, power = ladder[s, q, 0], 1.0
                ladder[s, q, i] = 0.5 * (ladder[s, q, i - 1] + middles[s, q] / number)
                for k in range(i, 0, -1):
                    power *= 4.0
                    ladder[s, q, k - 1] = (power * ladder[s, q, k] - ladder[s, q, k - 1]) / (
                        power - 1
                    )
                mean = ladder[s, q, 0]
                stop = abs(mean) < _NEGLIGIBLE or abs(mean - last) <= _CHANGE * abs(mean)
                stop = (stop or abs(length) < 2 * _FINEST * number) and i >= _FIRST_STOP
                if going[s, q] and (stop or i == _LAST_STOP):
                    view.total[s, q] += factor * length * mean
                    going[s, q] = False
                    left -= 1
        number *= 2


@njit(cache=True)
def _offset(u: float, side: tuple[float, float, float], view: View) -> float:
    """Offset of a side from the middle of the plume, in sigma_y. [-]"""
    return (side[1] + (u - side[0]) * side[2]) / _plume(u, view).sigma_y


@njit(cache=True)
def _crossing(
    one: float, two: float, w_one: float, w_two: float, edge: float,
    side: tuple[float, float, float], view: View,
) -> float:  # fmt: skip
    """Distance at which a side crosses an edge of the plume, roughly. [m]

    Brent's method, but for the sign in AERMOD's test of the step; Romberg's points depend on it.
    """
    last, best, other = one, two, one
    f_last, f_best, f_other = w_one - edge, w_two - edge, w_one - edge
    step = before = two - one
    for _ in range(_STEPS):
        if f_best * f_other > 0.0:
            other, f_other = last, f_last
            step = before = best - last
        if abs(f_other) < abs(f_best):
            last, best, other = best, other, best
            f_last, f_best, f_other = f_best, f_other, f_best
        tolerance = _RELATIVE * abs(best) + _ABSOLUTE
        half = 0.5 * (other - best)
        if abs(half) <= tolerance or f_best == 0.0:
            break
        p, q = 0.0, 0.0  # halve
        if abs(before) >= tolerance and abs(f_last) > abs(f_best):
            ratio = f_best / f_last
            p, q = 2.0 * half * ratio, 1.0 - ratio
            if last != other:
                a, b = f_last / f_other, f_best / f_other
                p = ratio * (2.0 * half * a * (a - b) - (best - last) * (b - 1.0))
                q = (a - 1.0) * (b - 1.0) * (ratio - 1.0)
            p, q = abs(p), math.copysign(1.0, -p) * q
        if 2.0 * p < min(3.0 * half * q - abs(tolerance * q), abs(before - q)):
            before, step = step, p / q
        else:
            step = before = half
        last, f_last = best, f_best
        best += step if abs(step) > tolerance else math.copysign(tolerance, half)
        f_best = _offset(best, side, view) - edge
    return best


@njit(cache=True)
def _add_whole(ends: NDArray[np.float64], view: View) -> None:
    """Add what is left when sides on the plume's one flank, ``[side, end]``, have cancelled."""
    marks = ends.copy().reshape(ends.size)
    sort_few(marks)
    start, stop, factor = 0.0, 0.0, 0
    for k in range(1, marks.size):
        near, far, times = marks[k - 1], marks[k], 0
        if near == far:
            continue
        for a, b in ends:
            if min(a, b) <= near and far <= max(a, b):
                times += 1 if b > a else -1
        if near == stop and factor * times > 0:  # one integral, with the later factor
            stop, factor = far, times
        elif times != 0:
            _add_integral(start, stop, factor, _WHOLE, view)
            start, stop, factor = near, far, times
    _add_integral(start, stop, factor, _WHOLE, view)


@njit(cache=True)
def _add_polygon(along: NDArray[np.float64], across: NDArray[np.float64], view: View) -> None:
    """Add the integral around a polygon, up to its sign."""
    n, u, v = upwind_part(along, across)
    if n < 3:
        return
    w = np.empty(n + 1)
    for i in range(n):
        w[i] = _offset(u[i], (u[i], v[i], 0.0), view)
    w[n] = w[0]
    if w.min() >= _EDGE or w.max() <= -_EDGE:
        return
    count, ends = 0, np.empty((n, 2))
    for i in range(n):
        near, far, one, two = u[i], u[i + 1], w[i], w[i + 1]
        if abs(near - far) < _SHORTEST or max(one, two) < -_EDGE:
            continue
        side = near, v[i], (v[i + 1] - v[i]) / (far - near)
        start, stop = near, far
        if min(one, two) > _EDGE:
            stop = near
            ends[count] = near, far
            count += 1
        elif max(one, two) > _EDGE:
            cut = _crossing(near, far, one, two, _EDGE, side, view)
            if one > _EDGE:
                start = cut
                ends[count] = near, cut
            else:
                stop = cut
                ends[count] = cut, far
            count += 1
        if min(one, two) < -_EDGE:
            cut = _crossing(near, far, one, two, -_EDGE, side, view)
            if one < -_EDGE:
                start = cut
            else:
                stop = cut
        _add_integral(start, stop, 1.0, side, view)
    if count > 0:
        _add_whole(ends[:count], view)


@njit(cache=True)
def _apart(
    along: NDArray[np.float64], across: NDArray[np.float64], out: Release, hour: Hour
) -> bool:
    """Whether the polygon as a whole lies downwind of the receptor, or too far to a side."""
    far = along.max()
    beside = abs(across.mean()) - 0.5 * (across.max() - across.min())
    if far < _REACH or beside <= 0.0:
        return far < _REACH
    if out.convective:
        sigma_y = convective_sigma_y(far, out.u, out.sigma_v, out.height, hour.z_i)
    else:
        sigma_y = stable_sigma_y(far, out.u, out.sigma_v, out.height, hour.z_im)
    return beside >= _BESIDE * sigma_y


@njit(cache=True, nogil=True)
def area_hours(
    first: int,
    stop: int,
    vertices: NDArray[np.float64],
    size: float,
    foot: float,
    air: Air,
    exit_: Exit,
    parts: Categories,
    points: Points,
    switches: Switches,
    values: NDArray[np.float64],
) -> None:
    """Fill in ``values [hour, receptor, substance, quantity]``, rates per unit emission (9.1).

    Parameters
    ----------
    first, stop : int
        Range of hours.
    vertices : ndarray
        Corners, ``[corner, 2]``. [m]
    size : float
        Area of the polygon. [m2]
    foot : float
        Elevation of the ground under it. [m]
    """
    for h in range(first, stop):
        if not air.valid[h]:
            continue
        hour, profile, out, rates = begin_hour(h, air, exit_, parts)
        angle = math.radians(out.direction)
        sine, cosine = math.sin(angle), math.cos(angle)
        z_d = deposition_height(hour.roughness)
        n_corner = vertices.shape[0]
        along, across = np.empty(n_corner), np.empty(n_corner)
        memory, point = np.empty(1), np.empty(values.shape[2:])
        total = np.empty(values.shape[2:])
        ladder = np.empty((*values.shape[2:], _LAST_STOP + 1))
        for n in range(points.x.size):
            for i in range(n_corner):
                dx, dy = points.x[n] - vertices[i, 0], points.y[n] - vertices[i, 1]
                along[i] = -(dx * sine + dy * cosine)
                across[i] = dx * cosine - dy * sine
            if _apart(along, across, out, hour):
                continue
            spot = spot_of(n, points, foot, switches.flat, z_d)
            part = (spot, switches, out, hour, profile, rates, parts, point)
            memory[0] = out.sigma_w
            _fill(total, 0.0)
            view = View(out, hour, profile, spot.above, part, point, memory, ladder, total)
            _add_polygon(along, across, view)
            for s in range(values.shape[2]):
                for q in range(values.shape[3]):
                    values[h, n, s, q] = abs(total[s, q]) / size
