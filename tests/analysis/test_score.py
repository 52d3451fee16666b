"""Scoring a run against samples: the cell that holds the point, in the unit of the sample."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.runs import content, grid_of
from analysis.score import deposition, flux_year, score_samples
from simulator.constants import METALS
from simulator.errors import InputError
from simulator.record import RunFolder
from simulator.region import Region


def samples_of(run: RunFolder, path: Path, field: np.ndarray, metal: str, factor: float) -> Path:
    """One sample in every soil cell, off its centre, ``factor`` times the field."""
    grid = grid_of(run)
    lines = [f"x,y,{metal}"]
    for row, col in np.ndindex(*grid.shape):
        if np.isfinite(field[row, col]):
            value = factor * field[row, col]
            lines.append(f"{grid.x[col] + 100.0},{grid.y[row] - 150.0},{value!r}")
    path.write_text("\n".join(lines).replace("np.float64(", "").replace(")", ""), "utf-8")
    return path


def test_samples_of_the_run_itself_score_perfectly_in_their_year_only(
    run: RunFolder, tmp_path: Path
) -> None:
    field = content(run, "Zn", 2022)
    path = samples_of(run, tmp_path / "s.csv", field, "Zn", 1.0)
    same = score_samples(run, path, "concentration", 2022)
    found = same.metals["Zn"].scores
    assert same.year == 2022
    assert found.n == np.isfinite(field).sum() == same.cells
    assert found.rmse == pytest.approx(0.0, abs=1e-12)
    assert found.r2 == pytest.approx(1.0)
    other = score_samples(run, path, "concentration")
    assert other.year == 2024
    assert other.metals["Zn"].scores.rmse > 0.0


def test_a_factor_shows_as_log_error_and_points_outside_are_counted(
    run: RunFolder, tmp_path: Path
) -> None:
    path = samples_of(run, tmp_path / "s.csv", content(run, "Cd", 2024), "Cd", 10.0)
    grid = grid_of(run)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n0,0,1\n{grid.x[-1]},{grid.y[-1]},1\n")  # outside; the corner without soil
    result = score_samples(run, path, "concentration")
    assert result.outside == 1
    assert result.metals["Cd"].without_soil == 1
    assert result.metals["Cd"].scores.log_rmse == pytest.approx(1.0)
    assert result.metals["Cd"].scores.fac2 == 0.0


def test_deposition_is_that_on_land_whatever_share_of_the_cell_is_water(
    run: RunFolder, region: Region
) -> None:
    """The background is the same on all land, so its own entry tells the land of a cell.

    Shares are recorded in single precision: 1e-5.
    """
    ledger = run.ledger
    assert ledger is not None
    for metal in ("Cd", "Zn"):
        booked = ledger.sel(metal=metal, year=2021)
        background = region.background_deposition[METALS.index(metal)] * 1e6
        land = booked["deposition_background"].values / background
        soil = np.isfinite(content(run, metal, 2021))
        assert land[soil].min() < 0.9 < land[soil].max()
        plants = (booked["deposition_dry"] + booked["deposition_wet"]).values[soil]
        expected = background + plants / land[soil]
        np.testing.assert_allclose(
            deposition(run, metal, 2021)[soil], expected, rtol=1e-5
        )  # shares: float32
    assert np.isnan(deposition(run, "Cd", 2021)[~soil]).all()


def test_longer_intervals_give_deposition_a_year(run: RunFolder, sparse: RunFolder) -> None:
    both = deposition(run, "Cd", 2020) + deposition(run, "Cd", 2021)
    np.testing.assert_allclose(deposition(sparse, "Cd", 2020), both / 2.0, rtol=1e-6)
    assert flux_year(sparse, None) == 2024
    with pytest.raises(InputError, match="2020 to 2024"):
        flux_year(sparse, 2021)


def test_a_run_without_fluxes_says_so(totals_only: RunFolder) -> None:
    with pytest.raises(InputError, match=r"\[record\] ledger"):
        flux_year(totals_only, None)
