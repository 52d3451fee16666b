"""One scale for all years and runs of a map, and differences between two runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.layers.atlas import Atlas, same_grid
from analysis.layers.memory import MEMORY
from analysis.layers.model import Layer, View

Floats = NDArray[np.floating]

#: Share of the values between the ends of a scale; what lies beyond has the end colour. [%]
WITHIN: Final = (2.0, 98.0)

#: Layers whose scale is from 0 to 1.
_WHOLE: Final = ("built_share", "sealed_share", "calibration_weight", "chance")
#: Layers of logarithmic scale: what is above zero of values that differ by land in their order.
LOGARITHMIC: Final = ("remaining_capacity", "limit")


@dataclass(frozen=True)
class Scale:
    """Ends of a scale, and whether values lie below and above them."""

    low: float
    high: float
    beyond: tuple[bool, bool] = (False, False)

    @property
    def extend(self) -> str:
        """How matplotlib draws the ends of a colour bar."""
        names = {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}
        return names[self.beyond]


def within(values: Floats) -> Scale:
    """Scale without the few lowest and highest of the values, from 0 to 1 if there are none."""
    low, high = np.percentile(values, WITHIN) if values.size else (0.0, 1.0)
    return Scale(float(low), float(high), _beyond(values, low, high))


def about_zero(values: Floats) -> Scale:
    """Scale as long on either side of zero, without the few largest of what is not zero."""
    some = np.abs(values[values != 0.0])
    edge = float(np.percentile(some, WITHIN[1])) if some.size else 1.0
    return Scale(-edge, edge, _beyond(values, -edge, edge))


def shared_scale(atlases: Sequence[Atlas], view: View) -> Scale:
    """Scale of a map for all years and runs.

    From the first, the middle and the last recorded year of every run, water left out. Shares of
    the ground, weights and chances go from 0 to 1, years from the first recorded one to the end of
    the run, shares of sources from 0.

    Parameters
    ----------
    atlases : sequence of Atlas
        The runs that are looked at together.
    view : View
        What is looked at; its year does not matter.
    """
    layer = atlases[0].layer(view.layer)
    if layer.classes:
        return Scale(-0.5, len(layer.classes) - 0.5)
    if layer.key in _WHOLE:
        return Scale(0.0, 1.0)
    if layer.key == "exceedance_year":
        ends = [max(a.years[-1], a.years[0] + a.run.manifest.get("years", 1)) for a in atlases]
        return Scale(min(a.years[0] for a in atlases), max(ends))
    seen = [(a, y) for a in atlases for y in _some_years(a.years)]
    key = (
        "scale", view.layer, view.metal, view.depth,
        tuple((a.record.identity, y) for a, y in seen),
    )  # fmt: skip

    def compute() -> Scale:
        maps = (
            (a.values(View(view.layer, view.metal, view.depth, y)), a.water(y)) for a, y in seen
        )
        return scale_of(layer, _shown(maps))

    return MEMORY.of(key, compute)


def scale_of(layer: Layer, values: Floats) -> Scale:
    """Scale of a layer's finite values, which a legend can be made of: its ends differ."""
    if layer.diverging:
        return about_zero(values)
    log = layer.key in LOGARITHMIC
    if log:
        values = values[values > 0.0]
    scale = within(values)
    if layer.unit == "%":
        scale = Scale(0.0, scale.high, (False, scale.beyond[1]))
    if layer.key == "content_over_limit":  # the limit is always on the bar
        high = max(scale.high, 1.0)
        scale = Scale(0.0, high, _beyond(values, 0.0, high))
    if scale.low < scale.high and values.size:
        return scale
    some = values[values != 0.0]  # nearly all are the same
    one = float(np.median(some)) if some.size else 1.0
    low, high = sorted((0.1 * one if log else 0.0, one))
    return Scale(low, high, _beyond(values, low, high))


def difference(one: Atlas, other: Atlas, view: View) -> NDArray[np.float32]:
    """Map of a run less that of another, ``[row, col]``; of classes 0 if alike, 1 if not.

    Equal infinities differ by nothing. NaN where one has no value.

    Raises
    ------
    InputError
        If they are not on one grid, or one has no such map.
    """
    same_grid((one, other))
    a, b = one.values(view), other.values(view)
    if one.layer(view.layer).classes:
        return np.where(np.isnan(a) | np.isnan(b), np.nan, a != b).astype(np.float32)
    with np.errstate(invalid="ignore"):
        return np.where(np.isinf(a) & (a == b), np.float32(0.0), a - b)


def difference_scale(pairs: Sequence[tuple[Atlas, Atlas]], view: View) -> Scale:
    """Scale of differences for all years and pairs of runs, as long on either side of zero.

    From the first, the middle and the last year that both runs of a pair have.
    """
    if pairs[0][0].layer(view.layer).classes:
        return Scale(-0.5, 1.5)
    maps = []
    for one, other in pairs:
        common = [y for y in one.years if y in other.years]
        for year in _some_years(common) if common else ():
            at = View(view.layer, view.metal, view.depth, year)
            maps.append((difference(one, other, at), one.water(year) & other.water(year)))
    return about_zero(_shown(maps))


def _some_years(years: Sequence[int]) -> list[int]:
    """First, middle and last of some years."""
    return sorted({years[k] for k in (0, len(years) // 2, -1)})


def _shown(maps: Iterable[tuple[Floats, NDArray[np.bool_]]]) -> Floats:
    """Finite values off water of some maps."""
    parts = [values[np.isfinite(values) & ~water] for values, water in maps]
    return np.concatenate(parts) if parts else np.empty(0)


def _beyond(values: Floats, low: float, high: float) -> tuple[bool, bool]:
    return bool((values < low).any()), bool((values > high).any())
