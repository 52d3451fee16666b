"""What a run leaves: that it adds up, that others can read it, and that nothing is lost."""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyproj
import pytest
import shapely
import xarray as xr

from simulator.constants import LAND_CLASSES, METALS
from simulator.errors import RunError
from simulator.model import Simulation
from simulator.record import RunFolder, ZarrRecorder
from simulator.record.axes import Axes
from simulator.record.writer import is_kept, recorded_years
from simulator.scenario import read_scenario
from tests.record.runs import Crash, crashing, gains, record


def stock(run: RunFolder) -> np.ndarray:
    return run.history.stock.values.astype(float) + run.history.stock_sealed.values


def assert_adds_up(run: RunFolder, tolerance: float) -> None:
    """Change of the stock, open and sealed = signed sum of the pathways, in every cell."""
    parts = np.stack(list(gains(run).values()))
    change = np.diff(stock(run), axis=0)
    turnover = np.abs(parts).sum(axis=0) + stock(run)[:-1]
    assert (np.abs(change - parts.sum(axis=0)) <= tolerance * turnover).all()
    assert (np.abs(change) > 10.0 * tolerance * turnover).mean() > 0.5


def test_stock_changes_by_what_the_ledger_says(straight):
    assert_adds_up(straight, 1e-13)


def test_single_precision_adds_up_to_its_own_rounding(region, make_scenario, tmp_path):
    run = record(region, make_scenario(record={"precision": "float32"}), tmp_path / "run")
    assert run.history.stock.dtype == run.ledger.leaching.dtype == np.float32
    assert_adds_up(run, 3e-7)


@pytest.mark.parametrize("every", [4, 9])
def test_sparse_maps_hold_the_sum_of_their_interval(
    region, make_scenario, straight, scenario, tmp_path, every
):
    """Every fourth year, or none between: the same states, and the sums of the fluxes."""
    sparse = scenario.model_copy(
        update={"record": scenario.record.model_copy(update={"every": every})}
    )
    run = record(region, sparse, tmp_path / "run")
    years = recorded_years(2020, 2026, every)
    assert run.history.year.values.tolist() == years.tolist()
    assert run.ledger.year.values.tolist() == years[:-1].tolist()
    assert run.ledger.year_bounds.values.tolist() == np.stack((years[:-1], years[1:]), 1).tolist()
    dense = straight.history.sel(year=years)
    assert np.array_equal(run.history.stock, dense.stock)
    assert run.ledger.erosion.attrs["units"] == "mg m-2"
    assert run.ledger.percolation.attrs["units"] == "mm"
    for begin, end in itertools.pairwise(years):
        part = straight.ledger.sel(year=slice(begin, end - 1)).sum("year")
        for name in ("erosion", "leaching", "manure", "percolation"):
            np.testing.assert_allclose(run.ledger[name].sel(year=begin), part[name], rtol=1e-6)
    assert_adds_up(run, 1e-13)
    pd.testing.assert_frame_equal(run.totals, straight.totals, check_exact=True)


def test_totals_are_the_sums_of_the_cells(straight):
    area = straight.manifest["grid"]["cell_size"] ** 2
    table = straight.totals.set_index(["year", "metal", "pathway", "layer"])["kg_per_yr"]
    assert len(table) == 6 * len(METALS) * sum(
        len(p["signs"]) for p in straight.manifest["pathways"]
    )
    for pathway in straight.manifest["pathways"]:
        flux = straight.ledger[pathway["name"]].load()
        if "layer" not in flux.dims:
            flux = flux.expand_dims(layer=[1])
        for (year, metal, layer), kg in table.xs(pathway["name"], level="pathway").items():
            cells = flux.sel(year=year, metal=metal, layer=layer).values
            assert kg == pytest.approx(cells.sum() * area * 1e-6, rel=1e-12, abs=1e-12)


def test_without_the_cells_the_totals_are_the_same(region, scenario, straight, tmp_path):
    settings = scenario.record.model_copy(update={"ledger": "totals"})
    run = record(region, scenario.model_copy(update={"record": settings}), tmp_path / "run")
    assert run.ledger is None
    assert not (run.path / "ledger.zarr").exists()
    assert run.cell(2, 3).contributions is None
    pd.testing.assert_frame_equal(run.totals, straight.totals, check_exact=True)


