"""One cell read from the chunks: the bits of xarray, NaN where nothing is, years as recorded."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.record import RunFolder, ZarrRecorder
from simulator.record.axes import TILE, Axes
from simulator.record.cell_series import read_cell
from simulator.record.zarr_maps import Maps, _create
from simulator.region.model import Grid
from tests.record.runs import record


@pytest.fixture(scope="module")
def tagged(region, make_scenario, tmp_path_factory) -> RunFolder:
    """Three years with source tags."""
    scenario = make_scenario(years=3, tags={"by": "sector"})
    return record(region, scenario, tmp_path_factory.mktemp("runs") / "tagged")


def slowly(data: xr.Dataset, row: int, col: int) -> xr.Dataset:
    """The same by xarray and zarr-python."""
    return data.isel(y=row, x=col).load()


@pytest.mark.parametrize("cell", [(0, 0), (5, 6), (-1, -1)])
def test_a_cell_of_a_run_has_the_bits_of_xarray(tagged: RunFolder, cell: tuple[int, int]) -> None:
    rows, cols = (tagged.history.sizes[d] for d in ("y", "x"))
    row, col = cell[0] % rows, cell[1] % cols
    found = tagged.cell(row, col)
    assert tagged.ledger is not None
    assert found.ledger is not None
    for mine, theirs in (
        (found.history, slowly(tagged.history, row, col)),
        (found.ledger, slowly(tagged.ledger, row, col)),
    ):
        xr.testing.assert_identical(mine, theirs)
        for name in theirs.data_vars:
            assert mine[name].dtype == theirs[name].dtype
            if name != "tag_label":
                assert mine[name].values.tobytes() == theirs[name].values.tobytes()


def test_one_metal_is_that_of_all(tagged: RunFolder) -> None:
    whole, one = tagged.cell(5, 6), tagged.cell(5, 6, "Hg")
    xr.testing.assert_identical(one.history, whole.history.sel(metal=["Hg"]))
    assert whole.ledger is not None
    assert one.ledger is not None
    xr.testing.assert_identical(one.ledger, whole.ledger.sel(metal=["Hg"]))
    assert one.contributions is not None
    assert one.contributions.sizes["metal"] == 1


def test_picks_drop_keep_and_pass_over_axes(tagged: RunFolder) -> None:
    names = ("content", "ph", "sealed_share", "content_by_source", "leaching")
    found = tagged.along(names, 5, 6, {"metal": 4, "layer": [2, 0]}, slice(1, None))
    assert [*found] == [*names]
    assert {n: v.shape for n, v in found.items()} == {
        "content": (3, 2), "ph": (3, 2), "sealed_share": (3,),
        "content_by_source": (3, found["content_by_source"].shape[1], 2), "leaching": (2, 2),
    }  # fmt: skip
    expected = tagged.history["content"].isel(y=5, x=6, metal=4, layer=[2, 0], year=slice(1, None))
    np.testing.assert_array_equal(found["content"], expected.transpose("year", "layer").values)


def test_a_run_that_goes_on_shows_what_is_recorded(region, make_scenario, tmp_path) -> None:
    from simulator.model import Simulation

    with Simulation(region, make_scenario(), recorder=ZarrRecorder(tmp_path / "run")) as sim:
        sim.run(until=2022)
        run = RunFolder(tmp_path / "run")
        assert not run.finished
        found = run.cell(5, 6, "Cd")
        assert found.history["year"].values.tolist() == [2020, 2021, 2022]
        assert np.isfinite(found.history["content"].values).all()
        assert found.ledger is not None
        assert found.ledger.sizes["year"] == 2


def test_a_missing_chunk_is_nan(tagged: RunFolder, tmp_path: Path) -> None:
    shutil.copytree(tagged.path / "history.zarr" / "content", tmp_path / "content")
    next((tmp_path / "content").glob("c.1.*")).unlink()
    found = read_cell(tmp_path, ["content"], slice(None), 5, 6, {"metal": 1})["content"]
    assert np.isnan(found[1]).all()
    assert np.isfinite(found[[0, 2, 3]]).all()


def test_a_chunk_that_was_written_again_is_read_again(tagged: RunFolder, tmp_path: Path) -> None:
    """As those of a run that was resumed before its last recorded year."""
    shutil.copytree(tagged.path / "history.zarr" / "content", tmp_path / "content")
    before = read_cell(tmp_path, ["content"], slice(None), 5, 6, {"metal": 1})["content"]
    first, second = (tmp_path / "content" / f"c.{year}.0.0.0.0" for year in (0, 1))
    second.unlink()
    shutil.copyfile(first, second)
    after = read_cell(tmp_path, ["content"], slice(None), 5, 6, {"metal": 1})["content"]
    assert after[1].tobytes() == before[0].tobytes() != before[1].tobytes()


SHAPES = {
    "one chunk": (20, 30),
    "planes across blocks": (110, 140),
    "tiles": (TILE + 5, TILE + 40),
}


def noise(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers of single precision whose bits do not shrink: chunks are stored as they are."""
    return rng.integers(0, 0x7F000000, shape, dtype=np.uint32).view(np.float32)


def noise_on_top(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """The same but for the last layer: some blocks of a chunk are stored as they are."""
    return np.where(np.arange(3)[:, None] < 2, noise(rng, shape), 0.0)


KINDS = {
    "smooth": lambda rng, shape: np.cumsum(rng.random(shape), axis=-1),
    "constant": lambda rng, shape: np.full(shape, 0.1),
    "zero": lambda rng, shape: np.zeros(shape),
    "with gaps": lambda rng, shape: np.where(rng.random(shape) < 0.5, np.nan, 1.5),
    "any size": lambda rng, shape: -(10.0 ** rng.uniform(-30, 30, shape)),
    "noise": noise,
    "noise on top": noise_on_top,
}


@pytest.fixture(scope="module")
def maps(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    """Made-up maps as the recorder writes them, by shape and precision: a variable of each kind."""
    made = {}
    rng = np.random.default_rng(3)
    for name, (rows, cols) in SHAPES.items():
        for precision in ("float32", "float64"):
            grid = Grid("EPSG:32651", 0.0, 0.0, 100.0, (rows, cols))
            axes = Axes(grid, np.array([0.2, 0.3, 0.5]), np.array([2020, 2021]))
            folder = tmp_path_factory.mktemp("maps") / "maps.zarr"
            group = zarr.create_group(folder, zarr_format=3)
            dims = ("year", "metal", "layer", "y", "x")
            arrays = {k: _create(group, axes, k, dims, precision, {}) for k in KINDS}
            made[name, precision] = folder
            values = {k: f(rng, (8, 3, rows * cols)) for k, f in KINDS.items()}
            sources = {k: lambda cells, v=v: v[..., cells] for k, v in values.items()}
            Maps(folder, arrays).write(0, sources)  # the second year is missing
    return made


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=15, deadline=None)
@given(place=st.tuples(st.floats(0, 0.999), st.floats(0, 0.999)), metal=st.integers(0, 7))
def test_whatever_a_chunk_holds_its_bits_come_back(
    maps: dict[tuple[str, str], Path],
    shape: str,
    precision: str,
    place: tuple[float, float],
    metal: int,
) -> None:
    folder = maps[shape, precision]
    row, col = (int(p * n) for p, n in zip(place, SHAPES[shape], strict=True))
    found = read_cell(folder, KINDS, slice(None), row, col, {"metal": metal})
    group = zarr.open_group(folder, mode="r")
    for name in KINDS:
        expected = np.asarray(group[name][:, metal, :, row, col])
        assert found[name].tobytes() == expected.tobytes()
