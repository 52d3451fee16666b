"""Sources of a region: stacks left blank, optional columns, dated changes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from simulator.errors import InputError
from simulator.region import read_region
from simulator.region.build.plants import coal_burnt
from simulator.region.stacks import FILLED_BY, plant_stacks, typical_stack
from tests.make_sources import add_source_changes, set_sources


@pytest.fixture
def folder(small_region: Path, tmp_path: Path) -> Path:
    return shutil.copytree(small_region, tmp_path / "testland")


def test_blank_stacks_are_those_of_sector_and_size(folder: Path) -> None:
    """2.4 Mt of coal are units of 600 MW; a copper works of 60 kt is between 10 and 100 kt."""
    set_sources(
        folder, height_m=["", "80", ""], temperature_K=["", "413", "353"], velocity_m_s=["", "", 12]
    )
    region = read_region(folder)
    sources = region.sources.set_index("id")
    coal = sources.loc["coal-1"]
    assert (coal["height_m"], coal["diameter_m"]) == (210.0, 7.5)  # as given
    assert (coal["temperature_K"], coal["velocity_m_s"]) == (323.15, 18.0)
    assert coal["filled"] == "height_m temperature_K velocity_m_s"
    assert sources.loc["waste-1", "filled"] == "velocity_m_s"
    assert sources.loc["copper-1", "height_m"] == 35.0
    note = region.layers["sources"].note
    assert "copper-1 (height_m)" in note
    assert "plant_stacks.csv" in note


def test_given_stacks_stay_and_nothing_is_said(folder: Path) -> None:
    region = read_region(folder)
    assert (region.sources["filled"] == "").all()
    assert "plant_stacks" not in region.layers["sources"].note


def test_sectors_without_a_typical_stack_need_their_own(folder: Path) -> None:
    set_sources(
        folder,
        sector=["coal power", "residential coal", "secondary copper"],
        control=["ESP", "none", "FF"],
        activity_unit=["t coal", "t coal", "t product"],
        height_m=["210", "", "35"],
    )
    with pytest.raises(InputError, match=r"row 3, height_m.*\n*.*no stack of 'residential coal'"):
        read_region(folder)


@pytest.mark.parametrize("sector", sorted(set(plant_stacks()["sector"])))
def test_every_size_of_plant_has_a_whole_stack(sector: str) -> None:
    rows = plant_stacks().query("sector == @sector")
    for klass, found in rows.groupby("capacity_class"):
        assert {"min_activity", *FILLED_BY.values()} <= set(found["parameter"]), klass
    least = rows[rows["parameter"] == "min_activity"]["value"]
    assert least.min() == 0.0
    assert least.is_unique
    heights = [typical_stack(sector, activity)["height"] for activity in sorted(least)]
    assert heights == sorted(heights)


def test_sizes_by_activity_are_those_by_capacity() -> None:
    """A plant of the least capacity of its class burns the least activity of it, within 5 %."""
    stacks = plant_stacks().query("sector == 'coal power'")
    table = stacks.pivot_table(index="capacity_class", columns="parameter", values="value")
    for _, row in table[table["min_capacity"] > 0].iterrows():
        plant = {"generation_gwh_est": float("nan"), "capacity_mw": row["min_capacity"]}
        assert row["min_activity"] == pytest.approx(coal_burnt(plant, 2015), rel=0.05)


def test_technology_and_fuel_may_be_left_out(folder: Path) -> None:
    sources = read_region(folder).sources
    assert (sources[["technology", "fuel"]] == "").all(axis=None)


def test_changes_are_read_by_date_and_count_in_the_digest(folder: Path) -> None:
    before = read_region(folder)
    assert before.source_changes.empty
    add_source_changes(
        folder, [("coal-1", 2025.0, "load", 0.5), ("coal-1", 2022.5, "control", "ultra-low")]
    )
    region = read_region(folder)
    expected = pd.DataFrame(
        {
            "id": ["coal-1"] * 2,
            "date": [2022.5, 2025.0],
            "what": ["control", "load"],
            "value": ["ultra-low", "0.5"],
            "reference": ["made up"] * 2,
        }
    )
    pd.testing.assert_frame_equal(region.source_changes, expected, check_dtype=False)
    assert region.digest != before.digest
    assert region.layers["source_changes"].status == "illustrative"
