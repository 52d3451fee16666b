"""Numbers of a story read again from the files of its runs, by other ways than the story's own.

One function a quantity; it is given a reader of the run that the number is of, and the keys of the
evidence.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cached_property

import numpy as np
import pandas as pd
import shapely
import xarray as xr

from analysis.assessment.assess import assess
from analysis.assessment.thresholds import RECEPTORS
from analysis.story.model import Evidence
from simulator.record import RunFolder

#: What each quantity is, by its name.
READERS: dict[str, Callable[..., float | int | str]] = {}
_ACTIVITIES = {"conversion", "calibration", "shortfall"}


def reread(evidence: Evidence, readers: list[Reader]) -> float | int | str:
    """Value of an evidence, from the files."""
    here = readers[evidence.run]
    keys = dict(evidence.keys)
    if evidence.quantity in ("less_over", "more_over", "apart", "apart_by_use", "won", "won_since",
                             "effect_apart", "price", "more_cost"):  # fmt: skip
        return READERS[evidence.quantity](here, readers[0], **keys)
    return READERS[evidence.quantity](here, **keys)


def reads(function: Callable[..., float | int | str]) -> Callable[..., float | int | str]:
    """Add a reader under the name of its function."""
    READERS[function.__name__] = function
    return function


class Reader:
    """Tables and maps of a run, opened without the story's own classes."""

    def __init__(self, run: RunFolder) -> None:
        self.run, self.manifest = run, run.manifest
        self.cell_ha = self.manifest["grid"]["cell_size"] ** 2 / 1e4

    @cached_property
    def history(self) -> xr.Dataset:
        return self.run.history.load()

    @cached_property
    def ledger(self) -> xr.Dataset:
        return self.run.ledger.load()

    @cached_property
    def assessed(self) -> xr.Dataset:
        return assess(self.run, self.history["year"].values.tolist()).sel(land="current")

    @cached_property
    def effects(self) -> pd.DataFrame:
        """Signed effect on layer 1: ``year, metal, pathway, kg``."""
        rows = []
        for p in self.manifest["pathways"]:
            for slot, signs in enumerate(p["signs"], start=1):
                table = self.run.totals
                table = table[(table["pathway"] == p["name"]) & (table["layer"] == slot)]
                rows.append(table.assign(kg=signs[0] * table["kg_per_yr"]))
        return pd.concat(rows)

    def content(self, metal: str, year: int) -> np.ndarray:
        field = self.history["content"].sel(metal=metal, year=year).isel(layer=0)
        return field.values.astype(np.float64)

    def over(self, metal: str, year: int) -> np.ndarray:
        return self.assessed["overload"].sel(metal=metal, year=year).values == 1.0

    def state(self, name: str, year: int, **where: str) -> np.ndarray:
        return self.assessed[name].sel(year=year, **where).values

    def by_pathway(self, metal: str, since: int, until: int) -> pd.Series:
        t = self.effects
        t = t[(t["metal"] == metal) & (t["year"] >= since) & (t["year"] < until)]
        return t.groupby(t["pathway"].astype(str))["kg"].sum()

    def emissions(self, metal: str) -> pd.DataFrame:
        table = self.run.sources
        return table[table["metal"] == metal]

    def changes(self, since: int, until: int) -> list[tuple[str, str, float]]:
        """Old class, new class and area of the changes after ``since`` up to ``until``."""
        found, last, area = [], {}, {}
        for row in self.run.parcels.sort_values("year", kind="stable").to_dict("records"):
            if row["geometry"] is not None:
                area[row["id"]] = shapely.from_wkb(row["geometry"]).area / 1e4
            old, new = last.get(row["id"]), str(row["land_class"])
            if old is not None and old != new and since < row["year"] <= until:
                found.append((old, new, area[row["id"]]))
            last[row["id"]] = new
        return found

    def cell_limits(self, metal: str, row: int, col: int) -> np.ndarray:
        return self.assessed["limit"].sel(metal=metal).values[:, row, col]

    def cell_gain(self, metal: str, row: int, col: int) -> dict[str, float]:
        """Effect of each pathway on layer 1 of a cell in all years. [mg m-2]."""
        found = {}
        for p in self.manifest["pathways"]:
            flux = self.ledger[p["name"]].sel(metal=metal).isel(y=row, x=col)
            total = flux.astype(np.float64).sum("year").values.reshape(-1)
            found[p["name"]] = sum(s[0] * v for s, v in zip(p["signs"], total, strict=True))
        return found

    @property
    def span(self) -> tuple[int, int]:
        years = self.history["year"].values
        return int(years[0]), int(years[-1])


