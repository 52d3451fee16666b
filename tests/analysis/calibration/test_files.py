"""A calibration as files."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio

from analysis.calibration.case import Case
from analysis.calibration.files import check_folder, write_calibration
from analysis.calibration.make import Made, make
from analysis.calibration.variants import BOTH
from simulator.calibration.adjustments import Adjustments
from simulator.calibration.fit import CORRECTED, EXTRAPOLATED, NO_SOIL, TRUSTED
from simulator.calibration.hindcast import Hindcast
from simulator.calibration.physical import predict
from simulator.constants import METALS
from simulator.errors import InputError
from simulator.region import Region
from simulator.scenario import Scenario
from tests.analysis.calibration.conftest import ANALYSED, LEVEL

pytestmark = pytest.mark.slow  # calibrates a case

MAPS = {"correction", "correction_low", "correction_high", "weight", "status"}


@pytest.fixture(scope="module")
def made(case: Case) -> Made:
    """The case, calibrated; its hindcast is made up, and so is the one with factors."""

    def with_factors(region: Region, scenario: Scenario, factors: Adjustments) -> Hindcast:
        return replace(case.hindcast, content=predict(case.hindcast, factors))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analysis.calibration.make.stored_hindcast", with_factors)
        return make(case, folds=3, jobs=1)


@pytest.fixture(scope="module")
def folder(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of the calibration."""
    out = tmp_path_factory.mktemp("calibration") / "out"
    write_calibration(made, out)
    return out


def test_everything_is_there(folder: Path) -> None:
    assert {p.name for p in folder.iterdir()} == {
        "sites.csv", "scores.csv", "factors.csv", "calibration.toml", "correction.png", "trust.png",
        "observed_predicted.png", *(f"{name}.tif" for name in MAPS),
    }  # fmt: skip


def test_maps_are_those_of_the_calibration(folder: Path, made: Made) -> None:
    soil = made.case.region.soil_mask
    for name, field in (("correction", "rate"), ("correction_low", "low")):
        with rasterio.open(folder / f"{name}.tif") as raster:
            assert raster.count == len(METALS)
            assert set(raster.units) == {"mg m-2 yr-1"}
            assert raster.descriptions[1].startswith("Cd ")
            assert raster.crs.to_string() == made.case.region.grid.crs
            bands = raster.read()
        expected = 1e6 * getattr(made.calibration, field).reshape(bands.shape)
        sampled = [metal in ANALYSED for metal in METALS]
        np.testing.assert_allclose(bands[sampled][:, soil], expected[sampled][:, soil], rtol=1e-6)
        assert np.isnan(bands[:, ~soil]).all()
        assert np.isnan(bands[np.logical_not(sampled)]).all()
    with rasterio.open(folder / "status.tif") as raster:
        status = raster.read()
        assert raster.tags()["code_2"] == "corrected"
        assert raster.nodata == 255
    assert (status[sampled][:, ~soil] == NO_SOIL).all()
    assert np.isin(status[sampled][:, soil], (TRUSTED, CORRECTED, EXTRAPOLATED)).all()
    assert (status[np.logical_not(sampled)] == 255).all()


def test_sites_tell_what_was_missing_as_a_yearly_flux(folder: Path, made: Made) -> None:
    """A content higher by 1 mg/kg in ten years, 250 kg of soil: 25 mg a year, more with losses."""
    sites = pd.read_csv(folder / "sites.csv")
    assert len(sites) == len(made.case.observed) * len(ANALYSED)
    gap = sites["observed_mg_kg"] - sites["physical_mg_kg"]
    flux = sites["residual_flux_mg_m2_yr"]
    # losses of 2e-6 kg m-2 yr-1 out of 250 * 1.5e-6 kg m-2: k T = 0.0533
    kept = -np.expm1(-0.16 / 3.0) / (0.16 / 3.0)
    np.testing.assert_allclose(flux, 25.0 * gap / kept, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(sites["process_mg_kg"], 1e6 * LEVEL, rtol=1e-5)
    assert (sites["corrected_low_mg_kg"] <= sites["corrected_mg_kg"]).all()
    assert not np.allclose(sites["held_out_mg_kg"], sites["corrected_mg_kg"])
    assert {"zone", "elevation", "ln_process", "weight", "status"} <= set(sites.columns)


def test_the_east_is_corrected_upwards(made: Made) -> None:
    """Factors are found for both zones together: the rich one still lacks metal."""
    zone = made.case.region.covariates["zone"].values.reshape(-1)
    soil = made.case.region.soil_mask.reshape(-1)
    rate = made.calibration.rate[METALS.index("Cd")]
    assert (rate[soil & (zone == 2.0)] > 0.0).all()
    assert rate[soil & (zone == 1.0)].mean() < rate[soil & (zone == 2.0)].mean()
    sampled = [METALS.index(metal) for metal in made.metals]
    assert (made.calibration.status[sampled] <= CORRECTED).mean() > 0.5
    assert (made.calibration.status[METALS.index("As"), soil] == EXTRAPOLATED).all()


def test_factors_scores_and_settings(folder: Path, made: Made) -> None:
    factors = pd.read_csv(folder / "factors.csv")
    assert set(factors["name"]) == {"initial", "deposition_background", "sector:smelting",
                                    "sorption"}  # fmt: skip
    assert (factors["low"] <= factors["factor"]).all()
    assert (factors["posterior_sd"] <= factors["prior_sd"] + 1e-9).all()
    assert factors["told"].between(-1e-9, 1.0).all()
    np.testing.assert_allclose(
        factors["high"], factors["factor"] * np.exp(1.6449 * factors["posterior_sd"]), rtol=1e-3
    )
    scores = pd.read_csv(folder / "scores.csv")
    assert set(scores["variant"]) == {"kriging", "process", "physical", BOTH}
    assert set(scores["metal"]) == set(ANALYSED)
    settings = tomllib.loads((folder / "calibration.toml").read_text())
    assert settings["calibration"]["variant"] == BOTH
    assert settings["region"]["digest"] == made.case.region.digest
    assert settings["hindcast"]["survey_years"] == [2009]


def test_only_its_own_folder_is_replaced(folder: Path, tmp_path: Path) -> None:
    check_folder(folder)
    check_folder(tmp_path / "new")
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(InputError, match="no calibration"):
        check_folder(tmp_path)
