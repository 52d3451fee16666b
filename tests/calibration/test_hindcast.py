"""Hindcasts: what the processes alone made of the topsoil, and what samples tell beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator import Simulation
from simulator.calibration.adjustments import Adjustments
from simulator.calibration.features import DEPOSITION, DISTANCE, feature_table
from simulator.calibration.hindcast import (
    BACKGROUND_DEPOSITION,
    GROUPS,
    LEACHING,
    OTHER_INPUTS,
    OTHER_LOSSES,
    SOURCE_DEPOSITION,
    Hindcast,
    run_hindcast,
    stored_hindcast,
)
from simulator.calibration.observed import observed_at
from simulator.calibration.physical import predict
from simulator.constants import METALS
from simulator.region import Region, read_region
from simulator.scenario import Scenario
from tests.make_region import CELL, X_MIN, Y_MAX, add_samples, make_region

#: Sites by row and column, with the years of their samples.
SITES = {"a": (2, 2, (2019, 2022)), "b": (5, 7, (2022,)), "c": (9, 4, (2024,))}
CD = METALS.index("Cd")


def place(row: int, col: int) -> tuple[float, float]:
    """Middle of a cell. [m]"""
    return X_MIN + (col + 0.5) * CELL, Y_MAX - (row + 0.5) * CELL


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the small region with a few samples."""
    folder = make_region(tmp_path_factory.mktemp("sampled") / "testland")
    rows = ["site,x,y,year,Cd,Zn"]
    for name, (row, col, years) in SITES.items():
        x, y = place(row, col)
        rows += [f"{name},{x},{y},{year},{0.2 + 0.01 * (year - 2019)},<90" for year in years]
    add_samples(folder, "\n".join(rows) + "\n")
    return folder


@pytest.fixture(scope="module")
def scene(sampled: Path, make_scenario: Callable[..., Scenario]) -> tuple[Region, Scenario]:
    """Region and hindcast scenario."""
    return read_region(sampled), make_scenario(region=str(sampled), tags={"by": "sector"})


@pytest.fixture(scope="module")
def past(scene: tuple[Region, Scenario]) -> Hindcast:
    """Hindcast with the response to sorption."""
    return run_hindcast(*scene, response=True)


def test_states_are_those_of_a_plain_run(scene: tuple[Region, Scenario], past: Hindcast) -> None:
    assert past.years.tolist() == [2022, 2024]
    assert past.horizon == 5
    with Simulation(*scene) as sim:
        np.testing.assert_array_equal(past.initial, sim.state.content()[:, 0])
        sim.run(until=2023)
        np.testing.assert_array_equal(past.content[0], sim.state.content()[:, 0])
        sim.run(until=2025)
        np.testing.assert_array_equal(past.content[1], sim.state.content()[:, 0])


def test_tags_add_up(past: Hindcast) -> None:
    np.testing.assert_allclose(past.by_tag.sum(axis=1), past.content, rtol=1e-12)


def test_fluxes_explain_the_change_of_content(past: Hindcast) -> None:
    """Inputs less losses per open ground are the change of its stock, however much is sealed."""
    change = (past.content[-1] - past.initial) * past.mass
    gains = [past.flux[g] for g in (SOURCE_DEPOSITION, BACKGROUND_DEPOSITION, OTHER_INPUTS)]
    losses = past.flux[LEACHING] + past.flux[OTHER_LOSSES]
    net = (sum(gains) - losses) * past.horizon
    soil = np.isfinite(change).all(axis=0)
    scale = (sum(gains) + losses) * past.horizon
    np.testing.assert_allclose(net[:, soil], change[:, soil], atol=1e-9 * scale.max())


