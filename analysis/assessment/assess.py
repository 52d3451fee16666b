"""A run assessed year by year: capacity, indices, risks, warning, on current and on fixed land."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from analysis.assessment import capacity, ecological, grades, health, indices, thresholds, zones
from analysis.assessment.variables import LANDS, catalogue
from analysis.assessment.warning import (
    WINDOW,
    direction,
    next_exceedances,
    trend_window,
    warning_level,
    years_beyond,
    years_left,
)
from analysis.runs import pathways_of, run_name, year_of, years_of
from simulator.constants import METALS, MG_PER_KG
from simulator.errors import InputError, Problem
from simulator.record import RunFolder
from simulator.record.restart import same_region
from simulator.region import Region

Floats = NDArray[np.float64]

#: 1 mg m-2 in g ha-1.
_G_PER_HA: Final = 10.0


@dataclass(frozen=True)
class Rules:
    """What a run is held against.

    Attributes
    ----------
    standard : str
        Of farmland and built land: one of :data:`thresholds.STANDARDS`.
    ecological : str
        Of forest, grassland and bare land: one of :data:`thresholds.ECOLOGICAL`.
    horizon : int
        Years over which the dynamic capacity keeps the limit. [yr]
    """

    standard: str = "screening"
    ecological: str = "added"
    horizon: int = 50


@dataclass(frozen=True)
class ControlLayer:
    """What an assessment needs of the soil besides the run's record, each ``[row, col]``."""

    mass: Floats  #: dry soil. [kg ha-1]
    organic_matter: Floats  #: [kg kg-1]
    clay: Floats  #: [kg kg-1]
    background: Floats  #: natural content, ``[metal, row, col]``. [mg kg-1]

    @classmethod
    def of_region(cls, region: Region) -> ControlLayer:
        """Top layer of a region."""
        soil = region.soil
        mass = capacity.soil_mass(soil.bulk_density[0], float(region.layer_thickness[0]))
        background = region.background[:, 0] * MG_PER_KG
        return cls(mass, soil.organic_matter[0], soil.clay[0], background)

    def at(self, cells: Any) -> ControlLayer:
        """Return some of its cells, by an index of rows and columns or of flat cells."""
        places = cells if isinstance(cells, tuple) else (cells,)
        return ControlLayer(
            self.mass[places],
            self.organic_matter[places],
            self.clay[places],
            self.background[:, *places],
        )

    def flat(self) -> ControlLayer:
        """Return the same with the cells on one axis."""
        return ControlLayer(
            self.mass.reshape(-1),
            self.organic_matter.reshape(-1),
            self.clay.reshape(-1),
            self.background.reshape(len(self.background), -1),
        )

    def limits(
        self,
        land: NDArray[np.int8],
        ph: NDArray[Any],
        rules: Rules = Rules(),
        metals: Sequence[str] = METALS,
    ) -> Floats:
        """Limits of contents on land of a class and pH, ``[metal, ...]``. [mg kg-1].

        Parameters
        ----------
        land : ndarray of int8 ``[...]``
            Land class that counts, -1 for none; of the cells, or of years of a single one.
        ph : ndarray ``[...]``
            pH of the layer.
        rules : Rules
            Which limits.
        metals : sequence of str
            Symbols, in the order of the result.
        """
        shape = land.shape
        place = [METALS.index(metal) for metal in metals]
        return thresholds.limits(
            thresholds.receptor_of_land(land), ph.astype(np.float64), land,
            np.broadcast_to(self.organic_matter, shape), np.broadcast_to(self.clay, shape),
            background=np.broadcast_to(self.background[place], (len(place), *shape)),
            standard=rules.standard, ecological=rules.ecological, metals=metals,
        )  # fmt: skip


@dataclass(frozen=True)
class _State:
    """State of the control layer at the beginning of a recorded year."""

    content: Floats  #: ``[metal, row, col]``. [mg kg-1]
    ph: Floats  #: ``[row, col]``
    land: NDArray[np.int8]  #: land class that counts, ``[row, col]``