# --- region -------------------------------------------------------------------------------------


@reads
def recorded_year(r: Reader, year: int) -> int:
    assert year in r.history["year"].values or year in r.run.totals["year"].values
    return year


@reads
def grid(r: Reader, name: str) -> float:
    return r.manifest["grid"][name]


@reads
def depth(r: Reader) -> float:
    return float(r.history["depth_bounds"].values[0, 1] * 100.0)


@reads
def soil_cells(r: Reader) -> int:
    content = r.history["content"].isel(year=0, metal=0, layer=0).values
    return int(np.isfinite(content).sum())


@reads
def parcels(r: Reader) -> int:
    return r.run.parcels["id"].nunique()


@reads
def sources(r: Reader, which: str) -> int:
    placed = r.run.sources.groupby("id")["x"].first().notna()
    return int(placed.sum() if which == "point" else (~placed).sum())


@reads
def layers(r: Reader, status: str) -> int:
    found = [v["status"] for v in r.manifest["provenance"].values()]
    return sum(status in ("all", one) for one in found)


@reads
def land_share(r: Reader, land: str, year: int) -> float:
    state = r.history.sel(year=year)
    open_share, sealed = state["open_share"].astype(float), state["sealed_share"].astype(float)
    whole = float(open_share.sum() + sealed.sum())
    if land == "built":
        part = float(open_share.sel(land_class=["urban", "industrial"]).sum() + sealed.sum())
    else:
        part = float(open_share.sel(land_class=land).sum())
    return 100.0 * part / whole


@reads
def built(r: Reader, year: int) -> float:
    state = r.history.sel(year=year)
    share = state["open_share"].astype(float).sel(land_class=["urban", "industrial"]).sum()
    return float(share + state["sealed_share"].astype(float).sum()) * r.cell_ha / 100.0


# --- contents and limits ------------------------------------------------------------------------


@reads
def mean_content(r: Reader, metal: str, year: int) -> float:
    return float(np.nanmean(r.content(metal, year)))


@reads
def mean_change(r: Reader, metal: str, since: int, until: int) -> float:
    start, end = mean_content(r, metal, since), mean_content(r, metal, until)
    return 100.0 * abs(end - start) / start


@reads
def over_area(r: Reader, metal: str, year: int) -> float:
    return float(r.over(metal, year).sum()) * r.cell_ha


@reads
def over_share(r: Reader, metal: str, year: int) -> float:
    return 100.0 * float(np.nanmean(r.state("overload", year, metal=metal)))


@reads
def over_on(r: Reader, metal: str, receptor: str, year: int) -> float:
    here = r.state("receptor", year) == RECEPTORS.index(receptor)
    return float((r.over(metal, year) & here).sum()) * r.cell_ha


def _crossed(r: Reader, metal: str, since: int, until: int) -> np.ndarray:
    return r.over(metal, until) & ~r.over(metal, since)


def _by_use(r: Reader, cells: np.ndarray, since: int, until: int) -> float:
    changed = r.state("land_class", since) != r.state("land_class", until)
    return 100.0 * float(changed[cells].mean()) if cells.any() else 0.0


@reads
def crossed_up(r: Reader, metal: str, since: int, until: int) -> float:
    return float(_crossed(r, metal, since, until).sum()) * r.cell_ha


@reads
def crossed_down(r: Reader, metal: str, since: int, until: int) -> float:
    return float(_crossed(r, metal, until, since).sum()) * r.cell_ha


