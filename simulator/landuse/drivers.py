"""Drivers of change: what a pixel and its surroundings look like, as numbers to learn from.

All drivers are made from the snapshots up to a present and from the context, so the same function
describes the land at the start of a past interval and today.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage

from simulator.landuse.context import LandContext, Snapshot

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: Half widths of the square windows about a pixel. [pixel]
WINDOWS: Final = (1, 2, 4)
#: Spreads (standard deviations) of the smooth surroundings. [m]
SPREADS: Final = (500.0, 1000.0, 2000.0, 4000.0, 8000.0)
#: A spread is resolved from so many pixels on; narrower ones say what a window says.
RESOLVED: Final = 2.0
#: Spreads over the shorter side of the map, at most: a wider one is the same all over the map, and
#: moves all over the map from one date to the next.
WIDEST: Final = 0.125
#: Spread of the narrowest bell: three means over three pixels. [pixel]
NARROWEST: Final = 2.0**0.5
#: Built land of a town, as one patch. [m2]
TOWN: Final = 1e6
#: Share from which a pixel counts as built when patches and distances are made.
MOSTLY: Final = 0.5


def window_share(values: NDArray, valid: Mask, half: int) -> Floats:
    """Mean of the valid neighbours within a square window, the pixel itself left out.

    Parameters
    ----------
    values : ndarray ``[row, col]``
        Shares.
    valid : ndarray of bool ``[row, col]``
        Pixels that count.
    half : int
        Half width of the window. [pixel]

    Returns
    -------
    ndarray of float32 ``[row, col]``
        Mean share, 0 where no neighbour is valid.
    """
    own = np.where(valid, values, 0.0).astype(np.float32)
    count = valid.astype(np.float32)
    size = 2 * half + 1
    summed = ndimage.uniform_filter(own, size, mode="constant") * size**2 - own
    counted = ndimage.uniform_filter(count, size, mode="constant") * size**2 - count
    return np.where(counted > 0.5, summed / np.maximum(counted, 1.0), 0.0).astype(np.float32)


def smooth_share(values: NDArray, valid: Mask, spread: float) -> Floats:
    """Mean about each pixel under a bell of the given spread, over valid pixels.

    Three passes of a moving mean stand for the Gaussian: their cost does not grow with the spread.

    Parameters
    ----------
    values : ndarray ``[row, col]``
        Shares.
    valid : ndarray of bool ``[row, col]``
        Pixels that count.
    spread : float
        Standard deviation of the bell. [pixel]

    Returns
    -------
    ndarray of float32 ``[row, col]``
        Mean share, 0 where nothing valid is near.
    """
    summed = bell(np.where(valid, values, 0.0).astype(np.float32), spread)
    counted = bell(valid.astype(np.float32), spread)
    return np.where(counted > 1e-4, summed / np.maximum(counted, 1e-4), 0.0).astype(np.float32)


def bell(values: Floats, spread: float) -> Floats:
    """Values smoothed by three moving means, of variance (size² − 1)/12 each.

    Parameters
    ----------
    values : ndarray of float32 ``[row, col]``
        Anything; 0 beyond the map.
    spread : float
        Standard deviation of the bell. [pixel]
    """
    size = max(round((4.0 * spread**2 + 1.0) ** 0.5) | 1, 3)
    for _ in range(3):
        values = ndimage.uniform_filter(values, size, mode="constant")
    return values


def distance(mask: Mask, cell_size: float) -> Floats:
    """Distance of each pixel to the nearest marked one.

    Parameters
    ----------
    mask : ndarray of bool ``[row, col]``
        Marked pixels.
    cell_size : float
        Side of a pixel. [m]

    Returns
    -------
    ndarray of float32 ``[row, col]``
        Distance [m]; the length of the map's diagonal where nothing is marked.
    """
    if not mask.any():
        return np.full(mask.shape, np.hypot(*mask.shape) * cell_size, np.float32)
    return ndimage.distance_transform_edt(~mask, sampling=cell_size).astype(np.float32)


def driver_table(
    snapshots: Sequence[Snapshot],
    context: LandContext,
    at: Mask,
    classes: Sequence[int] | None = None,
) -> pd.DataFrame:
    """Drivers at the chosen pixels.

    Parameters
    ----------
    snapshots : sequence of Snapshot
        Past up to the present, which is the last one. The earlier ones tell recent growth, and
        what the land was before.
    context : LandContext
        What does not change.
    at : ndarray of bool ``[row, col]``
        Pixels to describe.
    classes : sequence of int, optional
        Codes of the land classes to tell apart; those of the present cover if left out.

    Returns
    -------
    DataFrame ``[pixel, driver]``
        float32, pixels in reading order; NaN where a layer is unknown.
    """
    columns = {
        name: np.ascontiguousarray(values[at], np.float32)
        for name, values in _drivers(snapshots, context, classes)
    }
    return pd.DataFrame(columns)


def _drivers(
    snapshots: Sequence[Snapshot],
    context: LandContext,
    classes: Sequence[int] | None,
) -> Iterator[tuple[str, NDArray]]:
    now = snapshots[-1]
    yield from _built(np.asarray(now.built, np.float32), context)
    if now.cover is not None:
        yield from _cover(now.cover, context, classes)
    yield from context.layers.items()
    if len(snapshots) > 1:
        yield from _recent(snapshots, context, classes)


def spreads_of(cell_size: float, spreads: Sequence[float] = SPREADS) -> list[float]:
    """Spreads [m] that pixels of the given side [m] resolve."""
    return [spread for spread in spreads if spread >= RESOLVED * cell_size]


def _told(context: LandContext) -> list[float]:
    """Spreads [m] that the map resolves and has room for."""
    most = WIDEST * min(context.valid.shape) * context.cell_size
    return [spread for spread in spreads_of(context.cell_size) if spread <= most]


def _built(built: Floats, context: LandContext) -> Iterator[tuple[str, NDArray]]:
    valid, cell = context.valid, context.cell_size
    yield "built_here", built
    for half in WINDOWS:
        yield f"built_window{2 * half + 1}", window_share(built, valid, half)
    for spread in _told(context):
        yield f"built_{spread:.0f}m", smooth_share(built, valid, spread / cell)
    marked = (built >= MOSTLY) & valid
    patch, number = ndimage.label(marked, np.ones((3, 3), int))
    area = np.bincount(patch.ravel(), minlength=number + 1).astype(np.float32) * cell**2
    area[0] = 0.0
    yield "built_distance", np.log1p(distance(marked, cell) / cell)
    yield "town_distance", np.log1p(distance(area[patch] >= TOWN, cell) / cell)
    yield "largest_near", ndimage.maximum_filter(np.log1p(area[patch] / cell**2), 9)


def _cover(
    cover: NDArray[np.integer], context: LandContext, classes: Sequence[int] | None
) -> Iterator[tuple[str, NDArray]]:
    for code in _codes(cover, context, classes):
        of_class = cover == code
        yield f"class{code}_here", of_class
        yield f"class{code}_window3", window_share(of_class, context.valid, 1)
        yield f"class{code}_window9", window_share(of_class, context.valid, 4)
        spread = max(1000.0 / context.cell_size, 4.0)
        yield f"class{code}_around", smooth_share(of_class, context.valid, spread)
        yield f"class{code}_distance", np.log1p(distance(of_class & context.valid, 1.0))


def _recent(
    snapshots: Sequence[Snapshot], context: LandContext, classes: Sequence[int] | None
) -> Iterator[tuple[str, NDArray]]:
    first, now = snapshots[0], snapshots[-1]
    gain = np.clip(now.built - first.built, 0.0, None) / (now.year - first.year)
    yield "gain_window5", window_share(gain, context.valid, 2)
    for spread in _told(context):
        yield f"gain_{spread:.0f}m", smooth_share(gain, context.valid, spread / context.cell_size)
    yield "built_before", np.mean([s.built for s in snapshots[:-1]], axis=0)
    covers = [s.cover for s in snapshots[:-1] if s.cover is not None]
    if covers and now.cover is not None:
        for code in _codes(now.cover, context, classes):
            yield f"class{code}_before", np.mean([cover == code for cover in covers], axis=0)


def _codes(
    cover: NDArray[np.integer], context: LandContext, classes: Sequence[int] | None
) -> Sequence[int]:
    if classes is not None:
        return classes
    return [int(code) for code in np.unique(cover[context.valid]) if code]
