"""Checks of a scenario beyond its form: dates, parameters, and what its region has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from simulator.constants import LAND_CLASSES
from simulator.data import Parameters
from simulator.emission_factors import emitting_sectors
from simulator.errors import InputError, Problem
from simulator.landuse.demand import history_problem
from simulator.landuse.paths import UrbanPath
from simulator.problems import Location, Report, place, suggest
from simulator.region import Region
from simulator.region.vectors import ZONES
from simulator.scenario.acts import POLICIES, Act
from simulator.scenario.check_sources import check_inputs, check_sources
from simulator.scenario.land_acts import (
    GreenBelt,
    OnParcels,
    Phytoextract,
    RedLine,
    RemoveSoil,
)
from simulator.scenario.model import Scenario
from simulator.scenario.select import ALL, parcel_districts, split_selector
from simulator.scenario.source_acts import OnSources


def own_problems(scenario: Scenario, file_of: Callable[[Location], str]) -> list[Problem]:
    """Return what is wrong with a well-formed scenario whatever its region.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    file_of : callable
        File that a place of the scenario stands in.
    """
    report = Report()

    def where(*location: int | str) -> str:
        return f"{file_of(location)}: {place(location)}"

    _check_acts(scenario, where, report)
    check_inputs(scenario.interventions, lambda i, key: where("interventions", i, key), report)
    plants = Parameters().keys("hyperaccumulators", "plant")
    for i, act in enumerate(scenario.interventions):
        if isinstance(act, Phytoextract) and act.plant not in plants:
            report.add(
                where("interventions", i, "plant"),
                f"unknown plant {act.plant!r}",
                "a plant is one of hyperaccumulators.csv",
                suggest(act.plant, plants),
            )
    sectors = emitting_sectors()
    for i, path in enumerate(scenario.emission.paths):
        if path.sector != "*" and path.sector not in sectors:
            report.add(
                where("emission", "paths", i, "sector"),
                f"unknown sector {path.sector!r}",
                "a path is for a sector with emission factors, or '*'",
                suggest(path.sector, ["*", *sectors]),
            )
    for key, value in scenario.parameters.items():
        try:
            Parameters({key: value})
        except InputError as error:
            report += [
                Problem(where("parameters", key), p.what, p.rule, p.fix) for p in error.problems
            ]
    if not report:  # parameters that are each fine may not fit together
        report.attempt(UrbanPath.of, Parameters(scenario.parameters), scenario.landuse.path)
    return report


def _check_acts(scenario: Scenario, where: Callable[..., str], report: Report) -> None:
    """Report dates outside the run, policies that are used twice and costs of no land."""
    seen: list[Act] = []
    for i, act in enumerate(scenario.interventions):
        here = where("interventions", i)
        if act.policy:
            here = f"{where(POLICIES)}, {act.policy}: {act.name or act.kind}"
        if not scenario.start <= act.date < scenario.end:
            report.add(
                f"{here}, date",
                f"{act.date:g} is outside the run",
                f"dates lie in {scenario.start} to {scenario.end}, the end excluded",
                f"{'Set begin of the policy' if act.policy else 'Move the date'}, or change start "
                "or years.",
            )
        if act.policy:
            aim = act.model_copy(update={"strength": 1.0, "compliance": 1.0})
            if aim in seen:
                report.add(
                    f"{here}, date",
                    f"is there twice from {act.date:g} on",
                    "a policy is used once, by the scenario or by its base",
                    "Remove it from policies, or set begin to another date.",
                )
            seen.append(aim)
        land = act.cost.per_hectare or act.cost.yearly_per_hectare
        if land and not isinstance(act, OnParcels | RedLine | GreenBelt):
            report.add(
                f"{here}, cost",
                f"{act.kind} treats no land",
                "costs by the hectare are for interventions on parcels and soil",
                "Give capital or yearly.",
            )


def region_problems(scenario: Scenario, region: Region) -> list[Problem]:
    """Return what does not fit the region: sources, parcels and districts by name."""
    report = Report()
    if scenario.soil.initial_content == "survey" and region.survey is None:
        report.add(
            f"scenario {scenario.name}: soil.initial_content",
            f"region {region.name} has no survey",
            "a start from the survey needs [files.survey] of the region",
            "Add the file, or start from the 'background'.",
        )
    unknown = history_problem(scenario.landuse, region.land_history is not None)
    if unknown is not None:
        report.append(replace(unknown, where=f"scenario {scenario.name}: {unknown.where}"))
    for i, act in enumerate(scenario.interventions):
        name = f"scenario {scenario.name}: interventions {i + 1} ({act.name or act.kind})"
        if isinstance(act, OnSources):
            check_sources(act, region, name, report)
        elif isinstance(act, OnParcels):
            for parcel in act.parcels:
                _check_parcel(parcel, region, f"{name}, parcels", report)
        if isinstance(act, RemoveSoil):
            _check_depth(act.depth_m, region, f"{name}, depth_m", report)
    listed = pd.concat([region.sources["id"], region.area_sources["id"]]).tolist()
    for plant in scenario.tags.plants:
        if plant not in listed:
            report.add(
                f"scenario {scenario.name}: tags, plants",
                f"{plant!r} is no source of {region.name}",
                "plants are ids of sources.csv or area_sources.csv",
                suggest(plant, listed),
            )
    return report


def hindcast_problems(scenario: Scenario, hindcast: Scenario, region: Region) -> list[Problem]:
    """Return why the run of a scenario cannot be what another is calibrated by.

    Parameters
    ----------
    scenario : Scenario
        Asks for a calibration.
    hindcast : Scenario
        The scenario that it names.
    region : Region
        The region of the first.
    """
    report = Report()
    where = f"scenario {scenario.name}: calibration"
    name = f"{where}.hindcast"
    if hindcast.calibration.wanted:
        report.add(
            name,
            f"{hindcast.name!r} is calibrated itself",
            "a hindcast shows what the processes do alone",
            'Set method = "none" and physical = false in its [calibration].',
        )
    if hindcast.region != scenario.region:
        report.add(
            name,
            f"{hindcast.name!r} is of the region {hindcast.region}",
            f"a hindcast is of the same region, here {scenario.region}",
            "Name a scenario of this region.",
        )
    if scenario.calibration.physical and hindcast.tags.by == "none":
        report.add(
            f"{where}.physical",
            f"{hindcast.name!r} does not tell the metal in the soil apart by its sources",
            "parameters are adjusted by what each source has left at the samples",
            'Set [tags] by = "sector" in the hindcast.',
        )
    samples = region.samples
    if samples is None:
        report.add(
            where,
            f"region {region.name} has no samples",
            "a calibration is by [files.samples] of the region",
            'Add the file, or set method = "none" and physical = false.',
        )
    elif not ((samples.year >= hindcast.start) & (samples.year < hindcast.end)).any():
        years = ", ".join(str(year) for year in np.unique(samples.year)[:6])
        report.add(
            name,
            f"{hindcast.name!r} runs from {hindcast.start} to {hindcast.end - 1}",
            f"a hindcast covers a year of the samples of the region; they are of {years}",
            "Change its start or years.",
        )
    return report


def _check_parcel(parcel: int | str, region: Region, where: str, report: Report) -> None:
    if isinstance(parcel, int):
        if not (region.parcels["id"] == parcel).any():
            report.add(
                where,
                f"{parcel} is no parcel of {region.name}",
                "parcels are ids of parcels.geojson",
                "Look the parcel up in parcels.geojson.",
            )
        return
    prefix, name = split_selector(parcel)
    if parcel == ALL:
        return
    if prefix in ("zone", "class"):
        valid = ZONES if prefix == "zone" else LAND_CLASSES
        if name not in valid:
            what = "zone" if prefix == "zone" else "land class"
            report.add(
                where,
                f"{parcel!r} is no {what}",
                f"a {what} is one of {', '.join(valid)}",
                suggest(name, valid),
            )
        return
    by_name = {v: k for k, v in region.district_names.items()}
    if name not in by_name:
        report.add(
            where,
            f"{parcel!r} is no district of {region.name}",
            "districts are the names of districts.csv",
            suggest(name, by_name),
        )
    elif not np.any(parcel_districts(region) == by_name[name]):
        report.add(
            where,
            f"{parcel!r} has no parcels",
            "a district that something is done in has parcels",
            "Name another district.",
        )


def _check_depth(depth: float, region: Region, where: str, report: Report) -> None:
    top = float(region.layer_thickness[0])
    if depth > top:
        report.add(
            where,
            f"{depth:g} m, and the top layer of {region.name} is {top:g} m",
            "soil is replaced in the top layer",
            f"Give {top:g} m at most.",
        )
