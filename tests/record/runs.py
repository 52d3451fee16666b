"""Recording small runs and comparing them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from simulator.model import Simulation
from simulator.processes import Process, default_processes
from simulator.record import RunFolder, ZarrRecorder
from simulator.schedule import Phase


def record(region, scenario, folder: Path, overwrite: bool = False, **options) -> RunFolder:
    """Run a scenario to its end and open what was recorded."""
    recorder = ZarrRecorder(folder, overwrite)
    with Simulation(region, scenario, recorder=recorder, **options) as sim:
        sim.run()
    return RunFolder(folder)


class Crash(RuntimeError):  # noqa: N818
    """What stops a run in these tests."""


class Crashing(Process):
    """Raises in the middle of a year."""

    phase = Phase.LOSSES

    def __init__(self, year: int) -> None:
        self.when = year

    def begin_year(self, year):
        if year == self.when:
            raise Crash


def crashing(year: int) -> list[Process]:
    return [*default_processes(), Crashing(year)]


def assert_same(a: RunFolder, b: RunFolder) -> None:
    """Every recorded number of two runs is the same, bit for bit."""
    for name in ("history.zarr", "ledger.zarr"):
        left, right = chunks(a.path / name), chunks(b.path / name)
        assert left.keys() == right.keys()
        assert left
        differing = [key for key, content in left.items() if content != right[key]]
        assert not differing
    for table in ("totals", "sources", "events", "parcels"):
        pd.testing.assert_frame_equal(getattr(a, table), getattr(b, table), check_exact=True)


def chunks(group: Path) -> dict[str, bytes]:
    """Packed numbers of every chunk: equal numbers pack to equal bytes."""
    return {str(p.relative_to(group)): p.read_bytes() for p in group.glob("*/c.*")}


def gains(run: RunFolder) -> dict[str, np.ndarray]:
    """What each pathway did to each layer, ``[year, metal, layer, y, x]``, by its attributes."""
    n_layer = run.history.sizes["layer"]
    result = {}
    for pathway in run.manifest["pathways"]:
        variable = run.ledger[pathway["name"]]
        signs = np.array(variable.attrs["sign_by_layer"]).reshape(-1, n_layer)
        flux = variable.values.astype(np.float64)
        if "layer" not in variable.dims:
            flux = flux[:, :, None]
        result[pathway["name"]] = np.einsum("tmsyx,sl->tmlyx", flux, signs)
    return result