class Assessment:
    """A finished run, to be assessed a year at a time.

    Only what belongs to one year is held in memory, besides the years until the limits.

    Parameters
    ----------
    run : RunFolder
        A finished run.
    years : sequence of int, optional
        Recorded years; by default the first, the last and every tenth between.
    rules : Rules
        What the contents are held against.
    soil : ControlLayer, optional
        Read from the run's region by default.

    Raises
    ------
    InputError
        If the run is not finished, a year is not recorded, or the region is not that of the run.
    """

    def __init__(
        self,
        run: RunFolder,
        years: Sequence[int] | None = None,
        rules: Rules = Rules(),
        soil: ControlLayer | None = None,
    ) -> None:
        if not run.finished:
            raise InputError(
                Problem(
                    f"run {run_name(run)!r}", "is not finished",
                    "an assessment looks at the whole of a run, to its last year",
                    f"Go on with: metalscape resume {run_name(run)}",
                )
            )  # fmt: skip
        self.run, self.rules = run, rules
        self.recorded: list[int] = years_of(run).tolist()
        chosen = default_years(self.recorded) if years is None else years
        self.years = sorted({year_of(run, year) for year in chosen})
        self.soil = ControlLayer.of_region(same_region(run)) if soil is None else soil
        self._first_land = self._state(self.recorded[0]).land
        self._background = self.soil.background

    def __iter__(self) -> Iterator[xr.Dataset]:
        """Each of the years as a dataset with an axis ``year`` of length one."""
        for year in self.years:
            yield self.year(year)

    def year(self, year: int) -> xr.Dataset:
        """Assess one of the chosen years; see :func:`assess`."""
        state = self._state(year)
        lands = self._lands(state)
        limit = self._limits(state)
        values: dict[str, NDArray] = {
            "content": state.content,
            "land_class": _code(lands),
            "receptor": _code(thresholds.receptor_of_land(lands)),
            "limit": limit,
            **_single(self._capacities(year, state, limit)),
            **_single(self._outlook(year, state, limit)),
        }
        found = self._indices(state, limit) | self._health(state)
        found["risk_class"] = zones.risk_class(
            _each(grades.composite_worst, found["single_factor"], highest_is_worst=True),
            found["added_cancer_risk"],
            found["hazard_index"],
            found["risk_index"],
        )
        return self._dataset(year, values | _single(found))

    def _state(self, year: int) -> _State:
        state = self.run.history.sel(year=year)
        content = self._content(year)
        land = thresholds.land_of_soil(
            state["open_share"].values, state["sealed_share"].values, content
        )
        return _State(content, state["ph"].isel(layer=0).values.astype(np.float64), land)

    def _content(self, year: int) -> Floats:
        content = self.run.history["content"].sel(year=year).isel(layer=0)
        return content.values.astype(np.float64)

    def _lands(self, state: _State) -> NDArray[np.int8]:
        """Land class in the order of :data:`LANDS`, ``[land, row, col]``; -1 without soil."""
        soil = np.isfinite(state.content[0])
        return np.stack((state.land, np.where(soil, self._first_land, np.int8(-1))))

    def _limits(self, state: _State) -> Floats:
        """Limits in the order of :data:`LANDS`, ``[land, metal, row, col]``. [mg kg-1]."""
        return np.stack(
            [self.soil.limits(land, state.ph, self.rules) for land in self._lands(state)]
        )

    def _capacities(self, year: int, state: _State, limit: Floats) -> dict[str, NDArray]:
        content, mass = state.content, self.soil.mass
        relative = _each(capacity.relative_capacity, limit, content, self._background)
        return {
            "static_capacity": _each(capacity.total_capacity, limit, self._background, mass),
            "remaining_capacity": _each(capacity.remaining_capacity, limit, content, mass),
            "relative_capacity": relative,
            "capacity_grade": _grade(grades.classify("capacity index", relative)),
            "dynamic_capacity": _each(
                capacity.annual_capacity, limit, content, mass, self._kept(year),
                self.rules.horizon,
            ),
            "overload": np.where(
                np.isfinite(limit - content), grades.overloaded(content, limit), np.nan
            ),
        }  # fmt: skip

    def _indices(self, state: _State, limit: Floats) -> dict[str, NDArray]:
        content, background, soil = state.content, self._background, self.soil
        factors = indices.single_factor(content, limit)
        risk_factor = indices.risk_factor(content, background)
        affected = ecological.affected_fraction(
            content, background, state.ph, soil.organic_matter, soil.clay
        )
        return {
            "single_factor": factors,
            "nemerow": _each(indices.nemerow, factors),
            "leading_metal": _code(_each(grades.worst_metal, factors, highest_is_worst=True)),
            "geo_accumulation": indices.geo_accumulation(content, background),
            "risk_factor": risk_factor,
            "risk_index": indices.risk_index(risk_factor),
            "affected_fraction": ecological.combined_affected_fraction(affected),
        }

    def _health(self, state: _State) -> dict[str, NDArray]:
        lands = [
            health.health_land(thresholds.receptor_of_land(land)) for land in self._lands(state)
        ]
        risks = [health.health_risk(state.content, land) for land in lands]
        natural = [health.health_risk(self._background, land).total_cancer for land in lands]
        added = [r.total_cancer - n for r, n in zip(risks, natural, strict=True)]
        return {
            "cancer_risk": np.stack([r.cancer for r in risks]),
            "hazard_quotient": np.stack([r.hazard for r in risks]),
            "total_cancer_risk": np.stack([r.total_cancer for r in risks]),
            "added_cancer_risk": np.maximum(np.stack(added), 0.0),
            "hazard_index": np.stack([r.hazard_index for r in risks]),
        }

    def _outlook(self, year: int, state: _State, limit: Floats) -> dict[str, NDArray]:
        trend = self._trend(year)
        exceedance = self._exceedances[year]
        years = years_left(year, self.recorded[-1], exceedance, self._years_beyond)
        years = np.where(np.isfinite(limit - state.content), years, np.nan)
        level = warning_level(years)
        return {
            "net_input": self._net_input(year),
            "trend": trend,
            "direction": direction(trend, limit[0]),
            "exceedance_year": exceedance,
            "years_to_limit": years,
            "warning": level,
            "worst_warning": _each(grades.composite_worst, level, highest_is_worst=True),
        }

    @cached_property
    def _exceedances(self) -> dict[int, NDArray[np.float32]]:
        def overloads() -> Iterator[tuple[int, NDArray[np.bool_]]]:
            for year in reversed(self.recorded):
                state = self._state(year)
                yield year, grades.overloaded(state.content, self._limits(state))

        return next_exceedances(overloads(), self.years)

    @cached_property
    def _years_beyond(self) -> Floats:
        last = self.recorded[-1]
        state = self._state(last)
        return years_beyond(self._limits(state), state.content, self._trend(last))

    def _trend(self, year: int) -> Floats:
        """Change of content at a year, ``[metal, row, col]``. [mg kg-1 yr-1]."""
        since, until = trend_window(self.recorded, year)
        return (self._content(until) - self._content(since)) / max(until - since, 1)

    def _net_input(self, year: int) -> Floats:
        """What open and sealed soil gain at a year, ``[metal, row, col]``. [g ha-1 yr-1]."""
        since, until = trend_window(self.recorded, year)
        stock = self.run.history[["stock", "stock_sealed"]].isel(layer=0)
        held = stock["stock"] + stock["stock_sealed"]
        gain = held.sel(year=until).values - held.sel(year=since).values
        soil = np.isfinite(self._background)
        return np.where(soil, _G_PER_HA * gain / max(until - since, 1), np.nan)

    def _kept(self, year: int) -> Floats:
        """Share of the control layer's metal that a year's losses leave, ``[metal, row, col]``.

        Of the recorded interval that ends with the year, or that begins with it if it is the first.
        NaN where the run kept no fluxes of cells.
        """
        ledger = self.run.ledger
        if ledger is None or len(self.recorded) < 2:
            return np.full_like(self._background, np.nan)
        i = max(self.recorded.index(year), 1)
        since, until = self.recorded[i - 1 : i + 1]
        fluxes = ledger.sel(year=since)
        gain, loss = np.zeros_like(self._background), np.zeros_like(self._background)
        for pathway in pathways_of(self.run):
            flux = fluxes[pathway.name]
            amount = (flux.isel(layer=0) if "layer" in flux.dims else flux).values
            if pathway.kind in ("loss", "downward"):
                loss += amount
            elif pathway.kind != "signed":
                gain += pathway.signs(0, 1)[0] * amount
        stock = self.run.history["stock"].sel(year=since).isel(layer=0).values
        stock = np.where(stock > 0.0, stock, np.nan)  # none is open
        return capacity.residual_rate(stock, loss / (until - since), gain / (until - since))

    def _dataset(self, year: int, values: dict[str, NDArray]) -> xr.Dataset:
        history = self.run.history
        data = {
            name: xr.Variable(
                ("year", *variable.dims),
                np.asarray(values[name], dtype=np.float32)[None],
                {**variable.attributes(), "grid_mapping": "spatial_ref"},
            )
            for name, variable in catalogue().items()
        }
        kept = ("year", "metal", "y", "x", "spatial_ref")
        coordinates = {n: history.sel(year=[year]).coords[n].variable for n in kept}
        return xr.Dataset(
            {**data, "district": history["district"].variable.load()},
            {**coordinates, "land": ("land", np.array(LANDS))},
            {
                **{
                    k: history.attrs[k]
                    for k in ("title", "source", "comment")
                    if k in history.attrs
                },
                "Conventions": "CF-1.11",
                "standard": self.rules.standard,
                "ecological_limit": self.rules.ecological,
                "horizon_years": self.rules.horizon,
            },
        )


