"""Parts of the coast builder: shift, terrain, soils, land use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.constants import METALS
from simulator.region.build.coast_recipe import CoastRecipe, ImperviousPart, class_code
from simulator.region.build.coast_soils import majority, soil_table
from simulator.region.build.gcj02 import gcj02_to_wgs84, wgs84_to_gcj02
from simulator.region.build.outline import block_mean, distance_to, rasters, read_outline
from simulator.region.build.settlement import Ground, land_use, spread
from simulator.region.build.terrain import fractal_noise, slope_degrees
from tests.region_build.make_coast import coast_table, shipped_recipe, write_raw


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_raw(tmp_path_factory.mktemp("coast") / "raw")


@pytest.fixture(scope="module")
def filled(raw: Path) -> tuple[CoastRecipe, Ground, Any]:
    recipe = CoastRecipe.model_validate(coast_table())
    outline = read_outline(recipe, raw)
    fine, _ = rasters(recipe)
    district = np.zeros(fine.shape, dtype=np.int32)
    for code, area in outline.districts.items():
        district[fine.burn([area])] = code
    from_sea = distance_to(~fine.burn([outline.mainland]), fine.cell)
    slope = np.broadcast_to(np.where(np.arange(fine.shape[1]) < 8, 30.0, 1.0), fine.shape)
    ground = Ground(district, from_sea * 0.02, slope, from_sea)
    return recipe, ground, land_use(recipe, outline, fine, ground)


class TestShift:
    """GCJ-02: the published points of eviltransform, and an inverse that undoes it."""

    def test_published_points(self) -> None:
        wgs = np.array(
            [[121.5272106, 31.1774276], [113.912316, 22.543847], [116.377817, 39.911954]]
        )
        gcj = np.array(
            [
                [121.531541859215, 31.17530398364597],
                [113.9171764808363, 22.540796131694766],
                [116.38404722455657, 39.91334545536069],
            ]
        )
        np.testing.assert_allclose(np.column_stack(wgs84_to_gcj02(*wgs.T)), gcj, atol=1e-9)

    @given(st.floats(118.0, 123.0), st.floats(27.0, 31.5))
    def test_inverse_undoes_the_shift(self, lon: float, lat: float) -> None:
        point = np.array([lon]), np.array([lat])
        back = gcj02_to_wgs84(*wgs84_to_gcj02(*point))
        np.testing.assert_allclose(back, point, rtol=0, atol=1e-9)  # 0.1 mm


class TestTerrain:
    """Noise of the stated spectrum; slopes of known planes."""

    def test_spectrum_falls_by_the_hurst_exponent(self) -> None:
        """Power spectral density of a self-affine surface ~ k ** -(2 H + 2)."""
        size, cell, hurst = 512, 50.0, 0.7
        rng = np.random.default_rng(1)
        noise = fractal_noise(rng, (size, size), cell, 1e9, hurst)
        # A window keeps the cut-out's edges from leaking power to high wave numbers.
        window = np.hanning(size)[:, None] * np.hanning(size)
        power = np.abs(np.fft.rfft2(noise * window)) ** 2
        k = np.hypot(np.fft.fftfreq(size, cell)[:, None], np.fft.rfftfreq(size, cell))
        band = (k > 1e-3) & (k < 8e-3)
        bins = np.digitize(k[band], np.geomspace(1e-3, 8e-3, 13))
        mean_k = [k[band][bins == b].mean() for b in np.unique(bins)]
        mean_power = [power[band][bins == b].mean() for b in np.unique(bins)]
        exponent = np.polyfit(np.log(mean_k), np.log(mean_power), 1)[0]
        assert exponent == pytest.approx(-(2 * hurst + 2), abs=0.2)
        assert noise.mean() == pytest.approx(0.0, abs=1e-12)
        assert noise.std() == pytest.approx(1.0)

    def test_slope_of_a_plane(self) -> None:
        row, col = np.indices((6, 7)) * 50.0
        slope = slope_degrees(0.3 * row + 0.4 * col, 50.0)
        np.testing.assert_allclose(slope, np.degrees(np.arctan(0.5)))

    def test_block_mean_leaves_out_missing_cells(self) -> None:
        values = np.array([[1.0, 3.0, np.nan, np.nan], [np.nan, 5.0, np.nan, np.nan]])
        np.testing.assert_array_equal(block_mean(values, 2), [[3.0, np.nan]])


class TestSoils:
    """Level of the survey, contrast of the table, ratio with depth."""

    def test_mean_of_the_surveyed_types_is_the_survey(self, raw: Path) -> None:
        part = CoastRecipe.model_validate(shipped_recipe()).soils
        table = soil_table(part, raw / "background.csv")
        top = table[(table["layer"] == 1) & table["name"].isin(part.reference_types)]
        survey = pd.read_csv(raw / "background.csv").set_index("metal")["median_mgkg"]
        for metal in METALS:
            assert top[metal].mean() == pytest.approx(survey[metal], rel=5e-3)  # 3 digits

    def test_depth_ratio_and_young_sediment(self, raw: Path) -> None:
        part = CoastRecipe.model_validate(shipped_recipe()).soils
        table = soil_table(part, raw / "background.csv").set_index(["name", "layer"])
        for metal in METALS:
            ratio = table.loc[("red soil", 3), metal] / table.loc[("red soil", 1), metal]
            stated = part.deep_survey[metal] / part.topsoil_survey[metal]
            assert ratio == pytest.approx(stated, rel=0.01)
            marsh = table.loc["coastal saline soil", metal]
            assert (marsh == marsh.iloc[0]).all()

    def test_texture_adds_up(self, raw: Path) -> None:
        part = CoastRecipe.model_validate(shipped_recipe()).soils
        table = soil_table(part, raw / "background.csv")
        total = table[["clay_pct", "silt_pct", "sand_pct"]].sum(axis=1)
        np.testing.assert_allclose(total, 100.0, atol=0.11)

    def test_majority(self) -> None:
        units = np.array([[1, 1, 0, 0], [2, 0, 0, 3]])
        np.testing.assert_array_equal(majority(units, 2, 0.25), [[1, 3]])
        np.testing.assert_array_equal(majority(units, 2, 0.5), [[1, 0]])


class TestLandUse:
    """Shares are met to a cell; towns and parks keep to their districts."""

    def test_shares_are_exact(self, filled: tuple) -> None:
        recipe, ground, use = filled
        cells = (ground.district > 0).sum()
        shares = recipe.landuse.shares
        for names, share in (
            (["forest"], shares.forest),
            (["paddy", "dryland", "vegetable"], shares.cropland),
            (["urban", "industrial"], shares.built),
            (["water"], shares.water),
            (["orchard", "grassland"], shares.other),
        ):
            count = np.isin(use.classes, [class_code(n) for n in names]).sum()
            assert abs(count - share * cells) <= 2.0, names

    def test_every_cell_of_land_has_a_class_and_no_cell_of_sea(self, filled: tuple) -> None:
        _, ground, use = filled
        np.testing.assert_array_equal(use.classes > 0, ground.district > 0)

    def test_parks_lie_in_their_districts(self, filled: tuple) -> None:
        recipe, ground, use = filled
        number = {d.name: d.code for d in recipe.districts}
        for park in recipe.landuse.parks:
            cells = use.parks[park.name]
            assert cells.any()
            assert set(ground.district[cells]) == {number[park.district]}
            assert set(use.classes[cells]) == {class_code("industrial")}

    def test_built_land_is_sealed_within_its_range_and_water_never(self, filled: tuple) -> None:
        recipe, _, use = filled
        kinds = recipe.landuse.impervious
        urban = use.impervious[use.classes == class_code("urban")]
        assert urban.min() >= kinds["village"].low
        assert urban.max() <= kinds["town"].high
        assert not use.impervious[use.classes == class_code("water")].any()

    def test_nothing_built_is_protected(self, filled: tuple) -> None:
        _, ground, use = filled
        steep = ground.slope > 25.0
        assert use.protected.any()
        assert not (use.protected & ~steep).any()

    @given(st.floats(-5.0, 5.0))
    def test_spread_keeps_to_the_range(self, deviation: float) -> None:
        kind = ImperviousPart(mean=0.02, low=0.0, high=0.05, source="-")
        value = spread(kind, np.array([deviation]))[0]
        assert kind.low <= value <= kind.high
        assert spread(kind, np.array([0.0]))[0] == kind.mean