def test_the_maps_are_the_state(region, scenario, straight):
    """Display units = SI times the scale; content is NaN outside the soil, and only there."""
    with Simulation(region, scenario) as sim:
        sim.run(until=2023)
        state, here = sim.state, straight.history.sel(year=2023)
        assert np.array_equal(here.stock, state.stock * 1e6)
        assert np.array_equal(here.stock_sealed, state.stock_sealed * 1e6)
        content = (state.content() * 1e6).reshape(here.content.shape).astype(np.float32)
        assert np.array_equal(here.content, content, equal_nan=True)
        assert np.array_equal(here.open_share, state.open_share.astype(np.float32))
        assert np.array_equal(here.sealed_share, state.sealed_share.astype(np.float32))
        assert np.array_equal(straight.ledger.runoff_depth.sel(year=2022), (
            state.runoff_depth * 1e3).astype(np.float32))  # fmt: skip
    assert (
        np.isnan(straight.history.content.values).any(axis=(0, 1, 2)) == ~region.soil_mask
    ).all()
    assert np.array_equal(straight.history.district, region.district)


@pytest.mark.parametrize("name", ["history.zarr", "ledger.zarr"])
def test_xarray_opens_the_maps_with_their_coordinates(straight, region, name):
    """CF: coordinates with units, bounds, and a grid mapping that gives back the CRS."""
    maps = xr.open_zarr(straight.path / name, decode_coords="all", consolidated=False, chunks=None)
    assert maps.attrs["Conventions"] == "CF-1.11"
    assert maps.metal.values.tolist() == list(METALS)
    assert np.array_equal(maps.x, region.grid.x)
    assert np.array_equal(maps.y, region.grid.y)
    assert maps.x.attrs["standard_name"] == "projection_x_coordinate"
    assert maps.depth_bounds.values == pytest.approx(np.array([[0, 0.2], [0.2, 0.5], [0.5, 1]]))
    assert maps.depth.encoding["bounds"] == "depth_bounds"
    mapping = maps.spatial_ref.attrs
    assert pyproj.CRS.from_cf(mapping) == pyproj.CRS(region.grid.crs)
    x_min, dx, _, y_max, _, dy = (float(v) for v in mapping["GeoTransform"].split())
    assert (x_min, dx) == (region.grid.x_min, region.grid.cell_size)
    assert (y_max, dy) == (region.grid.y_max, -region.grid.cell_size)
    for variable in maps.data_vars.values():
        assert variable.attrs["long_name"]
        assert variable.encoding["grid_mapping"] == "spatial_ref"
        assert "units" in variable.attrs or variable.name == "district"
        if "layer" in variable.dims:
            assert "depth" in variable.coords
    if name == "history.zarr":
        assert maps.land_class.values.tolist() == list(LAND_CLASSES)


def test_maps_are_read_lazily_and_written_by_year(straight):
    """A year is one chunk in time; opening reads none."""
    run = RunFolder(straight.path)
    assert not run.history.stock.variable._in_memory
    assert run.history.stock.encoding["chunks"][0] == 1


def test_large_maps_are_cut_into_tiles_of_one_metal(region):
    grid = replace(region.grid, shape=(300, 200))
    axes = Axes(grid, region.layer_thickness, np.arange(5))
    chunks = axes.chunks()
    assert [chunks[k] for k in ("year", "metal", "layer", "y", "x")] == [1, 1, 3, 256, 200]


def test_tiled_maps_hold_the_same_numbers(region, scenario, straight, tmp_path, monkeypatch):
    """Bands and tiles that do not divide the grid."""
    monkeypatch.setattr("simulator.record.axes.TILE", 7)
    run = record(region, scenario, tmp_path / "run")
    assert run.history.stock.encoding["chunks"] == (1, 1, 3, 7, 7)
    for name in ("stock", "content"):
        assert np.array_equal(run.history[name], straight.history[name], equal_nan=True)
    assert np.array_equal(run.ledger.leaching, straight.ledger.leaching)


