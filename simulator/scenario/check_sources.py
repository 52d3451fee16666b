"""Checks of interventions on sources and inputs: what they name must be in tables and region."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from simulator.data import Parameters
from simulator.emission_factors import activity_unit_of, controls, emitting_sectors, source_problem
from simulator.problems import Report, suggest
from simulator.region import Region
from simulator.scenario.acts import Act
from simulator.scenario.select import ALL, SECTOR, split_selector
from simulator.scenario.source_acts import (
    OUTSIDE,
    LimitContent,
    OnSources,
    Relocate,
    Retrofit,
    SwitchFuel,
)


def check_inputs(acts: Sequence[Act], where: Callable[[int, str], str], report: Report) -> None:
    """Report what is wrong with interventions whatever the region.

    Parameters
    ----------
    acts : sequence of Act
        All interventions of the scenario.
    where : callable
        Name of a place from the number of an intervention and a key.
    report : Report
        Takes the problems.
    """
    parameters = Parameters()
    names: list[str] = []
    for i, act in enumerate(acts):
        if isinstance(act, LimitContent):
            known = parameters.keys("farm_rates", "material", pathway=act.pathway)
            for material in act.materials:
                if material not in known:
                    report.add(
                        where(i, "materials"),
                        f"{material!r} is no material of {act.pathway}",
                        f"materials of {act.pathway} are {', '.join(known)}",
                        suggest(material, known),
                    )
        elif isinstance(act, Relocate):
            if act.name in names:
                report.add(
                    where(i, "name"),
                    f"{act.name!r} moves sources already",
                    "sources that have moved are called ID@NAME, so each relocation has its name",
                    "Give it another name.",
                )
            names.append(act.name)


def check_sources(act: OnSources, region: Region, where: str, report: Report) -> None:
    """Report what of an intervention on sources does not fit a region.

    A sector without sources here is no error in an intervention of a policy: policies serve all
    regions.

    Parameters
    ----------
    act : OnSources
        The intervention.
    region : Region
        The region.
    where : str
        What it is called in messages.
    report : Report
        Takes the problems.
    """
    here = pd.concat([region.sources, region.area_sources])
    chosen: list[pd.DataFrame] = []
    absent: list[str] = []  # sectors of a policy that has none here
    for selector in act.sources:
        prefix, name = split_selector(selector)
        column = "sector" if prefix == SECTOR else "id"
        rows = here if selector == ALL else here[here[column] == name]
        chosen.append(rows)
        if rows.empty and prefix == SECTOR and act.policy and name in emitting_sectors():
            absent.append(name)
        elif rows.empty:
            report.add(
                f"{where}, sources",
                f"{selector!r} is no source of {region.name}",
                "sources are ids of sources.csv or area_sources.csv, or sector:NAME of a sector "
                "there, or 'all'",
                suggest(name, here[column].unique().tolist()),
            )
    sources = pd.concat(chosen).drop_duplicates("id")
    if isinstance(act, Retrofit) and act.control:
        settings = [
            (row["sector"], act.control, row["activity_unit"], row["technology"], row["fuel"])
            for row in sources.to_dict("records")
        ]
        settings += [(name, act.control, activity_unit_of(name), "", "") for name in absent]
        _check_settings(settings, where, report)
    elif isinstance(act, SwitchFuel):
        settings = [
            (row["sector"], row["control"], row["activity_unit"], act.technology, act.fuel)
            for row in sources.to_dict("records")
        ]
        settings += [
            (name, controls(name)[0], activity_unit_of(name), act.technology, act.fuel)
            for name in absent
        ]
        _check_settings(settings, where, report)
    elif isinstance(act, Relocate) and act.to != OUTSIDE:
        _check_place(act.to, sources, region, where, report)


def _check_settings(
    settings: Sequence[tuple[str, str, str, str, str]], where: str, report: Report
) -> None:
    """Report each thing once that the tables do not know of sources as they would be."""
    problems = (source_problem(*setting) for setting in settings)
    for column, what, rule, fix in dict.fromkeys(p for p in problems if p is not None):
        report.add(f"{where}, {column}", what, rule, fix)


def _check_place(
    to: tuple[float, float], sources: pd.DataFrame, region: Region, where: str, report: Report
) -> None:
    if region.grid.cell_of(*to) is None:
        x_min, y_min, x_max, y_max = region.grid.bounds
        report.add(
            f"{where}, to",
            f"[{to[0]:.12g}, {to[1]:.12g}] is outside of {region.name}",
            f"x lies in {x_min:.12g} to {x_max:.12g}, y in {y_min:.12g} to {y_max:.12g}",
            "Give a place in the grid, or 'outside'.",
        )
    area = sources.loc[sources["id"].isin(region.area_sources["id"]), "id"].tolist()
    if area:
        report.add(
            f"{where}, sources",
            f"{', '.join(area)} have no stack",
            "point sources move to a place; area sources are where their land is",
            "Leave them out.",
        )