@reads
def crossed_up_by_use(r: Reader, metal: str, since: int, until: int) -> float:
    return _by_use(r, _crossed(r, metal, since, until), since, until)


@reads
def crossed_down_by_use(r: Reader, metal: str, since: int, until: int) -> float:
    return _by_use(r, _crossed(r, metal, until, since), since, until)


@reads
def capacity(r: Reader, metal: str, receptor: str, year: int) -> float:
    here = r.state("receptor", year) == RECEPTORS.index(receptor)
    left = r.state("remaining_capacity", year, metal=metal)[here].astype(np.float64)
    return float(np.nanmean(left)) if here.any() else float("nan")


@reads
def at_risk(r: Reader, year: int) -> float:
    return float((r.state("risk_class", year) >= 4).sum()) * r.cell_ha


@reads
def at_risk_below(r: Reader, year: int) -> float:
    over = (r.state("overload", year) == 1.0).any(axis=0)
    return float(((r.state("risk_class", year) >= 4) & ~over).sum()) * r.cell_ha


@reads
def soon(r: Reader, metal: str, year: int) -> float:
    return float((r.state("warning", year, metal=metal) == 4).sum()) * r.cell_ha


@reads
def span(r: Reader) -> int:
    return 10


@reads
def always_farmed(r: Reader) -> int:
    years = r.history["year"].values
    told = [min(y for y in years if y >= d) for d in range(years[0], years[-1], 10)] + [years[-1]]
    farmed = r.assessed["receptor"].sel(year=told) == 0
    return int(farmed.all("year").sum())


@reads
def turn(r: Reader, series: str, metal: str, turn: str, year: int) -> int:
    if series == "emission":
        values = r.emissions(metal).groupby("year")["kg_per_yr"].sum()
    else:
        name = {"content": mean_content, "over": over_area}[series]
        years = r.history["year"].values.tolist()
        values = pd.Series({y: name(r, metal, y) for y in years})
    at = values.index.get_loc(year)
    before, after = values.iloc[:at], values.iloc[at + 1 :]
    assert len(before) > 0
    assert len(after) > 0
    if turn in ("peak", "trough"):
        sign = 1.0 if turn == "peak" else -1.0
        sides = [sign * side[side != values[year]] for side in (before[::-1], after)]
        assert all(side.iloc[0] < sign * values[year] for side in sides)
    else:
        assert values.iloc[0] < values.iloc[-1]
    return year


# --- ledger -------------------------------------------------------------------------------------


def _flow(r: Reader, sign: float, metal: str, since: int, until: int) -> float:
    effects = sign * r.by_pathway(metal, since, until)
    total = float(effects[effects > 0.0].sum())
    return 1000.0 * total / (soil_cells(r) * r.cell_ha) / (until - since)


@reads
def flow_in(r: Reader, metal: str, since: int, until: int) -> float:
    return _flow(r, 1.0, metal, since, until)


@reads
def flow_out(r: Reader, metal: str, since: int, until: int) -> float:
    return _flow(r, -1.0, metal, since, until)


def _share(effects: pd.Series, pathway: str) -> float:
    """Share of the largest one, which the pathway must be."""
    effects = effects[effects > 0.0]
    assert effects.idxmax() == pathway
    return 100.0 * float(effects[pathway] / effects.sum())


@reads
def share_in(r: Reader, pathway: str, metal: str, since: int, until: int) -> float:
    return _share(r.by_pathway(metal, since, until), pathway)


@reads
def share_out(r: Reader, pathway: str, metal: str, since: int, until: int) -> float:
    return _share(-r.by_pathway(metal, since, until), pathway)


def _share_on(r: Reader, sign: float, cells: np.ndarray, pathway: str, metal: str) -> float:
    gains = [r.cell_gain(metal, int(row), int(col)) for row, col in np.argwhere(cells)]
    return _share(sign * pd.DataFrame(gains).sum(), pathway)