def test_one_cell_in_full(straight):
    cell = straight.cell(4, 6)
    assert cell.stock.dims == ("year", "metal", "layer")
    turnover = np.abs(cell.contributions).sum("pathway")
    assert (np.abs(cell.residual) <= 1e-13 * (turnover + cell.stock.isel(year=0))).all()
    shares = cell.parcels.drop_duplicates("id")["share"]
    assert shares.sum() == pytest.approx(1.0)
    land = cell.history.open_share.sum("land_class") + cell.history.sealed_share
    assert land.values == pytest.approx(1.0)
    with pytest.raises(RunError, match=r"rows are 0 to 11, columns 0 to 9"):
        straight.cell(12, 0)


def test_sources_say_what_was_emitted(region, scenario, straight):
    with Simulation(region, scenario) as sim:
        sim.run()
        table = straight.sources.groupby(["year", "id"])["kg_per_yr"].apply(list)
        assert len(table) == 6 * len(sim.sources)
        for source in sim.sources:
            for year, kg in source.history.items():
                assert table[year, source.source_id] == kg.tolist()


def test_events_say_what_happened(region, scenario, straight):
    events = straight.events
    acts = events[~events["kind"].isin(["conversion", "shortfall"])]
    assert acts["date"].tolist() == [2021.5, 2022.0, 2023.0, 2023.5]
    assert acts["kind"].tolist() == ["close", "protect", "retrofit", "scale_input"]
    assert acts["what"].iloc[0] == "closing"
    with Simulation(region, scenario) as sim:
        sim.run()
        count = events[events["kind"] == "conversion"]["what"].str.extract(r"^(\d+) parcel")[0]
        assert count.astype(int).sum() == len(sim.parcels.history) > 0


def test_parcels_are_told_from_the_start_and_by_their_changes(region, scenario, straight):
    table = straight.parcels
    first = table[table["geometry"].notna()]
    assert first["id"].tolist() == region.parcels["id"].tolist()
    outlines = shapely.from_wkb(first["geometry"].to_numpy())
    assert shapely.equals_exact(outlines, region.parcels["geometry"].to_numpy(), 0.0).all()
    last = table.drop_duplicates("id", keep="last").set_index("id")
    with Simulation(region, scenario) as sim:
        sim.run()
        for k, parcel in enumerate(sim.parcels.map.ids.tolist()):
            assert last.loc[parcel, "land_class"] == LAND_CLASSES[sim.parcels.land_class[k]]
            assert abs(last.loc[parcel, "impervious"] - sim.parcels.impervious[k]) < 0.05
            assert (last.loc[parcel, "zone"] == "protected") == sim.parcels.protected[k]
        converted = {(e.parcel, e.year + 1) for e in sim.parcels.history}
        changes = table[table["geometry"].isna()]
        assert converted <= set(zip(changes["id"], changes["year"], strict=True))
    geo = json.loads(pq.read_schema(straight.path / "parcels.parquet").metadata[b"geo"])
    assert pyproj.CRS.from_json_dict(geo["columns"]["geometry"]["crs"]) == region.grid.crs


def test_the_manifest_says_what_the_run_was(region, scenario, straight):
    manifest = straight.manifest
    text = (straight.path / "scenario.toml").read_text(encoding="utf-8")
    assert manifest["scenario"]["digest"] == hashlib.sha256(text.encode()).hexdigest()
    assert read_scenario(straight.path / "scenario.toml") == scenario == straight.scenario
    assert manifest["region"]["digest"] == region.digest
    assert manifest["illustrative"] == list(region.illustrative)
    assert 0.0 < manifest["largest_residual"] < 1e-12
    assert manifest["recorded_until"] == 2026
    assert {"setup", "balance", "record"} <= set(manifest["seconds"])
    assert set(manifest["parameters"]["recalled"]) <= set(manifest["parameters"]["used"])
    assert manifest["libraries"]["numpy"] == np.__version__
    assert "generated for tests" in manifest["cite"]
    assert manifest["status"] == "finished"


def test_overridden_parameters_and_their_warnings_are_recorded(region, make_scenario, tmp_path):
    scenario = make_scenario(years=1, parameters={"sorption/Cd/p": 9.0})
    parameters = record(region, scenario, tmp_path / "run").manifest["parameters"]
    assert parameters["overridden"] == {"sorption/Cd/p": 9.0}
    assert "outside its range" in parameters["warnings"][0]


