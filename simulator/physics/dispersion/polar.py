"""A year around a source: deposition and concentration on rings and rays (tabulated mode).

Rings lie at the nodes of the table by distance, so that only the coherent part is interpolated, and
only where the plume goes. The hours are shared among a fixed number of parts, whose sums are added
in order, so that the number of threads does not show.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulator.physics.dispersion.cells import cell_means
from simulator.physics.dispersion.hours import Hours
from simulator.physics.dispersion.kernel_inputs import (
    Air,
    Switches,
    air_of,
    begin_hour,
    source_exit,
)
from simulator.physics.dispersion.rates import Categories, categories
from simulator.physics.dispersion.rise import (
    VOLUME,
    Exit,
    unless_penetrating,
)
from simulator.physics.dispersion.sources import Ground, Point, Substance, Volume
from simulator.physics.dispersion.table import (
    LN_SQRT_2PI,
    NOTHING,
    RING_NODES_PER_DECADE,
    Place,
    Table,
    fill_table,
    new_table,
    node_distances,
    place_at,
    read,
)
from simulator.physics.threads import in_ranges

#: Rays around a source, 3 degrees apart; the first points north.
RAYS: Final[int] = 120
#: Every second node of the table is a ring.
STRIDE: Final[int] = 2
#: Innermost ring. [m]
NEAREST: Final[float] = 20.0

#: Flat terrain, with depletion.
DEPOSITING: Final = Switches(True, True, True)

_PARTS: Final[int] = 32  # of the hours in one call
_HOURS_A_CALL: Final[int] = 2048
#: Least share that counts as penetrating. [-]
_PENETRATING: Final[float] = 1e-3
#: Logarithm of what a receptor off the axis has of the axis, below which it is left out.
_OUTSIDE: Final[float] = -16.0


@dataclass(frozen=True)
class PolarField:
    """What a source leaves around it for each unit that it emits.

    Attributes
    ----------
    rings : ndarray
        Distances of the rings, evenly spaced in their logarithm, ``[ring]``. [m]
    values : ndarray
        ``[ray, ring, substance, quantity]``: mean concentration over the valid hours [s m-3], dry
        and wet deposition [m-2]. The first ray points north, the others follow clockwise.
    """

    rings: NDArray[np.float64]
    values: NDArray[np.float64]

    def on_cells(
        self, dx: NDArray[np.float64], dy: NDArray[np.float64], size: float
    ) -> NDArray[np.float64]:
        """Means over square cells, ``[substance, quantity, row, col]``.

        Parameters
        ----------
        dx, dy : ndarray
            Centres of the columns east and of the rows north of the source. [m]
        size : float
            Side of a cell. [m]
        """
        rays, rings, substances, quantities = self.values.shape
        flat = self.values.reshape(rays, rings, substances * quantities)
        means = cell_means(flat, self.rings, dx, dy, size)
        return means.reshape(substances, quantities, dy.size, dx.size)


def polar_field(
    source: Point | Volume,
    substances: Sequence[Substance],
    hours: Hours,
    farthest: float,
    *,
    ground: Ground | None = None,
    weight: NDArray[np.float64] | None = None,
    progress: Callable[[int], None] | None = None,
) -> PolarField:
    """What a source leaves on rings and rays for each unit that it emits.

    Calm and missing hours count as the mean of the others, in deposition too: what is emitted in
    them comes down as the rest does. (AERMOD lets it vanish.)

    Parameters
    ----------
    source : Point or Volume
        Emits 1 kg/s of each substance on average; where it stands does not matter.
    substances : sequence of Substance
    hours : Hours
        One or more whole years.
    farthest : float
        Distance that the rings have to reach. [m]
    ground : Ground, optional
        What gases fall on.
    weight : ndarray, optional
        Emission of each hour in units of the mean, ``[hour]``.
    progress : callable, optional
        Told how many hours have been done since the last call.

    Returns
    -------
    PolarField

    Raises
    ------
    ValueError
        If nothing is emitted in valid hours.
    """
    parts = categories(substances)
    air = air_of(hours, ground)
    factor = np.ones(len(hours)) if weight is None else np.asarray(weight, dtype=np.float64)
    emitted = float(factor[hours.valid].sum())
    if emitted <= 0.0:
        raise ValueError("nothing is emitted in hours that are neither calm nor missing")
    beyond = farthest * 10.0 ** (STRIDE / RING_NODES_PER_DECADE)
    nodes = node_distances(NEAREST, beyond, RING_NODES_PER_DECADE)
    first = int(np.searchsorted(nodes, 0.99 * NEAREST))
    distances = nodes[first::STRIDE]
    rings = distances.size
    exit_ = source_exit(source)
    total = np.zeros((RAYS, rings, 3 * len(substances)))
    for start in range(0, len(hours), _HOURS_A_CALL):
        stop = min(start + _HOURS_A_CALL, len(hours))
        sums = np.zeros((_PARTS, *total.shape))
        in_ranges(
            _polar_hours, _PARTS, 1, nodes, first, air.part(start, stop), factor[start:stop],
            exit_, parts, sums,
        )  # fmt: skip
        for one in sums:
            total += one
        if progress is not None:
            progress(stop - start)
    values = total.reshape(RAYS, rings, len(substances), 3)
    values /= emitted
    return PolarField(distances, values)


@njit(cache=True, nogil=True)
def _polar_hours(
    one: int,
    end: int,
    distances: NDArray[np.float64],
    first_ring: int,
    air: Air,
    weight: NDArray[np.float64],
    exit_: Exit,
    categories: Categories,
    sums: NDArray[np.float64],
) -> None:
    """Add the hours of each part to ``sums [part, ray, ring, quantity]``."""
    n_node, n_hour = distances.size, weight.size
    parts, rays, rings, n_quantity = sums.shape
    step = math.log(distances[1] / distances[0])
    for part in range(one, end):
        table = new_table(n_node, n_quantity)
        around = np.zeros((rings, n_quantity))
        for h in range(part * n_hour // parts, (part + 1) * n_hour // parts):
            if not air.valid[h] or weight[h] == 0.0:
                continue
            hour, profile, out, rates = begin_hour(h, air, exit_, categories)
            out = unless_penetrating(out, _PENETRATING)
            fill_table(distances, 0.0, DEPOSITING, out, hour, profile, rates, categories, table)
            begin = 0
            if out.kind == VOLUME:
                while begin < rings and (
                    distances[first_ring + STRIDE * begin] < 0.99 + 2.15 * out.sigma_y0
                ):
                    begin += 1
            for i in range(begin, rings):
                k = first_ring + STRIDE * i
                for q in range(n_quantity):
                    around[i, q] += weight[h] * math.exp(table.around[k, q])
            active = _reaching(table.main, table.penetrated, out.penetration > 0.0)
            for ray in range(rays):
                angle = 2.0 * math.pi * ray / rays - math.radians(out.direction)
                sine, cosine = math.sin(angle), -math.cos(angle)
                if cosine <= 0.0:
                    continue
                shift = math.log(cosine) / step
                for plume in range(2 if out.penetration > 0.0 else 1):
                    _add_ray(
                        plume, shift, sine, weight[h], distances, first_ring, begin, active,
                        table, sums[part, ray],
                    )  # fmt: skip
        for ray in range(rays):
            for i in range(rings):
                for q in range(n_quantity):
                    sums[part, ray, i, q] += around[i, q]


@njit(cache=True)
def _reaching(
    main: NDArray[np.float64], penetrated: NDArray[np.float64], penetrates: bool
) -> NDArray[np.int64]:
    """Quantities that are there at all in this hour; there is nothing wet without rain."""
    active = np.empty(main.shape[1], dtype=np.int64)
    count = 0
    for q in range(main.shape[1]):
        highest = main[:, q].max()
        if penetrates:
            highest = max(highest, penetrated[:, q].max())
        if highest > NOTHING:
            active[count] = q
            count += 1
    return active[:count]


@njit(cache=True)
def _add_ray(
    plume: int,
    shift: float,
    sine: float,
    weight: float,
    distances: NDArray[np.float64],
    first_ring: int,
    begin: int,
    active: NDArray[np.int64],
    table: Table,
    sums: NDArray[np.float64],
) -> None:
    """Add the coherent part of the main (0) or penetrated (1) plume on a ray, ``[ring, quantity]``.

    A receptor on the ray lies ``shift`` nodes nearer downwind than from the source, so that all
    rings have the same place between nodes.
    """
    n_node = distances.size
    values = table.penetrated if plume == 1 else table.main
    down = math.floor(shift)
    between = place_at(1.0 + shift - down, 4)
    for i in range(begin, sums.shape[0]):
        ring = first_ring + STRIDE * i
        k = ring + down
        if k < 0:
            continue
        at = between
        if k == 0 or k >= n_node - 2:
            at = place_at(ring + shift, n_node)
        else:
            at = Place(k, between.share, between.before, between.here, between.there, between.after)
        log = read(table.spread, at, plume)
        eta = distances[ring] * sine * math.exp(-log)
        off_axis = -0.5 * eta * eta
        if off_axis < _OUTSIDE:
            continue
        lateral = off_axis - log - LN_SQRT_2PI
        rest = weight * (1.0 - table.share[ring])
        for q in active:
            sums[i, q] += rest * math.exp(lateral + read(values, at, q))
