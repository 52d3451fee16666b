"""All that a click on a cell shows, as data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np
import pyproj
from numpy.typing import NDArray

from analysis.assessment.assess import ControlLayer
from analysis.assessment.citation import Citation, citation
from analysis.assessment.thresholds import dominant_land
from analysis.explain import near_sources
from analysis.inspector.flows import (
    Budget,
    BySource,
    Flows,
    Yearly,
    by_source_of,
    flows_of,
    yearly_of,
)
from analysis.inspector.neighbours import Neighbours, neighbours_of
from analysis.inspector.profile import Profile, profile_of
from analysis.inspector.sentence import Origin, Reasons, origin_of, sentence, ways_in, ways_out
from analysis.inspector.standing import Course, Standing, site_at, standing_of
from analysis.layers.limits import control_layer_of
from analysis.runs import cell_of, grid_of, layer_name, metal_of, pathways_of, years_of
from simulator.constants import HECTARE, LAND_CLASSES, WATER_CLASS
from simulator.errors import InputError, Problem
from simulator.record import RunFolder
from simulator.record.cell_record import layer_effects

Floats = NDArray[np.float64]

#: Stacks among which the nearest of a sector is looked for.
_NEAR: Final = 50


@dataclass(frozen=True, eq=False)
class Line:
    """Content of a soil layer along the years, and its limit.

    Attributes
    ----------
    years : tuple of int ``[year]``
    content : ndarray ``[year]``
        [mg kg-1]
    limit : ndarray ``[year]``
        NaN for none; there is one for the control layer only. [mg kg-1]
    over : ndarray of bool ``[year]``
        Where the content is at or above the limit.
    unit : str
        Of both.
    """

    years: tuple[int, ...]
    content: Floats
    limit: Floats
    over: NDArray[np.bool_]
    unit: str


@dataclass(frozen=True, eq=False)
class Cell:
    """One metal in one cell of a run, of all years recorded so far; made by :func:`look`.

    Contents and land are read at once, fluxes when they are asked for.

    Attributes
    ----------
    row, col : int
        The cell; row 0 is north.
    x, y : float
        Its centre in the CRS of the run. [m]
    lon, lat : float
        The same on WGS 84. [degrees]
    district : str
        Name; empty outside of all.
    metal : str
        Symbol.
    years : tuple of int
        Recorded years.
    depths : tuple of str
        Soil layers, ``0-20 cm``, the control layer first.
    cell_ha : float
        Area. [ha]
    """

    run: RunFolder
    row: int
    col: int
    x: float
    y: float
    lon: float
    lat: float
    district: str
    metal: str
    years: tuple[int, ...]
    depths: tuple[str, ...]
    cell_ha: float
    content: NDArray[np.float32]  #: ``[year, layer]`` [mg kg-1]
    ph: Floats  #: of the control layer, ``[year]``
    shares: Floats  #: of the open land classes and of sealed ground, ``[year, class + 1]`` [-]

    # --- where it is and how it stands ------------------------------------------------------------

    def place(self, year: int) -> str:
        """Land that counts and district: ``paddy, Huangpi``."""
        i = self._at(year)
        land = self._land[i] or WATER_CLASS
        if site_at(self.course, i) is not None:
            land = f"{land} (building site)"
        return f"{land}, {self.district}" if self.district else land

    def land(self, year: int) -> list[tuple[str, float]]:
        """Share of the cell by open land class, and ``sealed``, the largest first. [-]."""
        shares = self.shares[self._at(year)]
        found = zip((*LAND_CLASSES, "sealed"), shares.tolist(), strict=True)
        return sorted(((n, s) for n, s in found if s > 0.0), key=lambda item: -item[1])

    def line(self, depth: int = 0) -> Line:
        """Content of a layer along the years, with the limit if it is the control layer."""
        self._check(depth)
        content = self.content[:, depth].astype(np.float64)
        if depth == 0:
            return Line(self.years, content, self.course.limit, self.course.over, "mg/kg")
        none = np.full(content.shape, np.nan)
        return Line(self.years, content, none, np.zeros(content.shape, dtype=np.bool_), "mg/kg")

    def standing(self, year: int) -> Standing:
        """How the control layer stands to its limit at the beginning of a year."""
        rule = self._rule(year)
        if rule is not None:
            return standing_of(self.course, year, rule.text)
        return standing_of(self.course, year, self._soil[1] or f"none for {self.place(year)}")

    def limit_source(self, year: int) -> str:
        """Where the value of the limit of a year was taken from; empty where there is none."""
        rule = self._rule(year)
        return "" if rule is None else rule.source

    def profile(self, year: int) -> Profile:
        """Content by depth."""
        self._at(year)
        thickness = np.array(self.run.manifest["layer_thickness"], dtype=np.float64)
        return profile_of(self.metal, self.years, thickness, self.content, year)

    def neighbours(self, year: int, radius: int = 2) -> Neighbours:
        """Contents of the cells around."""
        self._at(year)
        return neighbours_of(self.run, self.row, self.col, self.metal, year, radius)

    # --- what came and went -----------------------------------------------------------------------

    def flows(self, since: int, until: int, depth: int | None = 0) -> Flows | None:
        """What changed the stock of a layer, or of the whole column, between two recorded years.

        None where the run kept no fluxes of single cells.
        """
        self._span(since, until)
        self._check(depth)
        budget = self.budget
        return None if budget is None else flows_of(budget, since, until, depth)

    def yearly(self, depth: int | None = 0) -> Yearly | None:
        """What each pathway did in each interval; None as of :meth:`flows`."""
        self._check(depth)
        return None if self.budget is None else yearly_of(self.budget, depth)

    def by_source(self, since: int, until: int) -> BySource | None:
        """Where metal came from by source tag; None where the run has no tags."""
        self._span(since, until)
        history = self.run.history
        if "content_by_source" not in history:
            return None
        tags = dict(zip(*(map(str, history[n].values) for n in ("tag", "tag_label")), strict=True))
        now = self._at(until)
        content = self._read(("content_by_source",), layer=0, years=slice(now, now + 1))
        span = slice(self._at(since), now)
        found = {} if self.tagged is None else {n: v[span] for n, v in self.tagged.items()}
        return by_source_of(
            (since, until), tags, content["content_by_source"][0],
            found.get("gain_by_source"), found.get("loss_by_source"),
        )  # fmt: skip

    def why(self, year: int, since: int | None = None) -> str:
        """Why the cell is over its limit, or is not: a sentence, two at most.

        Parameters
        ----------
        year : int
            A recorded year.
        since : int, optional
            Recorded year from which on is told what came and went; the first one by default.
        """
        since = self.years[0] if since is None else since
        self._at(since)
        return sentence(self._reasons(year, min(since, year)))

    # --- what is read -----------------------------------------------------------------------------

    @cached_property
    def course(self) -> Course:
        """Control layer along the years, with its limits."""
        content = self.content[:, 0].astype(np.float64)
        codes, (soil, _) = self._codes, self._soil
        limit = np.full(content.shape, np.nan)
        if soil is not None:
            here = soil.at((self.row, slice(self.col, self.col + 1)))
            limit = here.limits(codes, self.ph, metals=(self.metal,))[0]
        return Course(
            self.metal, self.years, content, limit, self._land, self.ph, self.shares[:, -1]
        )  # fmt: skip

    @cached_property
    def budget(self) -> Budget | None:
        """Stock and what each pathway did to it; None where fluxes of cells were not recorded."""
        if self.run.ledger is None:
            return None
        pathways = self.run.manifest["pathways"]
        read = self._read(("stock", "stock_sealed", *(p["name"] for p in pathways)))
        stock = read["stock"].astype(np.float64) + read["stock_sealed"]
        effect = layer_effects(read, pathways).swapaxes(0, 1)
        return Budget(self.years, stock, tuple(pathways_of(self.run)), effect)

    @cached_property
    def tagged(self) -> dict[str, NDArray[np.float32]] | None:
        """Gains and losses of the column by source tag, ``[interval, tag]``. [mg m-2]."""
        if self.run.ledger is None:
            return None
        return self._read(("gain_by_source", "loss_by_source"))

    def _read(
        self, names: tuple[str, ...], years: slice = slice(None), **picks: int
    ) -> dict[str, NDArray[Any]]:
        metals = self.run.history["metal"].values.tolist()
        picks["metal"] = metals.index(self.metal)
        return self.run.along(names, self.row, self.col, picks, years)

    @cached_property
    def _codes(self) -> NDArray[np.int8]:
        return dominant_land(self.shares[:, :-1].T, self.shares[:, -1])

    @cached_property
    def _land(self) -> tuple[str, ...]:
        return tuple(LAND_CLASSES[k] if k >= 0 else "" for k in self._codes.tolist())

    @cached_property
    def _soil(self) -> tuple[ControlLayer | None, str]:
        """Soil of the region, or why there is none."""
        try:
            return control_layer_of(self.run), ""
        except InputError as error:
            first = error.problems[0]
            return None, f"the region of the run cannot be read: {first.where}: {first.what}"

    def _rule(self, year: int) -> Citation | None:
        i = self._at(year)
        if not np.isfinite(self.course.limit[i]):
            return None
        return citation(self.metal, self._land[i], float(self.ph[i]))

    def _reasons(self, year: int, since: int) -> Reasons:
        i, standing, rule = self._at(year), self.standing(year), self._rule(year)
        came = went = None
        flows = self.flows(since, year)
        if flows is not None and self.budget is not None:
            came, went = (f(flows, self.budget.pathways) for f in (ways_in, ways_out))
        stacks = near_sources(self.run, self.x, self.y, self.metal, year, _NEAR)
        origin: Origin | None = None
        if since < year and (found := self.by_source(since, year)) is not None:
            origin = origin_of(found, stacks)
        return Reasons(
            standing, "" if rule is None else rule.standard, self._land[i], float(self.ph[i]),
            self.years[0], float(self.content[0, 0]), since,
            float(self.content[self._at(since), 0]), self._limed(standing),
            came, went, origin, stacks[0] if stacks and origin is None else None,
            site_at(self.course, i),
        )  # fmt: skip

    def _limed(self, standing: Standing) -> bool:
        """Whether lime was spread somewhere between the states about a turn of the limit."""
        if standing.turn is None:
            return False
        acts = self.run.policies
        before = self.years[self._at(standing.turn.year) - 1]
        spread = (acts["year"] >= before) & (acts["year"] < standing.turn.year)
        return bool((spread & (acts["kind"] == "lime")).any())

    # --- checks -----------------------------------------------------------------------------------

    def _at(self, year: int) -> int:
        """Place of a recorded year."""
        if year not in self.years:
            raise InputError(
                Problem(
                    f"year {year}", "is not recorded",
                    f"the run holds states of {self.years[0]} to {self.years[-1]}",
                    "Choose one of these.",
                )
            )  # fmt: skip
        return self.years.index(year)

    def _span(self, since: int, until: int) -> None:
        if self._at(since) > self._at(until):
            raise InputError(
                Problem(
                    f"years {since} to {until}", "end before they begin",
                    "what came and went is told of a span of years", "Swap them.",
                )
            )  # fmt: skip

    def _check(self, depth: int | None) -> None:
        if depth is not None and not 0 <= depth < len(self.depths):
            raise InputError(
                Problem(
                    f"soil layer {depth}", "is not in the run",
                    f"layers are 0 ({self.depths[0]}) to {len(self.depths) - 1}",
                    "Choose one of these.",
                )
            )  # fmt: skip


def look(run: RunFolder, row: int, col: int, metal: str) -> Cell:
    """Look at a metal in a cell.

    Parameters
    ----------
    run : RunFolder
        A run, finished or not; of one that goes on what was recorded when it was opened.
    row, col : int
        The cell; row 0 is north.
    metal : str
        Symbol of the metal, in any case.

    Raises
    ------
    InputError
        If the run does not hold the metal, or the cell lies outside the grid or has no soil.
    RunError
        If the folder of the run is not there any more.
    """
    metal = metal_of(run, metal)
    row, col = cell_of(run, int(row), int(col))
    history, grid = run.history, grid_of(run)
    metals = history["metal"].values.tolist()
    read = run.along(
        ("content", "ph", "open_share", "sealed_share"), row, col, {"metal": metals.index(metal)}
    )
    x, y = float(history["x"][col]), float(history["y"][row])
    lon, lat = _to_wgs84(grid.crs).transform(x, y)
    code = int(history["district"].isel(y=row, x=col))
    shares = np.concatenate((read["open_share"], read["sealed_share"][:, None]), axis=1)
    return Cell(
        run, row, col, x, y, lon, lat,
        str(run.manifest["region"]["districts"].get(str(code), "")), metal,
        tuple(years_of(run).tolist()),
        tuple(layer_name(run, k) for k in range(history.sizes["layer"])),
        grid.cell_area / HECTARE,
        read["content"], read["ph"][:, 0].astype(np.float64), shares.astype(np.float64),
    )  # fmt: skip


@lru_cache(maxsize=8)
def _to_wgs84(crs: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