def test_checkpoints_that_stay():
    """Start 2020, one every 10 years: the start and each tenth; states every 4: the next one."""
    dense = [y for y in range(2020, 2051) if is_kept(y, 2020, 2020, 1, 10)]
    assert dense == [2020, 2030, 2040, 2050]
    sparse = [y for y in range(2020, 2051, 4) if is_kept(y, 2020, 2020, 4, 10)]
    assert sparse == [2020, 2032, 2040]
    branched = [y for y in range(2020, 2051) if is_kept(y, 2033, 2020, 1, 10)]
    assert branched == [2033, 2040, 2050]


def test_the_years_of_a_run_do_not_pile_up_checkpoints(straight):
    assert straight.checkpoints == [2020, 2022, 2024, 2026]
    names = {p.name for p in straight.path.iterdir()}
    assert names == {
        "scenario.toml", "manifest.json", "history.zarr", "ledger.zarr", "totals.parquet",
        "parcels.parquet", "sources.csv", "events.csv", "policies.csv", "checkpoint",
    }  # fmt: skip


# -- nothing is lost -------------------------------------------------------------------------------


def test_a_run_is_not_overwritten_silently(region, make_scenario, tmp_path):
    scenario = make_scenario(years=1)
    first = record(region, scenario, tmp_path / "run").manifest["created"]
    with pytest.raises(RunError, match=r"run holds a run already\. Give another name"):
        ZarrRecorder(tmp_path / "run")
    assert RunFolder(tmp_path / "run").manifest["created"] == first


def test_an_overwritten_run_stays_until_the_new_one_is_finished(region, make_scenario, tmp_path):
    record(region, make_scenario(years=1), tmp_path / "run")
    longer = make_scenario(years=2)
    with pytest.raises(Crash):
        record(region, longer, tmp_path / "run", overwrite=True, processes=crashing(2021))
    assert RunFolder(tmp_path / "run").finished
    assert RunFolder(tmp_path / "run.partial").recorded_until == 2021
    record(region, longer, tmp_path / "run", overwrite=True)
    assert RunFolder(tmp_path / "run").recorded_until == 2022
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_an_unfinished_run_is_not_begun_anew_by_accident(region, make_scenario, tmp_path):
    with Simulation(region, make_scenario(), recorder=ZarrRecorder(tmp_path / "run")) as sim:
        sim.run(until=2021)
    with pytest.raises(RunError, match=r"run\.partial holds a run that is not finished.*resume"):
        ZarrRecorder(tmp_path / "run")


@pytest.mark.parametrize("where", ["run", "run.partial"])
def test_a_folder_of_something_else_is_never_replaced(tmp_path, where):
    (tmp_path / where).mkdir()
    (tmp_path / where / "thesis.tex").write_text("years of work")
    with pytest.raises(RunError, match="is there and is no run folder"):
        ZarrRecorder(tmp_path / "run", overwrite=True)


def test_recording_begins_with_the_first_year(make_sim, tmp_path):
    with (
        make_sim({"recorder": ZarrRecorder(tmp_path / "run")}) as sim,
        pytest.raises(RunError, match="recorded from its first year"),
    ):
        sim.step()
    assert not any(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_said_so(region, make_scenario, tmp_path):
    (tmp_path / "file").write_text("")
    with (
        Simulation(
            region, make_scenario(), recorder=ZarrRecorder(tmp_path / "file" / "run")
        ) as sim,
        pytest.raises(RunError, match="cannot begin the run: Not a directory"),
    ):
        sim.run()


def test_no_run_and_other_formats_are_said_so(straight, tmp_path):
    with pytest.raises(RunError, match=r"is no run folder: there is no manifest\.json"):
        RunFolder(tmp_path)
    (tmp_path / "manifest.json").write_text('{"format": 99, "metalscape": "7.0"}')
    with pytest.raises(RunError, match=r"has format 99.*Read it with metalscape 7\.0"):
        RunFolder(tmp_path)
    (tmp_path / "manifest.json").write_text("[")
    with pytest.raises(RunError, match="is not the manifest of a run"):
        RunFolder(tmp_path)
