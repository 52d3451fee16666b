"""Recording calibrated runs: what they leave, and how they go on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator.calibration import due, fit
from simulator.errors import InputError
from simulator.model import Simulation
from simulator.record import RunFolder, ZarrRecorder, branch, layout, resume
from simulator.record.checkpoint import checkpoint_file, read_checkpoint, write_checkpoint
from simulator.scenario import hindcast_of
from tests.make_calibration import calibration_by_hand, with_samples
from tests.record.runs import Crash, assert_same, chunks, crashing, record


@pytest.fixture
def sampled(region, monkeypatch):
    """The small region with samples of a hindcast, and of two years of the run."""
    found = with_samples(region, [2014, 2022, 2024])
    for module in ("restart", "branching"):
        monkeypatch.setattr(f"simulator.record.{module}.read_region", lambda folder: found)
    return found


@pytest.fixture
def hindcast(make_scenario, tmp_path) -> Path:
    """File of a hindcast that covers the first samples."""
    file = tmp_path / "past.toml"
    text = make_scenario(name="past", start=2010, years=5, tags={"by": "sector"}).to_toml()
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def calibrated(make_scenario, hindcast, monkeypatch):
    """A scenario that is calibrated, and fits that cost nothing but see all that they are given."""

    def first(region, scenario, hindcast, threads=None):
        return calibration_by_hand(region, 2e-6 if scenario.calibration.target == "log" else 5e-6)

    def again(region, scenario, hindcast, calibration, due, threads=None):
        assert due.sample.size
        assert np.isfinite(due.process).all()
        missed = (region.samples.content[due.sample] - due.process) / due.span[:, None]
        rate = calibration.rate + 100.0 * missed.mean(axis=0)[:, None]
        return replace(calibration, rate=rate, low=rate - 1e-7, high=rate + 1e-7)

    monkeypatch.setattr(fit, "calibration_for", first)
    monkeypatch.setattr(due, "refit", again)

    def make(**changes):
        asked = {"method": "ridge", "hindcast": str(hindcast)} | changes
        return make_scenario(calibration=asked, record={"checkpoint_every": 2})

    return make


def rates(run: RunFolder) -> np.ndarray:
    return run.calibration["rate"].values


def test_a_resumed_run_has_the_same_bits(sampled, calibrated, tmp_path):
    """Stopped before, between and after the years in which it is fitted again."""
    scenario = calibrated()
    straight = record(sampled, scenario, tmp_path / "straight")
    assert straight.calibration["year"].values.tolist() == [2020, 2023, 2025]
    assert np.unique(rates(straight)[:, 0, 0, 0]).size == 3
    for year in (2022, 2023, 2025):
        folder = tmp_path / f"run-{year}"
        with pytest.raises(Crash):
            record(sampled, scenario, folder, processes=crashing(year))
        with resume(folder) as sim:
            sim.run()
        again = RunFolder(folder)
        assert_same(straight, again)
        np.testing.assert_array_equal(rates(again), rates(straight))
        end = checkpoint_file(folder / "checkpoint", 2026)
        one, other = (
            read_checkpoint(f).calibrator
            for f in (end, checkpoint_file(straight.path / "checkpoint", 2026))
        )
        assert one.keys() == other.keys()
        for key in one:
            np.testing.assert_array_equal(one[key], other[key])


def test_a_resumed_run_needs_no_new_fit(sampled, calibrated, tmp_path, monkeypatch):
    """The checkpoint holds the calibration."""
    scenario = calibrated()
    with pytest.raises(Crash):
        record(sampled, scenario, tmp_path / "run", processes=crashing(2025))

    def never(*_, **__):
        raise AssertionError

    monkeypatch.setattr(fit, "calibration_for", never)
    with resume(tmp_path / "run") as sim:
        assert sim.calibrator.years_due == (2022, 2024)
        assert (sim.calibrator.rate == sim.calibration.rate).all()
        sim.run()


def test_another_hindcast_is_refused(sampled, calibrated, hindcast, tmp_path):
    with pytest.raises(Crash):
        record(sampled, calibrated(), tmp_path / "run", processes=crashing(2023))
    hindcast.write_text(hindcast.read_text().replace("0.04", "0.03"), encoding="utf-8")
    with pytest.raises(InputError, match=r"past\.toml.*is not that of the run 'run'"):
        resume(tmp_path / "run")


@pytest.mark.parametrize("at", [2021, 2023, 2024])
def test_a_branch_with_the_same_calibration_changes_nothing(sampled, calibrated, tmp_path, at):
    scenario = calibrated()
    straight = record(sampled, scenario, tmp_path / "straight")
    with branch(straight.path, at, scenario, tmp_path / "b") as sim:
        sim.run()
    assert_same(straight, RunFolder(tmp_path / "b"))


@pytest.mark.slow
@pytest.mark.parametrize("changes", [{"target": "difference"}, {"method": "none"}])
def test_a_branch_may_have_another_calibration(sampled, calibrated, tmp_path, changes):
    """It books its own from the branch on; what was booked before is still known to be a part."""
    straight = record(sampled, calibrated(), tmp_path / "straight")
    other = calibrated(**changes)
    with branch(straight.path, 2024, other, tmp_path / "b") as sim:
        calibrator = sim.calibrator
        if other.calibration.wanted:
            assert calibrator.rate.max() == 5e-6
            assert calibrator._held.any()
            assert calibrator._due.sample.size == 0
        sim.run()
    run = RunFolder(tmp_path / "b")
    here, there = (r.ledger["calibration"] for r in (run, straight))
    before = slice(None, 2023)
    np.testing.assert_array_equal(here.sel(year=before), there.sel(year=before))
    if other.calibration.wanted:
        assert (here.sel(year=2024).values != there.sel(year=2024).values).any()
        assert run.calibration["year"].values.tolist() == [2020, 2023, 2024, 2025]
    else:
        assert (here.sel(year=2024) == 0.0).all()
        assert run.manifest["calibration"] is None


@pytest.mark.slow
@pytest.mark.parametrize("changes", [{"target": "difference"}, {"method": "none"}])
def test_a_branch_that_was_stopped_goes_on_with_its_own_calibration(
    sampled, calibrated, tmp_path, changes
):
    """Not with that of the run that it branched from, nor does a branch of it."""
    straight = record(sampled, calibrated(), tmp_path / "straight")
    other = calibrated(**changes)
    with branch(straight.path, 2024, other, tmp_path / "whole") as sim:
        sim.run()
    branch(straight.path, 2024, other, tmp_path / "b").close()  # before its first year
    with branch(layout.partial_folder(tmp_path / "b"), 2024, other, tmp_path / "c") as sim:
        sim.run()
    with resume(tmp_path / "b") as sim:
        sim.run()
    whole = RunFolder(tmp_path / "whole")
    for name in ("b", "c"):
        assert_same(whole, RunFolder(tmp_path / name))


def test_a_run_without_calibration_can_be_branched_into_one(sampled, calibrated, tmp_path):
    plain = record(sampled, calibrated(method="none"), tmp_path / "plain")
    with branch(plain.path, 2022, calibrated(), tmp_path / "b") as sim:
        assert np.isnan(sim.calibrator._initial).all()
        sim.run()
    run = RunFolder(tmp_path / "b")
    assert (run.ledger["calibration"].sel(year=2021) == 0.0).all()
    assert (run.ledger["calibration"].sel(year=2022) != 0.0).any()


def test_an_old_checkpoint_without_calibrator_is_read(sampled, make_scenario, tmp_path):
    plain = record(sampled, make_scenario(), tmp_path / "plain")
    file = checkpoint_file(plain.path / "checkpoint", 2026)
    with np.load(file) as stored:
        assert not [name for name in stored.files if name.startswith("calibrator/")]
    assert read_checkpoint(file).calibrator == {}


def test_what_a_calibrator_keeps_is_stored_bit_for_bit(sampled, calibrated, tmp_path):
    with Simulation(sampled, calibrated(), recorder=ZarrRecorder(tmp_path / "run")) as sim:
        sim.run(until=2024)
        kept = sim.calibrator.to_arrays()
        checkpoint = read_checkpoint(checkpoint_file(tmp_path / "run.partial" / "checkpoint", 2024))
        (tmp_path / "other").mkdir()
        write_checkpoint(tmp_path / "other", checkpoint)
        again = read_checkpoint(checkpoint_file(tmp_path / "other", 2024))
        for stored in (checkpoint.calibrator, again.calibrator):
            assert stored.keys() == kept.keys()
            for key, array in kept.items():
                assert stored[key].dtype == array.dtype
                np.testing.assert_array_equal(stored[key], array)


def test_a_run_leaves_its_calibration(sampled, calibrated, hindcast, tmp_path):
    scenario = calibrated()
    run = record(sampled, scenario, tmp_path / "run")
    maps = run.calibration
    assert maps["rate"].dims == ("year", "metal", "y", "x")
    assert maps["rate"].attrs["units"] == "mg m-2 yr-1"
    first = maps["rate"].sel(year=2020, metal="Cd").values
    expected = calibration_by_hand(sampled, 2.0).rate[0].reshape(sampled.grid.shape)
    np.testing.assert_allclose(first[sampled.soil_mask], expected[sampled.soil_mask])
    assert np.isnan(first[~sampled.soil_mask]).all()
    status = maps["status"]
    assert status.dtype == np.uint8
    assert status.attrs["flag_meanings"].split()[int(status.values.max())] == "corrected"
    assert (status.values[..., ~sampled.soil_mask] == 0).all()
    assert maps["spatial_ref"].attrs["crs_wkt"]
    factors = pd.read_csv(run.path / "calibration" / "factors.csv")
    assert (factors[["As", "Zn"]] == 1.0).all(axis=None)
    said = run.manifest["calibration"]
    assert said["method"] == "ridge"
    assert said["hindcast"]["name"] == hindcast_of(scenario, sampled).name
    assert len(said["digest"]) == 64
    assert run.events.query("kind == 'calibration'")["date"].tolist() == [2022.0, 2024.0]


def test_a_run_without_calibration_leaves_none(sampled, make_scenario, tmp_path):
    run = record(sampled, make_scenario(), tmp_path / "run")
    assert run.calibration is None
    assert run.manifest["calibration"] is None
    assert not (run.path / "calibration").exists()
    assert chunks(run.path / "ledger.zarr")