@reads
def share_on_up(r: Reader, pathway: str, metal: str, since: int, until: int) -> float:
    return _share_on(r, 1.0, _crossed(r, metal, since, until), pathway, metal)


@reads
def share_on_down(r: Reader, pathway: str, metal: str, since: int, until: int) -> float:
    return _share_on(r, -1.0, _crossed(r, metal, until, since), pathway, metal)


@reads
def share_tag(r: Reader, tag: str, metal: str, since: int, until: int) -> float:
    table = r.run.source_totals
    table = table[(table["metal"] == metal) & (table["way"] == "gain")]
    table = table[table["year"].between(since, until - 1)]
    gains = table.groupby(table["tag"].astype(str))["kg_per_yr"].sum()
    own = gains[gains.index.str.contains(":")]
    assert own.idxmax() == tag
    return 100.0 * float(gains[tag] / gains[gains > 0.0].sum())


# --- what happened ------------------------------------------------------------------------------


@reads
def emitted(r: Reader, metal: str, year: int) -> float:
    table = r.emissions(metal)
    return float(table.loc[table["year"] == year, "kg_per_yr"].sum())


@reads
def emitters(r: Reader, metal: str, year: int) -> int:
    table = r.emissions(metal)
    return int((table.loc[table["year"] == year, "kg_per_yr"] > 0.0).sum())


@reads
def emitter_share(r: Reader, source: str, metal: str, year: int) -> float:
    table = r.emissions(metal)
    here = table[table["year"] == year].set_index("id")["kg_per_yr"]
    assert here.max() == here[source]
    return 100.0 * float(here[source] / here.sum())


def _emitting(r: Reader, source: str) -> pd.Series:
    table = r.run.sources
    return table.loc[(table["id"] == source) & (table["kg_per_yr"] > 0.0), "year"]


@reads
def source_first(r: Reader, source: str) -> int:
    return int(_emitting(r, source).min())


@reads
def source_last(r: Reader, source: str) -> int:
    return int(_emitting(r, source).max())


@reads
def sources_changed(r: Reader, since: int, until: int) -> int:
    begin, end = r.span[0], r.span[1] - 1
    ids = r.run.sources["id"].unique()
    spans = [(_emitting(r, s).min(), _emitting(r, s).max()) for s in ids]
    inside = range(since, until)
    opened = sum(first in inside and first > begin for first, _ in spans)
    return opened + sum(last in inside and last < end for _, last in spans) - 3


@reads
def converted(r: Reader, since: int, until: int) -> float:
    return sum(area for _, _, area in r.changes(since, until))


@reads
def converted_area(r: Reader, old: str, new: str, since: int, until: int) -> float:
    return sum(a for o, n, a in r.changes(since, until) if (o, n) == (old, new))


@reads
def event_year(r: Reader, row: int) -> int:
    line = (r.run.path / "events.csv").read_text("utf-8").splitlines()[row + 1]
    date, kind = line.split(",")[:2]
    assert kind not in _ACTIVITIES
    return int(float(date))


@reads
def policy_acts(r: Reader, policy: str, since: int, until: int) -> int:
    table = _acts(r)
    begin = table[table["policy"] == policy].groupby("name")["year"].min()
    return int(begin.between(since, until - 1).sum())


@reads
def event_count(r: Reader, event: str, since: int, until: int) -> int:
    lines = (r.run.path / "events.csv").read_text("utf-8").splitlines()[1:]
    pairs = [line.split(",")[:2] for line in lines]
    return sum(kind == event and since <= float(date) < until for date, kind in pairs)


def _acts(r: Reader) -> pd.DataFrame:
    return pd.read_csv(r.run.path / "policies.csv", keep_default_na=False)


@reads
def cost(r: Reader, since: int, until: int) -> float:
    table = _acts(r)
    return float(table.loc[table["year"].between(since, until - 1), "cost_million_cny"].sum())


@reads
def cost_of(r: Reader, name: str, since: int, until: int) -> float:
    table = _acts(r)
    rows = table["year"].between(since, until - 1) & (table["name"] == name)
    return float(table.loc[rows, "cost_million_cny"].sum())