def test_response_to_sorption(scene: tuple[Region, Scenario], past: Hindcast) -> None:
    """More in solution leaves less behind; the response predicts a run with other sorption."""
    soil = np.isfinite(past.content[-1]).all(axis=0)
    assert (past.sorption_response[-1][CD, soil] < 0.0).mean() > 0.9
    shifted = Adjustments.none().with_sorption(np.full(len(METALS), 1.2))
    direct = run_hindcast(*scene, shifted)
    guess = predict(past, shifted)
    moved = np.abs(direct.content[-1, CD, soil] / past.content[-1, CD, soil] - 1.0)
    missed = np.abs(guess[-1, CD, soil] / direct.content[-1, CD, soil] - 1.0)
    assert np.median(missed) < 0.1 * np.median(moved)


def test_prediction_is_that_of_a_run_with_the_factors(
    scene: tuple[Region, Scenario], past: Hindcast
) -> None:
    """Linear in the tags but for the curve of sorption: a tenth of the change at most is missed."""
    factors = np.full(len(METALS), 3.0)
    tags = [t for t in past.tags if t.startswith(("sector:", "source:"))]
    adjusted = Adjustments(emission=dict.fromkeys(tags, factors), background=factors)
    direct, guess = run_hindcast(*scene, adjusted).content[-1], predict(past, adjusted)[-1]
    soil = np.isfinite(direct).all(axis=0)
    change = np.abs(direct - past.content[-1])[:, soil]
    missed = np.abs(guess - direct)[:, soil]
    assert (np.median(missed, axis=1) < 0.1 * np.median(change, axis=1)).all()


@pytest.mark.slow
def test_it_is_stored(
    scene: tuple[Region, Scenario], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METALSCAPE_CACHE", str(tmp_path))
    first = stored_hindcast(*scene)
    monkeypatch.setattr("simulator.calibration.hindcast.run_hindcast", None)
    again = stored_hindcast(*scene)
    assert (again.start, again.tags) == (first.start, first.tags)
    np.testing.assert_array_equal(again.by_tag, first.by_tag)
    for group in GROUPS:
        np.testing.assert_array_equal(again.flux[group], first.flux[group])


def test_a_region_without_samples_of_its_years(
    scene: tuple[Region, Scenario], make_scenario: Callable[..., Scenario]
) -> None:
    with pytest.raises(ValueError, match="no sample was taken in 1990 to 1995"):
        run_hindcast(scene[0], make_scenario(start=1990))


def test_observed_beside_one_survey_and_two(scene: tuple[Region, Scenario], past: Hindcast) -> None:
    """Site a had been sampled before the start: it tells the change; the others the content."""
    region = scene[0]
    assert region.samples is not None
    observed = observed_at(past, region.samples)
    assert observed.site.tolist() == ["a", "b", "c"]
    assert observed.change[:, CD].tolist() == [True, False, False]
    assert past.years[observed.year_index].tolist() == [2022, 2022, 2024]
    start = past.initial[CD, observed.cell[0]]
    assert observed.content[0, CD] == pytest.approx(start + 0.03e-6)
    assert observed.content[1:, CD] == pytest.approx([0.23e-6, 0.25e-6])
    assert observed.below[1:, METALS.index("Zn")].all()
    assert np.isnan(observed.content[:, METALS.index("Pb")]).all()


def test_features(scene: tuple[Region, Scenario], past: Hindcast) -> None:
    region = scene[0]
    cells = np.flatnonzero(np.isfinite(past.content[-1]).all(axis=0))
    table = feature_table(past, region, "Cd", cells, past.content[-1, CD, cells])
    assert len(table) == cells.size
    numbers = table.select_dtypes("number")
    assert np.isfinite(numbers.to_numpy()).all()
    assert not pd.api.types.is_numeric_dtype(table["land"])
    nearest = region.sources[["x", "y"]].to_numpy(float)
    apart = np.hypot(*(table[["x", "y"]].to_numpy()[:, None] - nearest).transpose(2, 0, 1))
    np.testing.assert_allclose(np.exp(table[DISTANCE]), apart.min(axis=1) + 0.5 * CELL)
    flux = past.flux[SOURCE_DEPOSITION][CD, cells]
    assert np.corrcoef(table[DEPOSITION], np.log(flux + 1e-9))[0, 1] == pytest.approx(1.0)
