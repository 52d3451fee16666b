"""Whole-run regression: five years of the built-in regions against committed numbers.

The numbers are what this program gave when they were last found right; they guard against results
that move unnoticed. A change that is meant to move them regenerates the file with
``python -m tests.test_regression`` and says in the changelog what moves and why.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator import Simulation
from simulator.constants import METALS
from simulator.ledger import TOLERANCE

REFERENCE = Path(__file__).parent / "reference" / "baselines.csv"
YEARS = 5
#: The first is run always; what the others have of their own is what their regions have.
SCENARIOS = ("wuhan-baseline", "taizhou-baseline", "city-hindcast", "kola-hindcast")


def measure(name: str) -> pd.DataFrame:
    """Content of the control layer and flux by pathway after some years of a scenario."""
    with Simulation.from_scenario(name) as sim:
        sim.run(until=sim.year + YEARS)
        assert sim.ledger.residual < TOLERANCE
        columns = {"content_mg_kg": np.nanmean(sim.state.content()[:, 0], axis=-1) * 1e6}
        for pathway in sim.ledger.pathways:
            total = sim.ledger.amounts(pathway.name).sum(axis=(1, 2))
            columns[f"{pathway.name}_kg"] = total * sim.region.grid.cell_area
        columns["sealed_km2"] = np.full(
            len(METALS), sim.state.sealed_share.sum() * sim.region.grid.cell_area / 1e6
        )
    table = pd.DataFrame({"metal": METALS, **columns})
    table.insert(0, "scenario", name)
    return table


@pytest.mark.parametrize(
    "name", [SCENARIOS[0], *(pytest.param(n, marks=pytest.mark.slow) for n in SCENARIOS[1:])]
)
def test_a_scenario_gives_what_it_gave(name):
    expected = pd.read_csv(REFERENCE)
    expected = expected[expected["scenario"] == name].reset_index(drop=True)
    pd.testing.assert_frame_equal(measure(name), expected, rtol=1e-7, check_dtype=False)


if __name__ == "__main__":
    tables = [measure(name) for name in SCENARIOS]
    pd.concat(tables).to_csv(REFERENCE, index=False, float_format="%.10g")
