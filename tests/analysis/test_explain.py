"""The history of a cell: it adds up exactly, and says what stands around."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from analysis.explain import compass, explain, near_sources, why
from simulator.record import RunFolder
from simulator.region import Region


@pytest.mark.parametrize("which", ["run", "sparse"])
@pytest.mark.parametrize("metal", ["As", "Hg"])
def test_every_interval_and_layer_adds_up(
    which: str, metal: str, request: pytest.FixtureRequest
) -> None:
    run: RunFolder = request.getfixturevalue(which)
    history = explain(run, 5, 6, metal)
    assert history.effect is not None
    assert history.relative_residual < 1e-13
    whole = history.stock[0] + history.effect.sum(axis=(0, 1))
    np.testing.assert_allclose(whole, history.stock[-1], rtol=1e-12)
    assert history.effect.shape[0] == history.years.size - 1
    assert np.abs(history.effect).max() > 0.0


def test_what_leaves_one_layer_downward_enters_the_next(run: RunFolder) -> None:
    history = explain(run, 5, 6, "Zn")
    assert history.effect is not None
    names = [p.name for p in history.pathways]
    leaching = history.effect[:, names.index("leaching")]
    flux = run.ledger["leaching"].sel(metal="Zn").isel(y=5, x=6).values  # type: ignore[index]
    np.testing.assert_allclose(leaching[:, 0], -flux[:, 0])
    np.testing.assert_allclose(leaching[:, 1], flux[:, 0] - flux[:, 1], rtol=1e-9, atol=1e-15)


def test_a_year_ends_the_story_there(run: RunFolder) -> None:
    whole, part = explain(run, 5, 6, "Cd"), explain(run, 5, 6, "Cd", 2022)
    assert part.years.tolist() == [2020, 2021, 2022]
    assert whole.effect is not None
    assert part.effect is not None
    np.testing.assert_array_equal(part.effect, whole.effect[:2])
    assert "between 2020 and 2022" in why(part)
    first = explain(run, 5, 6, "Cd", 2020)
    assert why(first).endswith("in 2020.")


def test_the_sentence_names_what_did_most(run: RunFolder) -> None:
    history = explain(run, 5, 6, "Pb")
    assert history.effect is not None
    total = history.effect[:, :, 0].sum(axis=0)
    most = history.pathways[int(np.argmax(total))]
    share = total.max() / total[total > 0.0].sum()
    assert f"{100.0 * share:.0f} % was {most.label.lower()}" in why(history)
    rose = history.content[-1, 0] > history.content[0, 0]
    assert ("rose" if rose else "fell") in why(history)


def test_land_parcels_and_district_of_the_cell(run: RunFolder, region: Region) -> None:
    history = explain(run, 2, 6, "Cd")
    assert history.district == "North"
    assert sum(history.land.values()) == pytest.approx(1.0, abs=1e-6)
    shares = [p.share for p in history.parcels]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1.0, abs=1e-6)
    assert {p.id for p in history.parcels} <= set(region.parcels["id"])


def test_a_parcel_that_was_built_on_says_when(run: RunFolder, region: Region) -> None:
    table = run.parcels
    first = table[table["geometry"].notna()].set_index("id")["land_class"].astype(str)
    later = table[table["geometry"].isna()]
    changed = later[later["land_class"].astype(str) != later["id"].map(first)]
    assert len(changed), "the scenario builds on parcels"
    row = changed.iloc[0]
    outline = shapely.from_wkb(table.set_index("id")["geometry"].loc[row["id"]].iloc[0])
    place = region.grid.cell_of(*outline.representative_point().coords[0])
    assert place is not None
    parcels = {p.id: p for p in explain(run, *place, "Cd").parcels}
    parcel = parcels[int(row["id"])]
    assert parcel.land_class == row["land_class"]
    assert f"{row['year']}: {first[row['id']]} to {row['land_class']}" in parcel.changes


def test_sources_come_nearest_first_with_direction_and_emission(
    run: RunFolder, region: Region
) -> None:
    copper = region.sources.set_index("id").loc["copper-1"]
    found = near_sources(run, copper["x"] - 3000.0, copper["y"], "Cu", 2024)
    assert [s.distance_m for s in found] == sorted(s.distance_m for s in found)
    mine = next(s for s in found if s.id == "copper-1")
    assert mine.distance_m == pytest.approx(3000.0)
    assert mine.direction == "east"
    table = run.sources
    emitted = table[(table["id"] == "copper-1") & (table["metal"] == "Cu")]["kg_per_yr"].sum()
    assert mine.emitted_kg == pytest.approx(emitted)
    assert mine.emitted_kg > 0.0


@pytest.mark.parametrize(
    ("east", "north", "name"),
    [(0, 1, "north"), (1, 1, "north-east"), (1, 0, "east"), (0, -1, "south"), (-1, 0, "west"),
     (-1, 1.01, "north-west"), (-1, -1, "south-west"), (-0.01, 1, "north")],
)  # fmt: skip
def test_compass(east: float, north: float, name: str) -> None:
    assert compass(east, north) == name


def test_without_fluxes_of_cells_the_contents_remain(totals_only: RunFolder) -> None:
    history = explain(totals_only, 5, 6, "Cd")
    assert history.effect is None
    assert history.content.shape == (3, 3)
    assert "what was added" not in why(history)
