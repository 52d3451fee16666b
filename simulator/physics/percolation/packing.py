"""Columns as arrays over columns, which the kernel takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.physics.percolation.advance import Control, Records, Stops
from simulator.physics.percolation.column import AIR_ENTRY, Column, Feddes
from simulator.physics.percolation.flow import (
    ATMOSPHERIC,
    DEEP_DRAINAGE,
    FLUX,
    FREE_DRAINAGE,
    HEAD,
    SEEPAGE,
    Boundaries,
    Mesh,
    Tolerance,
)
from simulator.physics.percolation.hydraulics import Hydraulics, water_content
from simulator.physics.percolation.solutes import Solutes

Floats = NDArray[np.float64]

_TOP: Final = {"atmospheric": ATMOSPHERIC, "head": HEAD, "flux": FLUX}
_BOTTOM: Final = {
    "free_drainage": FREE_DRAINAGE,
    "seepage": SEEPAGE,
    "head": HEAD,
    "flux": FLUX,
    "deep_drainage": DEEP_DRAINAGE,
}


def stops_of(column: Column, outputs: Floats, shown: Floats, ends: Floats) -> Stops:
    """Every time that has to be met."""
    record_ends = np.zeros(0) if column.weather is None else column.weather.end
    inside = record_ends[(record_ends > column.start) & (record_ends <= column.stop)]
    time = np.unique(np.concatenate([inside, outputs, shown, ends, [column.stop]]))
    time = time[time > column.start] if time.size else time
    wanted = np.concatenate([outputs, shown, ends])
    if (wanted <= column.start).any():  # a state at the start is written before the first step
        time = np.insert(time, 0, column.start)

    def row(of: Floats) -> NDArray[np.int64]:
        where = np.full(time.size, -1, dtype=np.int64)
        where[np.searchsorted(time, of)] = np.arange(of.size)
        return where

    record = np.full(time.size, -1, dtype=np.int64)
    if record_ends.size:
        record = np.minimum(np.searchsorted(record_ends, time), record_ends.size - 1)
    is_end = np.isin(time, record_ends) if record_ends.size else np.ones(time.size, dtype=bool)
    is_end[-1] = True
    period = np.minimum(np.searchsorted(ends, time), ends.size - 1)
    tilled = np.where(np.isin(time, ends), _tilled_nodes(column), 0)
    is_end |= np.isin(time, ends)
    return Stops(time, record, is_end, row(outputs), row(shown), period, tilled)


def _tilled_nodes(column: Column) -> int:
    """Nodes that tillage mixes: those whose soil lies above its depth."""
    below = np.cumsum(column.profile.length)
    return int(np.count_nonzero(below <= column.tillage + 1e-9)) if column.tillage > 0.0 else 0


def pack(columns: Sequence[Column], periods: int) -> tuple[Any, ...]:
    """Arrays over columns for the kernel; sources are given for so many periods."""
    profiles = [c.profile for c in columns]
    depth = np.stack([p.depth for p in profiles])
    mesh = Mesh(
        np.diff(depth, axis=1),
        np.stack([p.length for p in profiles]),
        np.stack([np.asarray(p.material, dtype=np.int64) for p in profiles]),
    )

    def of_materials(name: str) -> Floats:
        return np.array([[getattr(m, name) for m in p.materials] for p in profiles])

    saturated = np.array([AIR_ENTRY if p.air_entry else 0.0 for p in profiles])
    soil = tuple(of_materials(k) for k in ("theta_r", "theta_s", "alpha", "n", "k_s", "l"))
    edges = [
        (
            _TOP[c.top.kind], float(c.top.value), float(c.top.h_crit_a),
            c.top.surface_layer, _BOTTOM[c.bottom.kind],
            *map(float, (c.bottom.value, c.bottom.a, c.bottom.b, c.bottom.level)),
        )
        for c in columns
    ]  # fmt: skip
    edge = _stacked(Boundaries, edges)
    roots = [
        _roots(c, depth[i], mesh.length[i], soil, saturated[i], i) for i, c in enumerate(columns)
    ]
    density = np.stack([r[0] for r in roots])
    wilted = np.stack([r[1] for r in roots])
    root_values = np.array([r[2] for r in roots])
    weather, number = _weather(columns)
    count = (len(columns), len(columns[0].solutes))

    def of_solutes(name: str, *shape: int) -> Floats:
        values = [[getattr(s, name) for s in c.solutes] for c in columns]
        return np.array(values, dtype=np.float64).reshape(*count, *shape)

    none = np.zeros((periods, depth.shape[1]))
    by_material = (len(columns[0].profile.materials),)
    solutes = Solutes(
        of_solutes("kd", *by_material),
        of_solutes("beta", *by_material),
        of_solutes("eta", *by_material),
        of_materials("bulk_density"),
        of_materials("dispersivity"),
        of_solutes("diffusion"),
        of_solutes("root_limit"),
        of_solutes("top_concentration"),
        of_solutes("pulse"),
        of_solutes("initial", depth.shape[1]),
        np.array(
            [[none if s.source is None else s.source for s in c.solutes] for c in columns],
            dtype=np.float64,
        ).reshape(*count, *none.shape),
    )
    numerics = [c.numerics for c in columns]
    tolerance = _stacked(Tolerance, [(k.tol_theta, k.tol_h, k.max_iter) for k in numerics])
    control = _stacked(
        Control,
        [
            (k.dt_init, k.dt_min, k.dt_max, k.few, k.many, k.grow, k.shrink, k.upstream)
            for k in numerics
        ],
    )
    start = columns[0].start
    head = np.stack([np.asarray(c.head, dtype=np.float64) for c in columns])
    return (
        start, head, depth, mesh, soil, saturated, edge, density, wilted, root_values,
        weather, number, solutes, tolerance, control,
    )  # fmt: skip


def _stacked(kind: Any, rows: Sequence[tuple[float, ...]]) -> Any:
    """Named tuple of arrays over columns from the values of each."""
    return kind(*(np.array(values) for values in zip(*rows, strict=True)))


def _roots(
    column: Column,
    depth: Floats,
    length: Floats,
    soil: tuple[Floats, ...],
    saturated: float,
    i: int,
) -> tuple[Floats, Floats, tuple[float, ...]]:
    """Normalised density, water content at wilting by material, and the other numbers."""
    theta_r, theta_s, alpha, n, k_s, pore = (values[i] for values in soil)
    one = Hydraulics(theta_r, theta_s, alpha, n, k_s, pore, saturated)
    roots = column.roots
    feddes = Feddes() if roots is None else roots.feddes
    wilted = np.array([water_content(feddes.p3, one, k) for k in range(one.n.size)])
    density = np.zeros(depth.size)
    if roots is not None:
        density[:-1] = roots.density[:-1]
        total = float((density * length).sum())
        density = density / total if total > 0.0 else density
    growth = None if roots is None else roots.growth
    grown = (0.0, 0.0, 1.0, 1.0, 2.0, 365.0)
    if growth is not None:
        grown = (1.0, growth.start, growth.stop, growth.least, growth.greatest, growth.period)
    values = (feddes.p0, feddes.p_opt, feddes.p2_high, feddes.p2_low, feddes.p3, feddes.r2_high,
              feddes.r2_low)  # fmt: skip
    return density, wilted, (*values, *grown)


def _weather(columns: Sequence[Column]) -> tuple[Records, NDArray[np.int64]]:
    """Weather stacked once for each that is different, and which one a column has."""
    solutes = len(columns[0].solutes)
    if columns[0].weather is None:
        none = np.zeros((1, 1))
        records = Records(none, none, none, none, np.zeros((1, solutes, 1)))
        return records, np.zeros(len(columns), dtype=np.int64)
    distinct = {(id(c.weather), c.top.h_crit_s): c for c in columns}
    place = {key: i for i, key in enumerate(distinct)}
    number = np.array([place[id(c.weather), c.top.h_crit_s] for c in columns], dtype=np.int64)
    some = [(c.weather, c.top.h_crit_s) for c in distinct.values() if c.weather is not None]
    end = some[0][0].end
    if any(not np.array_equal(w.end, end) for w, _ in some):
        raise ValueError("records of all columns of a batch end at the same times")

    def stacked(values: Sequence[Floats]) -> Floats:
        return np.stack(values).astype(np.float64)

    dry = np.zeros((solutes, end.size))
    records = Records(
        stacked([w.rain for w, _ in some]),
        stacked([w.evaporation for w, _ in some]),
        stacked([w.transpiration for w, _ in some]),
        stacked([np.full(end.size, most) if w.bund is None else w.bund for w, most in some]),
        stacked([w.concentration if w.concentration.size else dry for w, _ in some]),
    )
    return records, number
