"""Slope length and connectivity of a region, and what erosion makes of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from simulator.constants import LAND_CLASSES, METALS
from simulator.model import Simulation
from simulator.processes import Erosion
from simulator.region import check_region, read_region
from tests.make_region import RECORD, write_raster

SHAPE = (12, 10)


def with_layers(source: Path, target: Path, **layers: np.ndarray) -> Path:
    """Copy a region and give it more layers."""
    shutil.copytree(source, target)
    toml = target / "region.toml"
    for name, values in layers.items():
        write_raster(target / f"{name}.tif", values.astype(np.float32))
        entries = {"file": f"{name}.tif", **RECORD}
        text = f"\n[files.{name}]\n" + "".join(f'{k} = "{v}"\n' for k, v in entries.items())
        toml.write_text(toml.read_text("utf-8") + text, "utf-8")
    return target


def erosion_of(region, make_scenario, **overrides: float) -> tuple[Simulation, Erosion]:
    sim = Simulation(region, make_scenario(parameters=overrides))
    return sim, next(p for p in sim.processes if isinstance(p, Erosion))


def test_a_region_may_do_without_them(region, make_scenario) -> None:
    assert region.slope_length is None
    assert region.connectivity is None
    _, erosion = erosion_of(region, make_scenario)
    # cells of 500 m as catchments: 0.42 (0.25 km2 / 1 mi2)^-0.125
    assert erosion.delivery == pytest.approx(0.42 * (0.25 / 2.58999) ** -0.125, rel=1e-5)


def test_layers_are_read_and_checked(small_region: Path, tmp_path: Path) -> None:
    length = np.full(SHAPE, 60.0)
    index = np.linspace(-9.0, -4.0, 120).reshape(SHAPE)
    good = with_layers(small_region, tmp_path / "good", slope_length=length, connectivity=index)
    read = read_region(good)
    assert read.slope_length == pytest.approx(length)
    assert read.connectivity == pytest.approx(index)
    length[3, 4] = -1.0
    bad = with_layers(small_region, tmp_path / "bad", slope_length=length)
    (problem,) = check_region(bad)
    assert "row 3, col 4" in problem.where
    assert "slope_length.tif" in problem.where


def test_shorter_slopes_lose_less_and_no_class_more_than_its_field(
    small_region: Path, tmp_path: Path, region, make_scenario
) -> None:
    short = with_layers(small_region, tmp_path / "short", slope_length=np.full(SHAPE, 20.0))
    _, on_short = erosion_of(read_region(short), make_scenario)
    _, on_long = erosion_of(region, make_scenario)
    for name, longer in (("forest", True), ("dryland", True), ("paddy", False)):
        c = LAND_CLASSES.index(name)
        there = on_long.loss[c] > 0.0
        assert there.any()
        if longer:
            assert (on_short.loss[c][there] < on_long.loss[c][there]).all()
        else:  # bunds are 15 m apart
            np.testing.assert_array_equal(on_short.loss[c], on_long.loss[c])


def test_connected_cells_deliver_more_with_the_same_mean(
    small_region: Path, tmp_path: Path, region, make_scenario
) -> None:
    index = np.linspace(-9.0, -4.0, 120).reshape(SHAPE)
    folder = with_layers(small_region, tmp_path / "connected", connectivity=index)
    sim, erosion = erosion_of(read_region(folder), make_scenario)
    _, even = erosion_of(region, make_scenario)
    soil = region.soil_mask.reshape(-1)
    assert erosion.delivery[soil].mean() == pytest.approx(even.delivery[0], rel=1e-9)
    assert (np.diff(erosion.delivery[soil]) > 0.0).all()
    sim.step()
    np.testing.assert_array_equal(sim.state.flat("sediment_delivery"), erosion.delivery)


def test_without_enrichment_a_metal_leaves_with_the_soil_that_leaves(region, make_scenario) -> None:
    """Flux over content is the soil that leaves: soil loss x delivery, for every metal."""
    limit = {"general/erosion/largest_enrichment": 1.0}
    sim, _ = erosion_of(region, make_scenario, **limit)
    state = sim.state
    sim.open_year()
    sim.cells.do("step")
    flux = sim.ledger.amounts("erosion")[:, 0]
    leaving = state.flat("soil_loss") * state.flat("sediment_delivery") * state.flat("open_ground")
    soil = (leaving > 0.0) & region.soil_mask.reshape(-1)
    # the uppermost slice gains in the year and may differ from its layer
    content = np.nan_to_num(state.content()[:, 0].reshape(len(METALS), -1))
    ratio = flux[:, soil] / (leaving * content)[:, soil]
    assert np.median(ratio, axis=1) == pytest.approx(1.0, abs=0.2)
    enriched, _ = erosion_of(region, make_scenario)
    enriched.step()
    assert (enriched.ledger.amounts("erosion")[:, 0, soil] > flux[:, soil]).all()
