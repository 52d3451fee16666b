"""Maps of differences."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio

from analysis.compare import lattices
from analysis.compare.align import align
from analysis.compare.difference import difference_maps


def test_bands_hold_content_and_overload_less_those_of_the_reference(
    baseline, closed, longer, tmp_path
) -> None:
    comparison = align([baseline, closed, longer], [2020, 2022, 2024])
    difference_maps(comparison, ["Cd", "Zn"], tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {"difference_Cd.tif", "difference_Zn.tif"}
    with rasterio.open(tmp_path / "difference_Cd.tif") as raster:
        assert raster.count == 2 * 3 * 2
        assert raster.tags()["reference"] == "baseline"
        for place, (run, year) in enumerate(
            (run, year) for run in (closed, longer) for year in comparison.years
        ):
            band = 1 + 2 * place
            held = [
                r.history["content"].sel(metal="Cd", year=year).isel(layer=0).values
                for r in (run, baseline)
            ]
            expected = held[0].astype(float) - held[1].astype(float)
            np.testing.assert_array_equal(raster.read(band), expected.astype(np.float32))
            assert raster.tags(band)["year"] == str(year)
            assert raster.units[band - 1] == "mg kg-1"
            assert raster.tags(band + 1)["run"] == raster.tags(band)["run"] == run.path.name
            change = raster.read(band + 1)
            assert np.isnan(change[-1, -1])  # the corner has no soil
            assert set(np.unique(change[np.isfinite(change)])) <= {-1.0, 0.0, 1.0}


def test_overload_that_only_one_run_has_is_signed(paper, tmp_path) -> None:
    """The rising cell is overloaded in the reference only."""
    maps = difference_maps(paper, ["Cd"], tmp_path)
    with rasterio.open(tmp_path / "difference_Cd.tif") as raster:
        change = raster.read(4)  # overload in 2030
        assert change[0, 0] == -1.0
        assert np.nansum(np.abs(change)) == 1.0
        assert raster.read(3)[0, 0] == pytest.approx(-0.2, rel=1e-5)
    assert maps.overload[0, :, -1, 0, 0].tolist() == [1.0, 0.0]


def test_scales_are_shared_and_those_of_differences_have_zero_in_the_middle() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(2.0, 1.0, (2, 3, 20, 20)).astype(np.float32)
    water = np.zeros(values.shape, np.bool_)
    water[0, 0, 0, 0], values[0, 0, 0, 0] = True, 1e6
    scale = lattices.content_scale(values, water)
    assert scale.low == pytest.approx(np.percentile(values, 2), abs=0.02)
    assert scale.extend == "both"
    scale = lattices.difference_scale(values, water)
    assert scale.low == -scale.high
    assert 0.0 < scale.high < np.abs(values[~water]).max()
    nothing = lattices.difference_scale(np.zeros_like(values), water)
    assert (nothing.low, nothing.high, nothing.extend) == (-1.0, 1.0, "neither")