def assess(
    run: RunFolder,
    years: Sequence[int] | None = None,
    rules: Rules = Rules(),
    soil: ControlLayer | None = None,
) -> xr.Dataset:
    """Assess the control layer of a finished run.

    Parameters
    ----------
    run, years, rules, soil
        See :class:`Assessment`, which gives a year at a time where the whole is too large.

    Returns
    -------
    xarray.Dataset
        The variables of :func:`analysis.assessment.variables.catalogue` with the axes ``year,
        land, metal, y, x`` or some of them, in single precision. ``land`` says whether limits and
        receptors follow the land use of the year (``current``) or of the first one (``fixed``).
        NaN where there is no soil or no value.
    """
    return xr.concat(
        list(Assessment(run, years, rules, soil)), "year", data_vars="minimal", coords="minimal",
        compat="override", join="override", combine_attrs="override",
    )  # fmt: skip


def default_years(recorded: Sequence[int]) -> list[int]:
    """Return the first and last recorded year, and the first of each decade between."""
    first, last = recorded[0], recorded[-1]
    decades = range(first, last, WINDOW)
    return sorted({min(y for y in recorded if y >= decade) for decade in decades} | {last})


def _each(function: Callable[..., NDArray], *arrays: Any, **options: Any) -> Floats:
    """Call a function of ``[metal, row, col]`` for each land, the first axis of the first array."""
    first, *others = arrays
    return np.stack([function(one, *others, **options) for one in first])


def _single(values: dict[str, NDArray]) -> dict[str, NDArray]:
    """Maps in single precision, so that a year of a large grid takes half the memory."""
    return {name: value.astype(np.float32) for name, value in values.items()}


def _code(codes: NDArray) -> Floats:
    """Codes as floats, NaN for none."""
    return np.where(codes < 0, np.nan, codes)


def _grade(grade: NDArray[np.int8]) -> Floats:
    """Grades as floats, NaN for none (0)."""
    return np.where(grade < 1, np.nan, grade)
