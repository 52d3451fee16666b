"""The inventory: sums, ranges, mercury, and what it says of its parameters."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.inventory import TOTAL, make_inventory, write_inventory
from analysis.national import Check, national_check, national_totals
from simulator.constants import METALS
from simulator.data import Parameters
from simulator.emission_factors import emission_factor, source_problem
from simulator.model import Simulation
from simulator.region import Region, read_region
from simulator.scenario import Scenario
from tests.make_sources import add_source_changes, set_sources

P = Parameters()


def kg(table: pd.DataFrame, **where: object) -> pd.Series:
    """Emission by metal of the rows that agree with ``where``."""
    for column, value in where.items():
        table = table[table[column] == value]
    return table.set_index("metal")["kg"]


def test_inventory_is_that_of_a_run(
    region: Region, make_scenario: Callable[..., Scenario], make_sim: Callable[..., Simulation]
) -> None:
    """With paths, a closure inside a year and a retrofit; three years, source by source."""
    overrides = {
        "emission": {"paths": [{"sector": "coal power", "path": [{"year": 2020, "factor": 0.8}]}]},
        "interventions": [
            {"kind": "close", "date": 2021.5, "sources": ["copper-1"]},
            {"kind": "retrofit", "date": 2022.25, "sources": ["coal-1"], "removal": {"all": 0.5}},
        ],
    }
    made = make_inventory(region, make_scenario(**overrides), range(2020, 2023))
    with make_sim(**overrides) as sim:
        for year in range(2020, 2023):
            sim.step()
            for source in sim.sources:
                found = kg(made.sources, year=year, id=source.source_id)
                np.testing.assert_allclose(found[list(METALS)], source.emission, rtol=1e-12)


def test_sectors_are_sums_and_the_total_is_in_quadrature(
    region: Region, make_scenario: Callable[..., Scenario]
) -> None:
    made = make_inventory(region, make_scenario(), [2020])
    sectors = made.sectors.set_index(["sector", "metal"])
    coal, waste, copper = (
        sectors.loc[(name, "Pb")]
        for name in ("coal power", "waste incineration", "secondary copper")
    )
    factor = emission_factor(P, "coal power", "ESP+WFGD", "t coal")
    pb = METALS.index("Pb")
    assert coal["kg"] == pytest.approx(2.4e6 * factor.value[pb])
    assert coal["high"] == pytest.approx(2.4e6 * factor.high[pb])
    total = sectors.loc[(TOTAL, "Pb")]
    parts = (coal, waste, copper)
    assert total["kg"] == pytest.approx(sum(p["kg"] for p in parts))
    above = np.sqrt(sum((p["high"] - p["kg"]) ** 2 for p in parts))
    assert total["high"] - total["kg"] == pytest.approx(above)
    assert (sectors["low"] <= sectors["kg"]).all()
    assert (sectors["kg"] <= sectors["high"]).all()


def test_mercury_by_species_adds_up(region: Region, make_scenario: Callable[..., Scenario]) -> None:
    made = make_inventory(region, make_scenario(), [2020])
    of_mercury = made.sources[made.sources["metal"] == "Hg"]["kg"].sum()
    assert made.mercury["kg"].sum() == pytest.approx(of_mercury, rel=1e-4)
    coal = made.mercury[made.mercury["id"] == "coal-1"].set_index("species")["kg"]
    assert coal["Hg0"] / coal.sum() == pytest.approx(0.835, rel=1e-3)


def test_recalled_share_is_that_of_the_rows(
    region: Region, make_scenario: Callable[..., Scenario]
) -> None:
    made = make_inventory(region, make_scenario(), [2020])
    rows = set()
    for source in (
        ("coal power", "ESP+WFGD", "t coal"),
        ("waste incineration", "AC+FF", "t waste"),
        ("secondary copper", "FF", "t product"),
    ):
        rows |= set(emission_factor(P, *source).rows)
    assert made.parameters == len(rows)
    assert made.recalled == sum(P[r].confidence == "recalled" for r in rows)
    waste = made.sources[made.sources["id"] == "waste-1"]
    assert (waste["recalled"] == 1.0).all()


def test_changes_and_filled_stacks_show(
    small_region: Path, tmp_path: Path, make_scenario: Callable[..., Scenario]
) -> None:
    folder = shutil.copytree(small_region, tmp_path / "testland")
    set_sources(folder, height_m=["", "80", "35"])
    add_source_changes(folder, [("coal-1", 2021.0, "control", "ultra-low")])
    made = make_inventory(read_region(folder), make_scenario(), [2020, 2021])
    coal = made.sources[made.sources["id"] == "coal-1"].set_index(["year", "metal"])
    assert coal.loc[(2020, "As"), "control"] == "ESP+WFGD"
    assert coal.loc[(2021, "As"), "control"] == "ultra-low"
    assert coal.loc[(2021, "As"), "kg"] == pytest.approx(0.4 * coal.loc[(2020, "As"), "kg"])
    assert set(coal["stack_filled"]) == {"height_m"}


def test_tables_are_written(
    region: Region, make_scenario: Callable[..., Scenario], tmp_path: Path
) -> None:
    made = make_inventory(region, make_scenario(), [2020, 2021])
    paths = write_inventory(made, tmp_path / "inventory")
    sectors, sources, mercury = (pd.read_csv(p) for p in paths)
    assert len(sources) == 2 * 3 * len(METALS)
    assert len(sectors) == 2 * 4 * len(METALS)
    assert len(mercury) == 2 * 3 * 3


def test_national_check_is_activity_times_factor() -> None:
    """23.17 Mt of waste at 0.058 g/t of lead: 1.344 t against 9.4 t."""
    checks = {(c.scope, c.metal): c for c in national_check(P)}
    waste = checks["municipal waste incineration", "Pb"]
    assert waste.ours == pytest.approx(1.344, rel=1e-3)
    assert waste.ratio == pytest.approx(0.143, rel=1e-2)
    assert waste.verdict == "beyond 3"
    coal = checks["coal power", "Hg"]
    assert coal.verdict == "within 2"
    assert coal.low < coal.ours < coal.high


@pytest.mark.parametrize(
    ("ours", "verdict"),
    [(2.0, "within 2"), (0.5, "within 2"), (2.1, "within 3"), (0.3, "beyond 3"), (0, "beyond 3")],
)
def test_verdicts(ours: float, verdict: str) -> None:
    assert Check("all", 2010, "Pb", ours, ours, ours, 1.0, "read").verdict == verdict


def test_national_totals_name_known_sources_and_metals() -> None:
    table = national_totals()
    assert set(table["quantity"]) == {"activity", "emission"}
    assert set(table["confidence"]) <= {"read", "recalled"}
    assert (table["source"] != "").all()
    assert (table["value"] > 0.0).all()
    for row in table[table["quantity"] == "activity"].to_dict("records"):
        names = ("sector", "control", "unit", "technology", "fuel")
        assert source_problem(*(row[n] for n in names)) is None
    published = table[table["quantity"] == "emission"]
    assert set(published["metal"]) <= set(METALS)
    assert set(published["unit"]) == {"t/yr"}
    for _, rows in table.groupby(["scope", "year"]):
        assert set(rows["quantity"]) == {"activity", "emission"}
