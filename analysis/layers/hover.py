"""What a map says of the cell under the pointer."""

from __future__ import annotations

import math
from typing import Final

from analysis.layers.atlas import Atlas
from analysis.layers.catalogue import FLUXES, RISK, TRUST
from analysis.layers.model import Layer, View
from analysis.report.numbers import number, signed
from simulator.errors import InputError, Problem

_NOTHING: Final = {RISK: "no limit here", TRUST: "not calibrated here"}


def describe(atlas: Atlas, view: View, row: int, col: int) -> str:
    """Text of one cell of a map, with unit and limit.

    Parameters
    ----------
    atlas : Atlas
        The run.
    view : View
        The map.
    row, col : int
        The cell.

    Raises
    ------
    InputError
        If the run has no such map or cell.

    Examples
    --------
    ``0.412 mg/kg Cd, limit 0.30``, ``paddy``, ``water``, ``no soil here``
    """
    view = atlas.check(view)
    rows, cols = atlas.grid.shape
    if not (0 <= row < rows and 0 <= col < cols):
        raise InputError(
            Problem(
                f"cell {row},{col}", "lies outside the grid",
                f"rows are 0 (north) to {rows - 1}, columns 0 (west) to {cols - 1}",
                "Point at the map.",
            )
        )  # fmt: skip
    if atlas.water(view.year)[row, col]:
        return "water"
    layer = atlas.layer(view.layer)
    value = float(atlas.values(view)[row, col])
    if math.isnan(value):
        soil = atlas.record.soil[row, col]
        return _NOTHING.get(layer.group, "no value here") if soil else "no soil here"
    if layer.classes:
        name = layer.classes[int(value)][0]
        return f"{name} ({view.metal})" if layer.by_metal else name
    return _quantity(atlas, view, layer, value) + _limit(atlas, view, row, col)


def _quantity(atlas: Atlas, view: View, layer: Layer, value: float) -> str:
    """Value with its unit, the metal, and the years that it is of."""
    if layer.key == "exceedance_year":
        last = atlas.years[-1]
        if math.isinf(value):
            return f"{view.metal} below the limit up to {last}"
        return f"{view.metal} at or above the limit in {value:.0f}"
    if layer.key == "ph":
        return f"pH {number(value)}"
    if layer.unit == "%":
        return f"{number(100.0 * value)} % {'of ' + view.metal if layer.by_metal else ''}".rstrip()
    if layer.key == "content_over_limit":
        return f"{view.metal} {number(value)} times its limit"
    if math.isinf(value):
        return f"limit of {view.metal} not above the background"
    if layer.key == "relative_capacity":
        if value < 0.0:
            return f"{number(-value)} times the capacity for {view.metal} beyond the limit"
        return f"{number(value)} of the capacity for {view.metal} left"
    text = with_sign(value) if layer.diverging else number(value)
    when = {"change": f", since {atlas.years[0]}"}.get(layer.key, "")
    if layer.group == FLUXES:
        when = f", {atlas.when(view)}"
    return f"{text} {layer.unit} {view.metal}{when}"


def with_sign(value: float, digits: int = 3) -> str:
    """Change with its sign and a few significant digits."""
    if value == 0.0 or not math.isfinite(value):
        return number(value, digits)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return signed(value, decimals)


def _limit(atlas: Atlas, view: View, row: int, col: int) -> str:
    """Limit beside a content of the control layer, if there is one."""
    if view.layer != "content" or view.depth != 0:
        return ""
    limit = float(atlas.limit(view)[row, col])
    return f", limit {number(limit, 2)}" if math.isfinite(limit) else ""
