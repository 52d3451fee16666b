"""A folder as a reader has it: a small region, finished and stopped runs, an experiment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from simulator.model import Simulation
from simulator.record import RunFolder, ZarrRecorder
from simulator.region import read_region
from simulator.scenario import Scenario
from tests.experiment.files import TINY, run_file
from tests.make_region import make_region

START, YEARS = 2020, 8
#: Cadmium of the red soil at the start, above the limit of orchards on it. [mg/kg]
RED_SOIL_CADMIUM = 0.4
#: A cell of orchard above its limit, and one of paddy far below it.
OVER, UNDER = (0, 2), (2, 8)
#: A cell without soil.
NO_SOIL = (11, 9)
CLOSING = {"kind": "close", "date": 2023.5, "sources": ["copper-1"], "name": "copper works close"}
LESS_MANURE = {"kind": "scale_input", "date": 2022.0, "pathway": "manure", "factor": 0.2}


@dataclass(frozen=True)
class World:
    """Folder that the program is started in."""

    folder: Path

    @property
    def region(self) -> Path:
        return self.folder / "testland"

    @property
    def runs(self) -> Path:
        return self.folder / "runs"

    def run(self, name: str) -> RunFolder:
        """Finished run of a name."""
        return RunFolder(self.runs / name)

    def scenario(self, name: str, title: str, years: int = YEARS, **more: object) -> Scenario:
        """Scenario of the region, with tags by sector."""
        settings = {
            "name": name, "title": title, "region": str(self.region), "start": START,
            "years": years, "seed": 7, "tags": {"by": "sector"},
            "landuse": {
                "built_growth": [{"year": START, "rate": 0.04}], "densification_rate": 0.05,
                "max_impervious_urban": 0.8, "max_impervious_industrial": 0.9,
                "neighbourhood_distance_m": 600.0,
            },
        }  # fmt: skip
        return Scenario.model_validate({**settings, **more})

    def write(self, scenario: Scenario) -> Path:
        """Write a scenario as a file."""
        path = self.folder / f"{scenario.name}.toml"
        path.write_text(scenario.to_toml(), encoding="utf-8")
        return path

    def record(self, scenario: Scenario, until: int | None = None) -> None:
        """Run a scenario, as far as it is told to, into a run of its name."""
        recorder, region = ZarrRecorder(self.runs / scenario.name), read_region(scenario.region)
        with Simulation(region, scenario, recorder=recorder, threads=1) as simulation:
            simulation.run(until)

    def experiment(self, scenario: Scenario, title: str = "Two futures") -> None:
        """Run two futures of a scenario under two options."""
        (self.folder / "base.toml").write_text(scenario.to_toml(), encoding="utf-8")
        path = self.folder / "small.toml"
        named = re.sub(r"^title = .*$", f"title = '{title}'", TINY, count=1, flags=re.MULTILINE)
        path.write_text(named, encoding="utf-8")
        run_file(path, self.folder / "experiments" / "small")


def make_world(folder: Path) -> World:
    """Region in which some orchards are above their limit of cadmium."""
    world = World(folder)
    make_region(world.region)
    path = world.region / "soils.csv"
    soils = pd.read_csv(path)
    soils.loc[soils["code"] == 2, "Cd"] = RED_SOIL_CADMIUM
    soils.to_csv(path, index=False)
    return world
