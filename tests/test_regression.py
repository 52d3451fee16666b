"""Whole-run regression: five years of regions against committed numbers.

The numbers are what this program gave when they were last found right; they guard against results
that move unnoticed. A change that is meant to move them regenerates the file with
``python -m tests.test_regression`` and says in the changelog what moves and why.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest

from simulator import Simulation
from simulator.constants import METALS
from simulator.ledger import TOLERANCE
from simulator.region import read_region
from tests.make_region import make_region, make_scenario

REFERENCE = Path(__file__).parent / "reference" / "baselines.csv"
YEARS = 5
#: The generated region, run always; its water and plumes are computed in a second.
SMALL = "test"
BUILT_IN = ("wuhan-baseline", "taizhou-baseline", "city-hindcast", "kola-hindcast")


def measure(sim: Simulation) -> pd.DataFrame:
    """Content of the control layer and flux by pathway after some years."""
    with sim:
        sim.run(until=sim.year + YEARS)
        assert sim.ledger.residual < TOLERANCE
        columns = {"content_mg_kg": np.nanmean(sim.state.content()[:, 0], axis=-1) * 1e6}
        for pathway in sim.ledger.pathways:
            total = sim.ledger.amounts(pathway.name).sum(axis=(1, 2))
            columns[f"{pathway.name}_kg"] = total * sim.region.grid.cell_area
        columns["sealed_km2"] = np.full(
            len(METALS), sim.state.sealed_share.sum() * sim.region.grid.cell_area / 1e6
        )
        name = sim.scenario.name
    return pd.DataFrame({"scenario": name, "metal": METALS, **columns})


def check(table: pd.DataFrame) -> None:
    """Hold a table against the committed one."""
    expected = pd.read_csv(REFERENCE)
    expected = expected[expected["scenario"] == table["scenario"][0]].reset_index(drop=True)
    pd.testing.assert_frame_equal(table, expected, rtol=1e-7, check_dtype=False)


def test_the_small_region_gives_what_it_gave(make_sim: Callable[..., Simulation]) -> None:
    check(measure(make_sim(name=SMALL)))


@pytest.mark.slow
@pytest.mark.parametrize("name", BUILT_IN)
def test_a_scenario_gives_what_it_gave(name: str) -> None:
    check(measure(Simulation.from_scenario(name)))


if __name__ == "__main__":
    with TemporaryDirectory() as place:
        folder = make_region(Path(place) / "testland")
        small = Simulation(read_region(folder), make_scenario(folder, name=SMALL))
        tables = [measure(small), *(measure(Simulation.from_scenario(name)) for name in BUILT_IN)]
    pd.concat(tables).to_csv(REFERENCE, index=False, float_format="%.10g")