@reads
def policy_year(r: Reader, name: str) -> int:
    acts = tomllib.loads((r.run.path / "scenario.toml").read_text("utf-8"))["interventions"]
    return int(
        next(a["date"] for a in acts if (a.get("name") or f"{a['kind']} {a['date']:g}") == name)
    )


@reads
def reach(r: Reader, name: str, year: int) -> float:
    table = _acts(r)
    return 100.0 * float(table[(table["name"] == name) & (table["year"] == year)]["reach"].iloc[0])


@reads
def acts(r: Reader) -> int:
    return _acts(r)["name"].nunique()


# --- runs against the first ---------------------------------------------------------------------


@reads
def others(r: Reader) -> int:
    return 1


@reads
def more_over(r: Reader, first: Reader, metal: str, year: int) -> float:
    return over_area(r, metal, year) - over_area(first, metal, year)


@reads
def less_over(r: Reader, first: Reader, metal: str, year: int) -> float:
    return -more_over(r, first, metal, year)


@reads
def apart(r: Reader, first: Reader, metal: str, year: int) -> float:
    return float((r.over(metal, year) != first.over(metal, year)).sum()) * r.cell_ha


@reads
def apart_by_use(r: Reader, first: Reader, metal: str, year: int) -> float:
    cells = r.over(metal, year) != first.over(metal, year)
    differs = r.state("land_class", year) != first.state("land_class", year)
    return 100.0 * float(differs[cells].mean())


@reads
def won_since(r: Reader, first: Reader, metal: str, year: int) -> int:
    end = over_area(r, metal, year)
    years = first.history["year"].values.tolist()
    no_more = [y for y in years if over_area(first, metal, y) <= end]
    return min(y for y in years if not no_more or y > no_more[-1])


@reads
def won(r: Reader, first: Reader, metal: str, year: int) -> int:
    return year - won_since(r, first, metal, year)


@reads
def effect_apart(
    r: Reader, first: Reader, metal: str, pathway: str, since: int, until: int
) -> float:
    pairs = [one.by_pathway(metal, since, until) for one in (r, first)]
    difference = pairs[0].sub(pairs[1], fill_value=0.0).abs()
    assert difference.idxmax() == pathway
    return float(difference[pathway])


@reads
def price(r: Reader, first: Reader, metal: str, year: int) -> float:
    begin, end = r.span
    return more_cost(r, first, begin, end) / less_over(r, first, metal, year)


@reads
def more_cost(r: Reader, first: Reader, since: int, until: int) -> float:
    return cost(r, since, until) - cost(first, since, until)


# --- how sure, methods --------------------------------------------------------------------------


@reads
def parameters(r: Reader, name: str) -> int:
    return len(r.manifest["parameters"][name])


@reads
def residual(r: Reader) -> float:
    return r.manifest["largest_residual"]


@reads
def branch_year(r: Reader) -> int:
    return r.manifest["parent"]["year"]


@reads
def version(r: Reader) -> str:
    return r.manifest["metalscape"]


@reads
def seed(r: Reader) -> int:
    return r.manifest["seed"]


@reads
def trust(r: Reader, trust: int, metal: str) -> float:
    status = r.run.calibration["status"].isel(year=0).sel(metal=metal).values
    return 100.0 * float((status == trust).sum() / (status > 0).sum())


# --- cells --------------------------------------------------------------------------------------


def _cell(r: Reader, name: str, metal: str, row: int, col: int) -> np.ndarray:
    return r.history[name].sel(metal=metal).isel(layer=0, y=row, x=col).values.astype(np.float64)


def _place(r: Reader, year: int) -> int:
    return r.history["year"].values.tolist().index(year)


@reads
def cell_place(r: Reader, metal: str, row: int, col: int, axis: str) -> int:
    return {"row": row, "col": col}[axis]


@reads
def cell_content(r: Reader, metal: str, row: int, col: int, year: int) -> float:
    return _cell(r, "content", metal, row, col)[_place(r, year)]


