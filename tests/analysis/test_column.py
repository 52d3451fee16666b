"""A cell's column followed daily and yearly, and what the run recorded."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from analysis import column as analysed
from analysis import column_output
from analysis.column import CellColumn, Sides, cell_column, follow, mean_water
from analysis.column_hydrus import our_numbers, project_column, write_hydrus
from analysis.column_record import placing
from analysis.runs import pathways_of
from simulator.constants import LAND_CLASSES
from simulator.data import Parameters
from simulator.errors import InputError
from simulator.physics.sorption import solution_coefficient
from simulator.record import RunFolder
from simulator.record.restart import same_region

METALS = ["Cd", "Zn"]


def steady_cell(run: RunFolder) -> tuple[int, int]:
    """Cell most of whose open ground is of one class, and whose land does not change."""
    share = run.history["open_share"].transpose("year", "land_class", "y", "x").values
    ground = share[0, :-1].sum(axis=0)
    pure = share[0, :-1].max(axis=0) / np.maximum(ground, 1e-9)
    still = np.abs(share - share[0]).max(axis=(0, 1)) < 1e-6
    row, col = np.unravel_index(np.argmax(np.where(still, pure * (ground > 0.5), 0.0)), still.shape)
    assert still[row, col]
    return int(row), int(col)


@pytest.fixture(scope="module")
def place(run: RunFolder) -> tuple[int, int]:
    return steady_cell(run)


@pytest.fixture(scope="module")
def cell(run: RunFolder, place: tuple[int, int]) -> CellColumn:
    return cell_column(run, *place, metals=METALS)


@pytest.fixture(scope="module")
def sides(cell: CellColumn) -> Sides:
    return follow(cell)


def test_the_column_has_the_cells_soil_land_and_contents(run, place, cell) -> None:
    record = run.cell(*place)
    open_share = record.history["open_share"].isel(year=0)
    names = [str(n) for n in open_share["land_class"].values]
    values = dict(zip(names, open_share.values.tolist(), strict=True))
    del values["water"]
    assert cell.land_class == max(values, key=values.__getitem__)
    assert sum(cell.shares.values()) == pytest.approx(1.0)
    assert cell.years.tolist() == [2020, 2021, 2022, 2023]
    start = record.history["content"].isel(year=0).sel(metal=METALS).transpose("metal", "layer")
    np.testing.assert_allclose(cell.contents.content, start.values * 1e-6, rtol=1e-6)
    assert cell.layers == ["0-20 cm", "20-50 cm", "50-100 cm"]
    np.testing.assert_allclose(cell.bottoms, [0.2, 0.5, 1.0])


def test_gains_and_leaching_make_up_the_change_of_the_cell(run, place, cell) -> None:
    """Per area of the cell, by layer and year: gain less leaching is the change of the stock."""
    record = run.cell(*place)
    stock = record.history["stock"].sel(metal=METALS).transpose("metal", "year", "layer").values
    gain = np.add.reduceat(cell.contents.gain, cell.slices.first[:-1], axis=-1)
    from_above = np.concatenate((np.zeros_like(gain[..., :1]), cell.leached[..., :-1]), axis=-1)
    change = (gain - cell.leached + from_above) * cell.open_ground[:, None]
    scale = 1e-9 * stock[:, :-1].max()
    np.testing.assert_allclose(1e6 * change, np.diff(stock, axis=1), rtol=1e-6, atol=scale)


def test_daily_yearly_and_run_agree(cell, sides) -> None:
    daily, yearly = sides.daily.leached.sum(axis=1), sides.yearly.leached.sum(axis=1)
    run = cell.leached.sum(axis=1)
    np.testing.assert_allclose(yearly[:, -1], daily[:, -1], rtol=0.05)
    np.testing.assert_allclose(yearly[:, 0], daily[:, 0], rtol=0.10)
    np.testing.assert_allclose(sides.yearly_layers, sides.daily_layers, rtol=0.01)
    # one class throughout: the yearly column is what the run did, but for losses as amounts
    np.testing.assert_allclose(yearly[:, [0, -1]], run[:, [0, -1]], rtol=0.02)
    np.testing.assert_allclose(sides.yearly_layers, cell.content_end, rtol=1e-3)


def test_both_columns_keep_what_they_get(cell, sides) -> None:
    thickness = np.diff(np.append(0.0, cell.bottoms))
    soil = cell.bulk_density * thickness
    gained = cell.contents.gain.sum(axis=(1, 2))
    for side, layers in ((sides.daily, sides.daily_layers), (sides.yearly, sides.yearly_layers)):
        change = ((layers - cell.contents.content) * soil).sum(axis=1)
        out = side.leached[..., -1].sum(axis=1)
        held = (cell.contents.content * soil).sum(axis=1)
        np.testing.assert_allclose((change + out - gained) / held, 0.0, atol=2e-4)


def test_water_of_the_column_closes(cell) -> None:
    water = mean_water(cell)
    out = ("interception", "evaporation", "transpiration", "runoff", "percolation", "storage")
    into = water["rain"] + water["irrigation"]
    assert into - sum(water[name] for name in out) == pytest.approx(0.0, abs=0.01 * into)


def test_pathways_act_where_the_balance_has_them(run, cell) -> None:
    slices = cell.slices
    effects = {p.name: placing(p, slices) for p in pathways_of(run) if p.kind != "downward"}
    for name, sign in (("deposition_dry", 1.0), ("erosion", -1.0), ("runoff_sealed", -1.0)):
        assert effects[name].shape == (1, len(slices))
        assert effects[name][0, 0] == sign
        assert not effects[name][0, 1:].any()
    uptake = effects["crop_uptake"]
    np.testing.assert_allclose(uptake.sum(axis=1), -1.0)
    np.testing.assert_allclose(-uptake[1][slices.layer == 1], slices.share[slices.layer == 1])
    up = effects["exhumation"]
    np.testing.assert_allclose(up.sum(axis=1), [0.0, 0.0, 1.0], atol=1e-12)
    assert up[0, 0] == 1.0
    assert up[0, slices.first[1]] == -1.0
    signed = effects["remediation"]
    np.testing.assert_allclose(signed[0, : slices.first[1]], slices.share[: slices.first[1]])


def test_another_class_and_the_runs_own_parameters(record, tmp_path) -> None:
    run = record(tmp_path / "run", years=1, parameters={"sorption/Cd/p": -3.0})
    row, col = steady_cell(run)
    found = cell_column(run, row, col, "grassland", ["cd"])
    assert found.land_class == "grassland"
    assert found.tillage == 0.0
    soil = same_region(run).soil
    p = Parameters(run.scenario.parameters)
    names = ("p", "r_oc", "s_clay", "m_ph", "n")
    values = [p.value("sorption", metal="Cd", parameter=name) for name in names]
    assert values[0] == -3.0
    least = p.value("general", process="sorption", parameter="least_organic_matter")
    organic = np.maximum(soil.organic_matter[:, row, col], least)
    expected = solution_coefficient(soil.ph[:, row, col], organic, soil.clay[:, row, col], *values)
    np.testing.assert_allclose(found.contents.coefficient[0], expected, rtol=1e-6)
    if found.shares.get("grassland", 0.0) < 0.99:
        assert "of the open ground" in found.notes[0]


def test_sums_over_several_years_are_spread(sparse: RunFolder) -> None:
    row, col = steady_cell(sparse)
    found = cell_column(sparse, row, col, metals=["Pb"])
    assert found.years.tolist() == [2020, 2021, 2022, 2023, 2024]
    np.testing.assert_allclose(found.leached[:, 0], found.leached[:, 1])
    flux = sparse.cell(row, col).ledger["leaching"].sel(metal="Pb", year=2020).values
    got = (found.leached * found.open_ground[:, None])[0, :2].sum(axis=0)
    np.testing.assert_allclose(got * 1e6, flux, rtol=1e-5)


def test_an_unfinished_run_will_do(record, tmp_path) -> None:
    run = record(tmp_path / "stopped", until=2022)
    assert not run.finished
    row, col = steady_cell(run)
    assert cell_column(run, row, col, metals=["Cd"]).years.tolist() == [2020, 2021]


def test_what_cannot_be_followed_is_refused(run, totals_only, cell, tmp_path) -> None:
    place = cell.row, cell.col
    with pytest.raises(InputError, match="ledger = 'cells'"):
        cell_column(totals_only, *place)
    with pytest.raises(InputError, match="class of land"):
        cell_column(run, *place, "water")
    with pytest.raises(InputError, match="not in the run"):
        cell_column(run, *place, metals=["Tl"])
    with pytest.raises(InputError, match="has no soil"):
        cell_column(run, 11, 9)
    share = run.history["open_share"].transpose("year", "land_class", "y", "x").values
    open_ground = share[:, : LAND_CLASSES.index("water")].sum(axis=1).min(axis=0)
    soil = np.isfinite(run.history["content"].values[0, 0, 0])
    wet = np.argwhere(soil & (open_ground <= 0.0))
    if wet.size:
        with pytest.raises(InputError, match="no open soil"):
            cell_column(run, *wet[0].tolist())
    changed = Path(shutil.copytree(run.path, tmp_path / "changed"))
    manifest = json.loads((changed / "manifest.json").read_text("utf-8"))
    manifest["region"]["digest"] = "0"
    (changed / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(InputError, match="not those of the run"):
        cell_column(RunFolder(changed), *place)


def test_water_that_is_no_longer_the_runs_is_told(monkeypatch, run, place, cell) -> None:
    assert not any("percolation" in note for note in cell.notes)
    solve = analysed.class_water

    def drier(*inputs):
        water, soils = solve(*inputs)
        return dataclasses.replace(water, percolation=0.9 * water.percolation), soils

    monkeypatch.setattr(analysed, "class_water", drier)
    found = cell_column(run, *place, metals=["Cd"])
    assert any("other parameter tables" in note for note in found.notes)


def test_ground_that_is_sealed_later_is_named_with_its_year(monkeypatch, run, place) -> None:
    ground = np.array([0.5, 0.2, 0.0, 0.0, 0.0])
    monkeypatch.setattr(analysed, "open_ground", lambda *_: ground)
    with pytest.raises(InputError, match="no open soil in 2022"):
        cell_column(run, *place)
    assert cell_column(run, *place, fluxes=False).contents.gain.max() == 0.0


def test_tables_hold_the_profiles_and_the_leaching(cell, sides, tmp_path) -> None:
    table = column_output.profiles(cell, sides)
    assert set(table["source"]) == {"start", "daily", "yearly", "run"}
    daily = table[(table["metal"] == "Zn") & (table["source"] == "daily")]
    thickness = daily["bottom_m"] - daily["top_m"]
    assert thickness.sum() == pytest.approx(1.0)
    mean = (daily["content_mg_kg"] * thickness)[daily["bottom_m"] < 0.2 + 1e-9].sum() / 0.2
    assert mean == pytest.approx(1e6 * sides.daily_layers[1, 0], rel=1e-6)
    leached = column_output.leaching(cell, sides)
    assert len(leached) == 2 * 4 * 3
    row = leached[(leached["metal"] == "Zn") & (leached["year"] == 2022)].iloc[2]
    assert row["daily_mg_m2"] == pytest.approx(1e6 * sides.daily.leached[1, 2, 2])
    assert row["run_mg_m2"] == pytest.approx(1e6 * cell.leached[1, 2, 2])


def test_the_figure_has_two_panels_a_metal(cell, sides) -> None:
    drawn = column_output.figure(cell, sides, "title")
    panels = [axes for axes in drawn.axes if axes.lines]
    assert len(panels) == 4
    assert [axes.get_title(loc="left") for axes in panels[::2]] == METALS
    bottom, top = panels[0].get_ylim()
    assert (bottom, top) == (pytest.approx(100.0), 0.0)  # depth downwards


def test_the_project_is_the_column_without_what_hydrus_cannot_do(run, cell) -> None:
    paddy = cell_column(run, cell.row, cell.col, "paddy", ["Cd"], fluxes=False)
    column, ends = project_column(paddy)
    assert column.start == 0.0
    assert ends[-1] == column.stop == paddy.lengths.sum()
    assert column.weather.bund is None
    assert column.top.h_crit_s == pytest.approx(100.0 * paddy.demand.bund.max())
    assert column.top.h_crit_s > 0.0
    assert column.tillage == 0.0
    assert column.solutes[0].source is None
    table = our_numbers(paddy, column, ends)
    into = table["infiltration_cm"]
    change = np.diff(np.append(np.nan, table["storage_cm"]))[1:]
    left = (table["percolation_cm"] + table["transpiration_cm"] + change.sum())[1:]
    np.testing.assert_allclose(into[1:], left, rtol=0.01)


def test_our_numbers_are_those_of_the_balance_where_no_bund_changes(run, cell) -> None:
    dry = cell_column(run, cell.row, cell.col, "dryland", ["Cd"], fluxes=False)
    table = our_numbers(dry, *project_column(dry))
    np.testing.assert_allclose(table["percolation_cm"], table["balance_percolation_cm"], rtol=1e-3)
    water = dataclasses.asdict(dry.water)
    assert water["rain"].shape == (dry.record_years.size, 1, 1)


def test_a_project_that_is_there_stays(cell, tmp_path) -> None:
    write_hydrus(cell, tmp_path / "p", "title")
    with pytest.raises(InputError, match="is there already"):
        write_hydrus(cell, tmp_path / "p", "title")
    write_hydrus(cell, tmp_path / "p", "other", overwrite=True)
    assert (tmp_path / "p" / "README.txt").read_text("utf-8").startswith("other")
