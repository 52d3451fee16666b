"""What HYDRUS cannot take, though a column may have it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from simulator.hydrus.selector import has_constant_fluxes
from simulator.physics.percolation.column import Column
from simulator.problems import Report

#: The most of each that HYDRUS-1D 4.08 has room for.
LIMITS: Final = {
    "nodes": 1001,
    "materials": 20,
    "subregions": 10,
    "observation depths": 100,
    "solutes": 11,
    "print times": 29999,
}


def check_project(
    column: Column,
    print_times: Sequence[float],
    subregions: Sequence[tuple[float, float]],
    observation_depths: Sequence[float],
    where: str,
    report: Report,
) -> None:
    """Report what HYDRUS could not read or would read as something else.

    Parameters
    ----------
    column : Column
        What is simulated.
    print_times : sequence of float
        [d]
    subregions : sequence of (float, float)
        Upper and lower ends. [cm]
    observation_depths : sequence of float
        [cm]
    where : str
        The project, for messages.
    report : Report
        Receives what is wrong.
    """
    counts = {
        "nodes": column.profile.depth.size,
        "materials": len(column.profile.materials),
        "subregions": len(subregions),
        "observation depths": len(observation_depths),
        "solutes": len(column.solutes),
        "print times": len(print_times),
    }
    for name, count in counts.items():
        if count > LIMITS[name]:
            report.add(
                where, f"{count} {name}", f"HYDRUS-1D has room for {LIMITS[name]}",
                f"Take fewer {name}.",
            )  # fmt: skip
    times = np.asarray(print_times)
    if np.any(np.diff(times) <= 0.0) or np.any((times <= column.start) | (times > column.stop)):
        report.add(
            f"{where}: print times", f"{', '.join(f'{t:g}' for t in print_times[:6])}",
            f"they increase and lie after {column.start:g}, up to {column.stop:g} d",
            "Correct the times.",
        )  # fmt: skip
    ends = [column.profile.depth[0], *(end for pair in subregions for end in pair)]
    gaps = np.abs(np.diff([*ends, column.profile.depth[-1]])[::2])
    if np.any(gaps > 1.0e-6) or any(bottom <= top for top, bottom in subregions):
        report.add(
            f"{where}: subregions", f"{', '.join(f'{a:g} to {b:g}' for a, b in subregions)} cm",
            f"they follow each other from 0 to {column.profile.depth[-1]:g} cm without gaps",
            "Correct the depths.",
        )  # fmt: skip
    if len({solute.pulse for solute in column.solutes}) > 1:
        report.add(
            f"{where}: solutes", "their pulses end at different times",
            "HYDRUS-1D has one tPulse for all", "Write a project for each solute.",
        )  # fmt: skip
    unknown = {
        "tillage": column.tillage > 0.0,
        "sources of solutes within the soil": any(x.source is not None for x in column.solutes),
        "a bund that changes": column.weather is not None and column.weather.bund is not None,
    }
    for what, present in unknown.items():
        if present:
            report.add(
                where, f"the column has {what}", "HYDRUS-1D 4 has nothing like it",
                "Take it out of the column, and say so.",
            )  # fmt: skip
    _check_weather(column, where, report)


def _check_weather(column: Column, where: str, report: Report) -> None:
    weather, kind = column.weather, column.top.kind
    if weather is None:
        if kind == "atmospheric":
            report.add(
                f"{where}: weather", "there is none", "an atmospheric top needs weather",
                "Give the column its weather.",
            )  # fmt: skip
        return
    if kind == "atmospheric":
        if weather.end[-1] < column.stop:
            report.add(
                f"{where}: weather", f"it ends at {weather.end[-1]:g} d",
                f"HYDRUS-1D stops with it, but the run lasts until {column.stop:g} d",
                "Add records, or end the run before.",
            )  # fmt: skip
    elif column.roots is not None:
        rates = set(weather.transpiration.tolist())
        if len(rates) > 1 or (rates != {0.0} and not has_constant_fluxes(column)):
            report.add(
                f"{where}: weather.transpiration",
                f"{min(rates):g} to {max(rates):g} cm d-1 under a top of {kind}",
                "HYDRUS-1D takes it by record under an atmospheric top only, and as one rate where "
                "an end has a constant flux", "Give the column another top, or no transpiration.",
            )  # fmt: skip
