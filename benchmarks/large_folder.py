"""A region of any size on the disk, and a run in it: limits and all else is there as in a real one.

``benchmarks.synthetic`` makes regions in memory; what reads a finished run looks for its region on
the disk.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from simulator.model import Simulation
from simulator.record import ZarrRecorder
from simulator.region import read_region
from simulator.scenario import Scenario
from tests.make_region import X_MIN, Y_MAX, make_region, parcels

#: Cadmium of the red soil at the start: above the limit of some land, below that of other. [mg/kg]
_CADMIUM: Final = 0.4
#: Grid that the parcels, a hundred by a hundred, are drawn for and then stretched from. [cells]
_DRAWN: Final = (150, 200)


def make_run(folder: Path, side: int, years: int) -> Path:
    """Write a region and a run that records every year and cell; return the folder of the run.

    Parameters
    ----------
    folder : Path
        Becomes the parent of ``region`` and ``runs/grid-SIDE``.
    side : int
        Cells on each side.
    years : int
        Years of the run; it records one state more.
    """
    region = write_region(folder / "region", side)
    name = f"grid-{side}"
    scenario = Scenario.model_validate(
        {
            "name": name,
            "title": f"{side} x {side} cells",
            "region": str(region),
            "start": 2020,
            "years": years,
            "seed": 7,
            "record": {"ledger": "cells", "precision": "float32"},
            "landuse": {
                "built_growth": [{"year": 2020, "rate": 0.03}],
                "densification_rate": 0.05,
                "neighbourhood_distance_m": 1000.0,
            },
        }
    )
    run = folder / "runs" / name
    with Simulation(read_region(region), scenario, recorder=ZarrRecorder(run)) as simulation:
        simulation.run(progress=lambda year: print(f"  {year}", flush=True))
    return run


def write_region(folder: Path, side: int) -> Path:
    """Write the region of the tests with more cells, and ten thousand parcels at most."""
    make_region(folder, side, side)
    soils = pd.read_csv(folder / "soils.csv")
    soils.loc[soils["code"] == 2, "Cd"] = _CADMIUM
    soils.to_csv(folder / "soils.csv", index=False)
    drawn = parcels(*_DRAWN, np.random.default_rng(0))
    factor = side / np.array(_DRAWN[::-1])
    corner = np.array([X_MIN, Y_MAX])
    for feature in drawn["features"]:  # type: ignore[attr-defined]
        ring = np.array(feature["geometry"]["coordinates"][0])
        stretched = np.rint(corner + factor * (ring - corner)).tolist()  # whole metres
        feature["geometry"]["coordinates"] = [stretched]
    (folder / "parcels.geojson").write_text(json.dumps(drawn), "utf-8")
    return folder
