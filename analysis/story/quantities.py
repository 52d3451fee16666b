"""The facts that stories tell of a region and its run; those of cells are in ``biography``."""

from __future__ import annotations

from typing import Final

import numpy as np

from analysis.assessment import capacity
from analysis.assessment.thresholds import RECEPTORS
from analysis.assessment.warning import SPANS
from analysis.story.facts import Fact, Keys
from analysis.story.record import SQUARE_KM, Record, leading
from simulator.constants import BUILT_CLASSES, LAND_CLASSES

#: Stands for the built classes with their sealed ground among the land classes.
BUILT: Final = "built"
_GRAMS: Final = 1000.0
_PERCENT: Final = 100.0
_CM: Final = 100.0


class Quantities:
    """Facts of one run.

    Parameters
    ----------
    record : Record
        The run.
    run : int
        Its place in the story.
    """

    def __init__(self, record: Record, run: int = 0) -> None:
        self.record, self.run = record, run

    def fact(self, quantity: str, kind: str, value: float | int | str, **keys: str | int) -> Fact:
        """Fact of this run."""
        return Fact(quantity, tuple(keys.items()), value, kind, self.run)

    def year(self, year: int) -> Fact:
        """One of the recorded years."""
        return self.fact("recorded_year", "year", year, year=year)

    # --- region ---------------------------------------------------------------------------------

    def grid(self, name: str) -> Fact:
        """Entry ``rows``, ``cols`` or ``cell_size`` of the grid."""
        kind = "m" if name == "cell_size" else "count"
        return self.fact("grid", kind, self.record.run.manifest["grid"][name], name=name)

    def depth(self) -> Fact:
        """Depth of the control layer."""
        return self.fact("depth", "cm", _CM * self.record.run.manifest["layer_thickness"][0])

    def soil_cells(self) -> Fact:
        """Cells with soil."""
        return self.fact("soil_cells", "count", self.record.soil_cells)

    def parcels(self) -> Fact:
        """Parcels at the start."""
        return self.fact("parcels", "count", int(self.record.run.parcels["geometry"].notna().sum()))

    def sources(self, which: str) -> Fact:
        """Sources in the table of emissions: ``point`` with a place, ``area`` without."""
        table = self.record.run.sources.drop_duplicates("id")
        placed = table["x"].notna()
        chosen = placed if which == "point" else ~placed
        return self.fact("sources", "count", int(chosen.sum()), which=which)

    def layers(self, status: str) -> Fact:
        """Input layers of a status; ``all`` for their number."""
        found = [v["status"] for v in self.record.run.manifest["provenance"].values()]
        count = len(found) if status == "all" else found.count(status)
        return self.fact("layers", "count", count, status=status)

    def land_share(self, land: str, year: int) -> Fact:
        """Share of a land class, or of :data:`BUILT`, in all land and water."""
        state = self.record.run.history.sel(year=year)
        share = np.nan_to_num(state["open_share"].values).sum(axis=(1, 2), dtype=np.float64)
        sealed = float(np.nansum(state["sealed_share"].values, dtype=np.float64))
        if land == BUILT:
            part = sealed + sum(share[LAND_CLASSES.index(c)] for c in BUILT_CLASSES)
        else:
            part = share[LAND_CLASSES.index(land)]
        return self.fact(
            "land_share", "percent", _PERCENT * float(part / (share.sum() + sealed)), land=land,
            year=year,
        )  # fmt: skip

    def built(self, year: int) -> Fact:
        """Built land."""
        value = float(self.record.built[self.record.place(year)]) / SQUARE_KM
        return self.fact("built", "km2", value, year=year)

    # --- contents and limits --------------------------------------------------------------------

    def mean(self, metal: str, year: int) -> Fact:
        """Mean content of the control layer."""
        r = self.record
        value = float(r.mean[r.place(year), r.metal(metal)])
        return self.fact("mean_content", "mg_kg", value, metal=metal, year=year)

    def mean_change(self, metal: str, since: int, until: int) -> Fact:
        """Size of the change of the mean content."""
        start, end = self.mean(metal, since), self.mean(metal, until)
        value = abs(_PERCENT * (end.amount / start.amount - 1.0))
        return self.fact("mean_change", "percent", value, metal=metal, since=since, until=until)

    def over(self, metal: str, year: int) -> Fact:
        """Area at or above the limit."""
        r = self.record
        value = float(r.over[r.place(year), r.metal(metal)]) * r.cell_ha
        return self.fact("over_area", "ha", value, metal=metal, year=year)

    def over_share(self, metal: str, year: int) -> Fact:
        """Share of the cells with a limit that are at or above it."""
        r = self.record
        i, j = r.place(year), r.metal(metal)
        value = _PERCENT * float(r.over[i, j] / max(r.limited[i, j], 1))
        return self.fact("over_share", "percent", value, metal=metal, year=year)

    def over_on(self, metal: str, receptor: str, year: int) -> Fact:
        """Area at or above the limit on the land of a receptor."""
        state, m = self.record.state(year), self.record.metal(metal)
        here = state.receptor == RECEPTORS.index(receptor)
        value = float((state.over[m] & here).sum()) * self.record.cell_ha
        return self.fact("over_on", "ha", value, metal=metal, receptor=receptor, year=year)

    def crossed(self, way: str, metal: str, since: int, until: int) -> Fact:
        """Area that comes over its limit (``up``) or back under it (``down``) between states."""
        cells = int(self._crossed(way, metal, since, until).sum())
        return self.fact(
            f"crossed_{way}", "ha", cells * self.record.cell_ha, metal=metal, since=since,
            until=until,
        )  # fmt: skip

    def crossed_by_use(self, way: str, metal: str, since: int, until: int) -> Fact:
        """Share of it on which another land class counts than before."""
        crossed = self._crossed(way, metal, since, until)
        changed = self.record.state(since).land != self.record.state(until).land
        value = _PERCENT * float((crossed & changed).sum() / max(crossed.sum(), 1))
        return self.fact(
            f"crossed_{way}_by_use", "percent", value, metal=metal, since=since, until=until
        )

    def _crossed(self, way: str, metal: str, since: int, until: int) -> np.ndarray:
        m = self.record.metal(metal)
        before, after = self.record.state(since).over[m], self.record.state(until).over[m]
        found: np.ndarray = after & ~before if way == "up" else before & ~after
        return found

    def capacity(self, metal: str, receptor: str, year: int) -> Fact:
        """Mean capacity that remains on the land of a receptor; NaN where there is none."""
        state, m = self.record.state(year), self.record.metal(metal)
        left = capacity.remaining_capacity(state.limit[m], state.content[m], self.record.soil.mass)
        known = (state.receptor == RECEPTORS.index(receptor)) & np.isfinite(left)
        value = float(left[known].mean()) if known.any() else float("nan")
        return self.fact(
            "capacity", "kg_ha", value, metal=metal, receptor=receptor, year=year
        )  # fmt: skip

    def at_risk(self, area: float, year: int) -> Fact:
        """Area of fairly high and high comprehensive risk, as assessed. [ha]."""
        return self.fact("at_risk", "ha", area, year=year)

    def at_risk_below(self, area: float, year: int) -> Fact:
        """Part of it on which no metal has reached its limit, as assessed. [ha]."""
        return self.fact("at_risk_below", "ha", area, year=year)

    def soon(self, area: float, metal: str, year: int) -> Fact:
        """Area that reaches its limit within the span of a warning, as assessed. [ha]."""
        return self.fact("soon", "ha", area, metal=metal, year=year)

    def span(self) -> Fact:
        """Years of that warning."""
        return self.fact("span", "year", int(SPANS[0]))

    def turn(self, series: str, metal: str, turn: str, year: int) -> Fact:
        """Year of a turning point of a series."""
        return self.fact("turn", "year", year, series=series, metal=metal, turn=turn, year=year)

    def always_farmed(self, cells: int) -> Fact:
        """Cells that are farmland in the first and last year and at the start of each decade."""
        return self.fact("always_farmed", "count", cells)

    # --- ledger ---------------------------------------------------------------------------------

    def flow(self, way: str, metal: str, since: int, until: int) -> Fact:
        """What arrives at (``in``) or leaves (``out``) the control layer, a year."""
        effects = self.record.effects(metal, since, until).values()
        total = sum(abs(v) for v in effects if (v > 0.0) == (way == "in"))
        hectares = self.record.soil_cells * self.record.cell_ha
        value = _GRAMS * total / hectares / (until - since)
        return self.fact(f"flow_{way}", "g_ha_yr", value, metal=metal, since=since, until=until)

    def leading(self, way: str, metal: str, since: int, until: int) -> tuple[str, Fact] | None:
        """Largest pathway of a way and its share; None where nothing goes that way."""
        effects = self.record.effects(metal, since, until)
        name, share = leading(effects, 1.0 if way == "in" else -1.0)
        keys: Keys = {"pathway": name, "metal": metal, "since": since, "until": until}
        fact = self.fact(f"share_{way}", "percent", _PERCENT * share, **keys)
        return (name, fact) if name else None

    def leading_on(self, way: str, metal: str) -> tuple[str, Fact] | None:
        """Largest pathway on the land that crosses its limit (``up``, ``down``) in the whole run.

        Of what arrives on land that comes over it, of what leaves land that comes under it. None
        without such land or without fluxes of single cells.
        """
        first, last = self.record.first, self.record.last
        cells = self._crossed(way, metal, first, last)
        if not cells.any():
            return None
        sign = 1.0 if way == "up" else -1.0
        name, share = leading(self.record.effects_on(metal, cells), sign)
        keys: Keys = {"pathway": name, "metal": metal, "since": first, "until": last}
        fact = self.fact(f"share_on_{way}", "percent", _PERCENT * share, **keys)
        return (name, fact) if name else None

    def leading_tag(self, metal: str, since: int, until: int) -> tuple[str, Fact] | None:
        """Largest source or sector of the region, and its share of all that enters the soil.

        None where no source adds anything, or without source tags.
        """
        gains = self.record.gains(metal, since, until)
        own = {tag: v for tag, v in gains.items() if ":" in tag}
        if not own:
            return None
        name = max(own, key=lambda tag: own[tag])
        share = _PERCENT * own[name] / sum(gains.values())
        keys: Keys = {"tag": name, "metal": metal, "since": since, "until": until}
        return name, self.fact("share_tag", "percent", share, **keys)

    # --- what happened --------------------------------------------------------------------------

    def emitted(self, metal: str, year: int) -> Fact:
        """Emission of all sources in a year."""
        value = float(self.record.emitted(metal).get(year, 0.0))
        return self.fact("emitted", "kg", value, metal=metal, year=year)

    def emitters(self, metal: str, year: int) -> Fact:
        """Number of sources that emit in a year."""
        value = len(self.record.emitters(metal, year))
        return self.fact("emitters", "count", value, metal=metal, year=year)

    def emitter_share(self, source: str, metal: str, year: int) -> Fact:
        """Share of a source in the emission of a year."""
        table = self.record.emitters(metal, year).set_index("id")["kg_per_yr"]
        value = _PERCENT * float(table[source] / table.sum())
        return self.fact("emitter_share", "percent", value, source=source, metal=metal, year=year)

    def source_year(self, end: str, source: str) -> Fact:
        """First or last year in which a source emits anything."""
        value = int(self.record.source_spans[end].to_dict()[source])
        return self.fact(f"source_{end}", "year", value, source=source)

    def sources_changed(self, count: int, since: int, until: int) -> Fact:
        """Sources that begin or end in years and are not named."""
        return self.fact("sources_changed", "count", count, since=since, until=until)

    def converted(self, since: int, until: int) -> Fact:
        """Area of all parcels that change their class, each time counted."""
        value = float(self.record.converted(since, until)["ha"].sum())
        return self.fact("converted", "ha", value, since=since, until=until)

    def converted_to(self, old: str, new: str, since: int, until: int) -> tuple[Fact, Fact]:
        """Number and area of the parcels that change from one class to another."""
        row = self.record.converted(since, until).to_dict("index")[(old, new)]
        keys: Keys = {"old": old, "new": new, "since": since, "until": until}
        return (
            self.fact("converted_parcels", "count", int(row["n"]), **keys),
            self.fact("converted_area", "ha", float(row["ha"]), **keys),
        )

    def event_year(self, row: int) -> Fact:
        """Year of a row of the events."""
        value = int(self.record.run.events["date"].iloc[row])
        return self.fact("event_year", "year", value, row=row)

    def policy_acts(self, policy: str, since: int, until: int) -> Fact:
        """Number of interventions of a policy that begin in years."""
        table = self.record.acts(since, until)
        value = int((table["policy"] == policy).sum())
        return self.fact("policy_acts", "count", value, policy=policy, since=since, until=until)

    def event_count(self, kind: str, since: int, until: int) -> Fact:
        """Number of events of a kind in years."""
        table = self.record.run.events
        dates = (table["date"] >= since) & (table["date"] < until)
        value = int(((table["kind"] == kind) & dates).sum())
        return self.fact("event_count", "count", value, event=kind, since=since, until=until)

    def cost(self, since: int, until: int, name: str = "") -> Fact:
        """Cost of all interventions, or of one of a name, in years."""
        table = self.record.run.policies
        chosen = table[(table["year"] >= since) & (table["year"] < until)]
        if name:
            chosen = chosen[chosen["name"] == name]
        value = float(chosen["cost_million_cny"].sum())
        keys: Keys = {"name": name} if name else {}
        return self.fact(
            "cost_of" if name else "cost", "million_cny", value, **keys, since=since, until=until
        )

    def policy_year(self, name: str) -> Fact:
        """First year in which an intervention is in force."""
        table = self.record.run.policies
        value = int(table.loc[table["name"] == name, "year"].min())
        return self.fact("policy_year", "year", value, name=name)

    def reach(self, name: str, year: int) -> Fact:
        """Reach of an intervention in a year."""
        table = self.record.run.policies
        value = table.loc[(table["name"] == name) & (table["year"] == year), "reach"].iloc[0]
        return self.fact("reach", "percent", _PERCENT * float(value), name=name, year=year)

    def acts(self, count: int) -> Fact:
        """Number of interventions that are ever in force."""
        return self.fact("acts", "count", count)

    # --- the story itself -----------------------------------------------------------------------

    def others(self, count: int) -> Fact:
        """Number of runs beside the one that is told."""
        return self.fact("others", "count", count)

    def parameters(self, name: str) -> Fact:
        """Number of parameters that are used, recalled, overridden, or warned of."""
        value = len(self.record.run.manifest["parameters"][name])
        return self.fact("parameters", "count", value, name=name)

    def residual(self) -> Fact:
        """Largest relative residual of the balance."""
        value = float(self.record.run.manifest["largest_residual"])
        return self.fact("residual", "ratio", value)

    def trust(self, code: int, share: float, metal: str) -> Fact:
        """Share of the soil whose calibration has a status."""
        return self.fact("trust", "percent", share, trust=code, metal=metal)

    def branch_year(self) -> Fact:
        """First year of a branch."""
        return self.fact("branch_year", "year", int(self.record.run.manifest["parent"]["year"]))

    def version(self) -> Fact:
        """Version of the program that made the run."""
        return self.fact("version", "version", str(self.record.run.manifest["metalscape"]))

    def seed(self) -> Fact:
        """Seed of the run."""
        return self.fact("seed", "seed", int(self.record.run.manifest["seed"]))