@reads
def cell_limit(r: Reader, metal: str, row: int, col: int, year: int) -> float:
    return float(r.cell_limits(metal, row, col)[_place(r, year)])


@reads
def cell_ratio(r: Reader, metal: str, row: int, col: int, year: int) -> float:
    factor = r.state("single_factor", year, metal=metal)
    assert np.nanmax(factor) == factor[row, col]
    return float(factor[row, col])


@reads
def cell_over_since(r: Reader, metal: str, row: int, col: int) -> int:
    over = r.assessed["overload"].sel(metal=metal).isel(y=row, x=col)
    years = r.history["year"].values.tolist()
    return next(y for y in years if bool((over.sel(year=slice(y, None)) == 1.0).all()))


@reads
def cell_over_until(r: Reader, metal: str, row: int, col: int) -> int:
    over = r.assessed["overload"].sel(metal=metal).isel(y=row, x=col)
    return int(over["year"].values[over.values == 1.0].max())


@reads
def cell_change(r: Reader, metal: str, row: int, col: int) -> float:
    content = _cell(r, "content", metal, row, col)
    return float(content[-1] - content[0])


@reads
def cell_change_around(r: Reader, metal: str, row: int, col: int) -> float:
    rows, cols = r.manifest["grid"]["rows"], r.manifest["grid"]["cols"]
    found = [
        cell_change(r, metal, i, j)
        for i in range(max(row - 1, 0), min(row + 2, rows))
        for j in range(max(col - 1, 0), min(col + 2, cols))
        if (i, j) != (row, col)
    ]
    return float(np.nanmedian(found))


@reads
def cell_stock(r: Reader, metal: str, row: int, col: int, year: int) -> float:
    parts = (_cell(r, n, metal, row, col)[_place(r, year)] for n in ("stock", "stock_sealed"))
    return sum(parts)


@reads
def cell_effect(r: Reader, metal: str, row: int, col: int, pathway: str) -> float:
    return abs(r.cell_gain(metal, row, col)[pathway])


@reads
def cell_flow_in(r: Reader, metal: str, row: int, col: int) -> float:
    return sum(v for v in r.cell_gain(metal, row, col).values() if v > 0.0)


@reads
def cell_flow_out(r: Reader, metal: str, row: int, col: int) -> float:
    return -sum(v for v in r.cell_gain(metal, row, col).values() if v < 0.0)


@reads
def cell_distance(r: Reader, metal: str, row: int, col: int, source: str) -> float:
    place = r.run.sources[r.run.sources["id"] == source].iloc[0]
    size = r.manifest["grid"]["cell_size"]
    x = r.manifest["grid"]["x_min"] + (col + 0.5) * size
    y = r.manifest["grid"]["y_max"] - (row + 0.5) * size
    return float(np.hypot(place["x"] - x, place["y"] - y)) / 1000.0


@reads
def source_total(r: Reader, metal: str, row: int, col: int, source: str) -> float:
    table = r.emissions(metal)
    return float(table.loc[table["id"] == source, "kg_per_yr"].sum())


@reads
def parcel_turn(r: Reader, metal: str, row: int, col: int, parcel: int, year: int) -> int:
    table = r.run.parcels[r.run.parcels["id"] == parcel].sort_values("year")
    classes = dict(zip(table["year"], table["land_class"].astype(str), strict=True))
    before = max(y for y in classes if y < year)
    assert classes[before] != classes[year]
    return year


@reads
def parcel_share(r: Reader, metal: str, row: int, col: int, parcel: int) -> float:
    size = r.manifest["grid"]["cell_size"]
    west = r.manifest["grid"]["x_min"] + col * size
    north = r.manifest["grid"]["y_max"] - row * size
    square = shapely.box(west, north - size, west + size, north)
    outline = shapely.from_wkb(r.run.parcels.set_index("id")["geometry"].dropna()[parcel])
    return 100.0 * outline.intersection(square).area / square.area
