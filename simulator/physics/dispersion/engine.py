"""Concentration and deposition at receptors, hour by hour, without any approximation.

:func:`disperse` evaluates the model at every receptor in every hour (spec 6 to 8). Hours run in
parallel; their sum is taken in order of time, so that the number of threads does not show.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from simulator.physics.dispersion.area import area_hours
from simulator.physics.dispersion.constants import SECONDS_PER_HOUR
from simulator.physics.dispersion.hours import Hours
from simulator.physics.dispersion.kernel_inputs import (
    Air,
    Points,
    Switches,
    air_of,
    begin_hour,
    source_exit,
)
from simulator.physics.dispersion.plume import meander, plume_at
from simulator.physics.dispersion.rates import Categories, categories
from simulator.physics.dispersion.receptor import (
    CONCENTRATION,
    DRY,
    WET,
    add_part,
    lateral_term,
    spot_of,
)
from simulator.physics.dispersion.rise import VOLUME, Exit
from simulator.physics.dispersion.sources import Area, Ground, Point, Source, Substance, Volume
from simulator.physics.dispersion.surface_air import deposition_height
from simulator.physics.dispersion.table import node_distances
from simulator.physics.dispersion.tabulated import tabulated_hours
from simulator.physics.threads import in_ranges

_BLOCK: Final[int] = 256  # hours at a time
_RANGE: Final[int] = 16  # of them in one stroke of a thread
_NEAREST: Final[float] = 0.99  # m


@dataclass(frozen=True)
class Receptors:
    """Points at which results are wanted; all arrays ``[receptor]``, in m.

    Attributes
    ----------
    x, y : ndarray
        Position.
    ground : ndarray
        Elevation.
    hill : ndarray
        Hill height scale: elevation of the terrain that governs the flow, at least ``ground``.
    flagpole : ndarray
        Height above the ground.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    ground: NDArray[np.float64]
    hill: NDArray[np.float64]
    flagpole: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        x: ArrayLike,
        y: ArrayLike,
        ground: ArrayLike = 0.0,
        hill: ArrayLike = 0.0,
        flagpole: ArrayLike = 0.0,
    ) -> Receptors:
        """Receptors from whatever broadcasts; at ground level in flat terrain unless stated."""
        arrays = np.broadcast_arrays(*(np.atleast_1d(a) for a in (x, y, ground, hill, flagpole)))
        x_, y_, ground_, hill_, flag_ = (np.array(a, dtype=np.float64) for a in arrays)
        return cls(x_, y_, ground_, np.maximum(hill_, ground_), flag_)

    def __len__(self) -> int:
        return self.x.size


@dataclass(frozen=True)
class Dispersed:
    """What a source leaves at receptors for each unit that it emits, summed over hours.

    Attributes
    ----------
    total : ndarray
        ``[receptor, substance, quantity]``: the sum of hourly concentrations for each kg s-1
        [h s m-3], dry and wet deposition for each kg s-1 [s m-2].
    hours : int
        Hours that are neither calm nor missing.
    hourly : ndarray
        ``[hour, kept receptor, substance, quantity]``: concentration [s m-3] and deposition in the
        hour [s m-2] at the receptors that were to be kept.
    """

    total: NDArray[np.float64]
    hours: int
    hourly: NDArray[np.float64]

    @property
    def concentration(self) -> NDArray[np.float64]:
        """Mean over the valid hours, ``[receptor, substance]``. [s m-3]"""
        return self.total[..., CONCENTRATION] / max(self.hours, 1)

    @property
    def dry(self) -> NDArray[np.float64]:
        """Dry deposition over all hours, ``[receptor, substance]``. [s m-2]"""
        return self.total[..., DRY]

    @property
    def wet(self) -> NDArray[np.float64]:
        """Wet deposition over all hours, ``[receptor, substance]``. [s m-2]"""
        return self.total[..., WET]


