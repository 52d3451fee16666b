"""Parcels of a region on each urbanisation path, without the soil: a table and a picture.

``python -m benchmarks.urbanisation_paths wuhan --out land-paths.png`` runs the land use of
``wuhan-baseline`` and of the four paths for all their years, prints what became of the land, the
seconds that it took, and draws where new land lies.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from simulator.agents.building_rules import NATURE_CLASSES, BuildingRules
from simulator.agents.land_demand import demand_of
from simulator.agents.parcel_set import ParcelSet
from simulator.constants import FARM_CLASSES
from simulator.data import Parameters
from simulator.landuse.patches import NewPatches
from simulator.region import Region, read_region
from simulator.region.overlay import overlay
from simulator.scenario import read_scenario

PATHS = ("baseline", "compact", "sprawl", "polycentric", "ecological")
COLOURS = ("#ffffff", "#eeeee8", "#c8d4e0", "#8a8a8a", "#c8551b")
MEANINGS = ("no parcels", "open", "water", "built at the start", "built in the run")
PIXEL = 200.0  # m


def run_path(region: Region, name: str) -> tuple[ParcelSet, float]:
    """Parcels at the end of a scenario, and the seconds of its years."""
    scenario = read_scenario(name)
    parameters = Parameters(scenario.parameters)
    parcels = ParcelSet.from_region(region, BuildingRules.of(scenario, parameters), scenario.start)
    demand = demand_of(parcels, region, scenario, parameters)
    begun = time.perf_counter()
    for year in range(scenario.start, scenario.end):
        demand.meet(parcels, year, np.random.default_rng([scenario.seed, year]))
        parcels.land_shares()
    return parcels, time.perf_counter() - begun


def row(name: str, parcels: ParcelSet, seconds: float) -> str:
    """A line of the table."""
    around, area = parcels.map, parcels.map.area / 1e6
    built, new = parcels.built, parcels.built & ~around.built_at_start
    taken = dict.fromkeys((*FARM_CLASSES, *NATURE_CLASSES), 0.0)
    for event in parcels.history:
        if event.from_class in taken:
            taken[event.from_class] += event.area / 1e6
    patches = NewPatches.between(around.mosaic, around.built_at_start, built)
    cells = [
        f"{area[built].sum():.0f}",
        f"{np.average(around.centre_distance[new], weights=area[new]) / 1e3:.1f}",
        f"{np.average(parcels.impervious[built], weights=area[built]):.2f}",
        f"{sum(taken[c] for c in FARM_CLASSES):.0f}",
        f"{sum(taken[c] for c in NATURE_CLASSES):.0f}",
        " / ".join(f"{100 * s:.0f}" for s in patches.shares),
        f"{seconds:.1f}",
    ]
    return f"| {name} | " + " | ".join(cells) + " |"


def draw(region: Region, runs: dict[str, ParcelSet]) -> Figure:
    """Where new land lies on each path."""
    factor = round(region.grid.cell_size / PIXEL)
    shape = tuple(n * factor for n in region.grid.shape)
    fine = replace(region.grid, cell_size=PIXEL, shape=shape)
    figure = Figure(figsize=(3.0 * len(runs), 3.8), layout="constrained")
    for axes, (name, parcels) in zip(figure.subplots(1, len(runs)), runs.items(), strict=True):
        around = parcels.map
        cover = overlay(fine, around.geometry, around.ids)
        kind = np.where(parcels.built, np.where(around.built_at_start, 3, 4), 1)
        kind[parcels.land_class == 9] = 2
        share = np.stack([cover @ (kind == k).astype(float) for k in range(1, 5)])
        picture = np.where(share.sum(axis=0) > 0.5, share.argmax(axis=0) + 1, 0)
        axes.imshow(picture.reshape(shape), cmap=ListedColormap(COLOURS), vmin=-0.5, vmax=4.5)
        axes.set_title(f"{name}: {parcels.built_area / 1e6:.0f} km² built", fontsize=10)
        axes.set_axis_off()
    handles = [Patch(color=c, label=m) for c, m in zip(COLOURS[1:], MEANINGS[1:], strict=True)]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, fontsize=9, frameon=False)
    return figure


def main() -> None:
    """Print the table and draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("region", choices=("wuhan", "taizhou"))
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    region = read_region(arguments.region)
    print(
        "| path | built, km2 | new land to the nearest centre, km | sealed share of built land | "
        "from farmland, km2 | from forest and grassland, km2 | infill / edge / leapfrog, % | s |"
    )
    print("|" + " --- |" * 8)
    runs = {}
    for name in PATHS:
        runs[name], seconds = run_path(region, f"{arguments.region}-{name}")
        print(row(name, runs[name], seconds), flush=True)
    if arguments.out is not None:
        draw(region, runs).savefig(arguments.out, dpi=90)


if __name__ == "__main__":
    main()
