"""An experiment without simulation: outcomes are a function of positions, option and seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from analysis.experiment.design import design_table
from analysis.experiment.folder import LEVER, POSITION
from analysis.experiment.spec import ExperimentSpec
from simulator.record.axes import grid_mapping
from simulator.region.model import Grid

GRID = Grid("EPSG:32649", 500_000.0, 3_400_000.0, 500.0, (4, 5))
START, END = 2020, 2024

#: Overloaded area [ha] at the end from positions ``[factor]``, place of the option and seed.
Area = Callable[[NDArray[np.float64], int, int], float]


class MadeExperiment:
    """Stands in for an ``ExperimentFolder``: the same attributes, nothing on the disk.

    The overloaded area of each metal goes from 100 ha straight to what ``area`` says; option k
    costs k million CNY a year. A cell's content is the position of the first factor west of the
    middle and of the last one east of it, its limit 0.5; row 0 has no soil.
    """

    def __init__(
        self, path: Path, area: Area, *, method: str = "latin-hypercube", samples: int = 40,
        replicates: int = 1, factors: Sequence[str] = ("a", "b"), options: Sequence[str] = (),
        lost: Sequence[int] = (), metals: Sequence[str] = ("Cd", "Cu"), title: str = "Made",
    ) -> None:  # fmt: skip
        levers = []
        if options:
            levers = [{"name": "policy", "options": [{"name": name} for name in options]}]
        self.path, self.finished = path, not lost
        self.spec = ExperimentSpec.model_validate(
            {
                "name": "made",
                "title": title,
                "scenario": "nothing",
                "design": {"method": method, "samples": samples, "replicates": replicates},
                "levers": levers,
                "uncertainties": [
                    {"name": f, "input": "fertiliser", "range": [0.5, 1.5]} for f in factors
                ],
                "outcomes": {"metals": list(metals), "maps": [END]},
            }
        )
        self.manifest = {
            "scenario": {"name": "nothing", "title": "Nothing <at> all"},
            "illustrative": ["parcels"],
            "parameters": {},
        }
        self.design = design_table(self.spec, first_seed=1)
        self.factors = self.spec.factors
        self.levers = {le.name: tuple(o.name for o in le.choices) for le in self.spec.choices}
        self.members_done = [m for m in self.design["member"].tolist() if m not in lost]
        self.failures = pd.DataFrame(
            [{"member": m, "when": "", "error": "RunError", "cause": "<lost>"} for m in lost],
            columns=["member", "when", "error", "cause"],
        )
        self._options = tuple(options) or ("",)
        self.outcomes = self._outcomes(area)
        self.maps = self._maps()

    def _members(self) -> list[tuple[int, NDArray[np.float64], int, int]]:
        """Number, positions, place of the option and seed of each finished member."""
        table = self.design[np.isin(self.design["member"], self.members_done)]
        positions = table[[f"{POSITION}{f}" for f in self.factors]].to_numpy(np.float64)
        chosen = table.get(f"{LEVER}policy", pd.Series("", index=table.index)).tolist()
        return [
            (int(m), p, self._options.index(o), int(s))
            for m, p, o, s in zip(table["member"], positions, chosen, table["seed"], strict=True)
        ]

    def _outcomes(self, area: Area) -> pd.DataFrame:
        rows = []
        years = range(START, END + 1)
        for member, positions, option, seed in self._members():
            last = area(positions, option, seed)
            for year in years:
                now = 100.0 + (last - 100.0) * (year - START) / (END - START)
                for metal in (*self.spec.outcomes.metals, "any"):
                    rows.append((member, year, metal, "overload_ha", now))
                    rows.append((member, year, metal, "overload_share", now / 1000.0))
                for metal in self.spec.outcomes.metals:
                    rows.append((member, year, metal, "mean_content", 1.0))
                    rows.append((member, year, metal, "capacity_kg_ha", -now))
                    if year < END:
                        rows.append((member, year, metal, "flux/fertiliser", 10.0 * option))
                rows.append((member, year, "", "built_km2", 3.0))
                if year < END:
                    rows.append((member, year, "", "cost_million_cny", float(option)))
        table = pd.DataFrame(rows, columns=["member", "year", "metal", "outcome", "value"])
        return table.astype({"metal": "category", "outcome": "category"})

    def _maps(self) -> xr.Dataset:
        members, metals = self._members(), list(self.spec.outcomes.metals)
        rows, cols = GRID.shape
        content = np.full((len(members), 1, len(metals), rows, cols), np.nan, dtype=np.float32)
        exceedance = np.full((len(members), len(metals), rows, cols), np.nan, dtype=np.float32)
        for i, (_, positions, option, _) in enumerate(members):
            if positions.size:
                content[i, ..., 1:, : cols // 2] = positions[0]
                content[i, ..., 1:, cols // 2 :] = positions[-1]
            exceedance[i, :, 1, :] = START + 1 + option
            exceedance[i, :, 2, :] = START
        overload = np.where(np.isnan(content), -1, content > 0.5).astype(np.int8)
        axes = ("member", "year", "metal", "y", "x")
        coordinates = {
            "member": [m for m, *_ in members], "year": [END], "metal": metals,
            "y": GRID.y, "x": GRID.x, "spatial_ref": ((), 0, grid_mapping(GRID)),
        }  # fmt: skip
        data = {
            "content": (axes, content),
            "overload": (axes, overload),
            "exceedance_year": (("member", "metal", "y", "x"), exceedance),
        }
        return xr.Dataset(data, coordinates)