def disperse(
    source: Source,
    substances: Sequence[Substance],
    hours: Hours,
    receptors: Receptors,
    *,
    ground: Ground | None = None,
    flat: bool = True,
    dry_depletion: bool = True,
    wet_depletion: bool = True,
    weight: NDArray[np.float64] | None = None,
    keep: NDArray[np.int64] | None = None,
    tabulated: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Dispersed:
    """Disperse what one source emits, exactly as AERMOD does.

    Parameters
    ----------
    source : Point, Volume or Area
        Emits 1 kg/s of each substance (an area as a whole).
    substances : sequence of Substance
        They share the plume, which is computed once.
    hours : Hours
        Of :func:`~simulator.physics.dispersion.hours.prepare`, or made urban.
    receptors : Receptors
    ground : Ground, optional
        What gases fall on.
    flat : bool
        Leave the elevations of receptors out of account.
    dry_depletion, wet_depletion : bool
        Whether the plume loses what it deposits.
    weight : ndarray, optional
        Emission of each hour in units of the mean, ``[hour]``.
    keep : ndarray of int, optional
        Receptors whose hourly values are kept.
    tabulated : bool
        Interpolate in a table by distance in each hour: quick with many receptors, and nearly
        exact. Flat terrain and one height of receptors only; areas are never tabulated.
    progress : callable, optional
        Told how many hours have been done since the last call.

    Returns
    -------
    Dispersed
    """
    parts = categories(substances)
    air = air_of(hours, ground)
    switches = Switches(flat, dry_depletion, wet_depletion)
    kept = np.zeros(0, dtype=np.int64) if keep is None else np.asarray(keep, dtype=np.int64)
    factor = np.ones(len(hours)) if weight is None else np.asarray(weight, dtype=np.float64)
    n_substance = len(substances)
    total = np.zeros((len(receptors), n_substance, 3))
    hourly = np.zeros((len(hours), kept.size, n_substance, 3))
    scales = np.array([1.0, SECONDS_PER_HOUR, SECONDS_PER_HOUR])
    exit_ = source_exit(source)
    points = Points(receptors.x, receptors.y, receptors.ground, receptors.hill, receptors.flagpole)
    if tabulated and not isinstance(source, Area):
        distances = _nodes(source, receptors, flat)
    for first in range(0, len(hours), _BLOCK):
        stop = min(first + _BLOCK, len(hours))
        values = np.zeros((stop - first, len(receptors), n_substance, 3))
        some = air.part(first, stop)
        if isinstance(source, Area):
            corners = np.asarray(source.vertices)
            in_ranges(
                area_hours, stop - first, _RANGE, corners, source.size, source.base, some, exit_,
                parts, points, switches, values,
            )  # fmt: skip
        elif tabulated:
            in_ranges(
                tabulated_hours, stop - first, _RANGE, source.x, source.y, distances, some, exit_,
                parts, points, switches, values,
            )  # fmt: skip
        else:
            in_ranges(
                _hours, stop - first, _RANGE, source.x, source.y, source.base, some, exit_,
                parts, points, switches, values,
            )  # fmt: skip
        values *= scales
        values *= factor[first:stop, None, None, None]
        hourly[first:stop] = values[:, kept]
        for hour in values:
            total += hour
        if progress is not None:
            progress(stop - first)
    return Dispersed(total, int(hours.valid.sum()), hourly)


def _nodes(source: Point | Volume, receptors: Receptors, flat: bool) -> NDArray[np.float64]:
    """Distances of the nodes of the tabulated mode. [m]"""
    if not flat or np.ptp(receptors.flagpole) > 0.0:
        raise ValueError("tabulated wants flat terrain and receptors of one height")
    reach = np.hypot(receptors.x - source.x, receptors.y - source.y)
    nearest = max(float(reach[reach > 1.0].min(initial=1e5)), 1.0)
    return node_distances(nearest, max(float(reach.max()), 10.0))


@njit(cache=True, nogil=True)
def _hours(
    first: int,
    stop: int,
    x_source: float,
    y_source: float,
    foot: float,
    air: Air,
    exit_: Exit,
    parts: Categories,
    points: Points,
    switches: Switches,
    values: NDArray[np.float64],
) -> None:
    """Fill in ``values [hour, receptor, substance, quantity]``, rates per unit emission."""
    for h in range(first, stop):
        if not air.valid[h]:
            continue
        hour, profile, out, rates = begin_hour(h, air, exit_, parts)
        angle = math.radians(out.direction)
        sine, cosine = math.sin(angle), math.cos(angle)
        z_d = deposition_height(hour.roughness)
        nearest = _NEAREST
        if out.kind == VOLUME:
            nearest += 2.15 * out.sigma_y0
        for n in range(points.x.size):
            dx, dy = points.x[n] - x_source, points.y[n] - y_source
            r = math.sqrt(dx * dx + dy * dy)
            if r < nearest:
                continue
            x = -(dx * sine + dy * cosine)
            y = dx * cosine - dy * sine
            spot = spot_of(n, points, foot, switches.flat, z_d)
            meandering = plume_at(r, spot.above, True, out, hour, profile)
            share = meander(meandering, out)
            lateral = share / (2.0 * math.pi * r)
            add_part(
                r, lateral, lateral, meandering, spot, switches, out, hour, profile, rates, parts,
                values[h, n],
            )  # fmt: skip
            if x < 1.0 or share == 1.0:
                continue
            plume = plume_at(x, spot.above, True, out, hour, profile)
            main = lateral_term(y, plume.sigma_y)
            penetrated = lateral_term(y, plume.sigma_y3) if out.penetration > 0.0 else 0.0
            if main == 0.0 and penetrated == 0.0:
                continue
            add_part(
                x, (1.0 - share) * main, (1.0 - share) * penetrated, plume, spot, switches, out,
                hour, profile, rates, parts, values[h, n],
            )  # fmt: skip
