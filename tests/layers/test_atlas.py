"""Maps of a run: those of its record and of its assessment, whatever the run has."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.assessment.assess import Assessment, assess
from analysis.landuse.pictures import run_frames
from analysis.layers import Atlas, View, shared_scale
from analysis.layers.catalogue import GROUPS
from analysis.maps import mostly_water
from simulator.constants import METALS
from simulator.errors import InputError, RunError
from simulator.record import RunFolder
from tests.analysis.assessment.hand_run import (
    BUILT,
    FALLING,
    RISING,
    SLOW,
    control_layer,
    write_run,
)  # fmt: skip
from tests.layers.conftest import until

#: Layers of an assessment, and the code that their classes start with.
ASSESSED = {
    "content": 0, "limit": 0, "overload": 0, "remaining_capacity": 0, "relative_capacity": 0,
    "single_factor": 0, "warning": 1, "exceedance_year": 0, "land_class": 0, "risk_class": 1,
}  # fmt: skip


def of(atlas: Atlas, key: str, year: int, metal: str = "Cd", depth: int = 0) -> np.ndarray:
    return atlas.values(View(key, metal, depth, year))


@pytest.mark.parametrize("year", [2020, 2024, 2030])
def test_maps_are_those_of_the_assessment(paper: Atlas, year: int) -> None:
    expected = assess(paper.run, [year], soil=control_layer()).isel(year=0).sel(land="current")
    soil = paper.record.soil
    for name, first in ASSESSED.items():
        key = "content_over_limit" if name == "single_factor" else name
        values = expected[name]
        for metal in METALS if "metal" in values.dims else ("Cd",):
            there = values.sel(metal=metal) if "metal" in values.dims else values
            found = of(paper, key, year, metal)
            if key == "exceedance_year":
                found = np.where(np.isinf(found), np.nan, found)  # the assessment has NaN there
            found = np.where(soil, found, np.nan)
            np.testing.assert_array_equal(found, there.values - first, err_msg=f"{name} {metal}")


def test_maps_of_an_unfinished_run_know_the_years_so_far(unfinished: Atlas) -> None:
    assert not unfinished.run.finished
    assert unfinished.years == tuple(range(2020, 2027))
    first = of(unfinished, "exceedance_year", 2020)
    assert first[RISING] == 2025
    assert first[FALLING] == 2020
    assert first[BUILT] == 2020
    assert first[SLOW] == np.inf  # not so far
    assert np.isnan(first[3, 4])  # no soil
    later = of(unfinished, "exceedance_year", 2022)
    assert later[FALLING] == np.inf
    levels = of(unfinished, "warning", 2020)
    assert levels[RISING] == 3  # within 10 years
    assert levels[SLOW] == 2  # (0.3 - 0.11)/0.01 = 19 years after 2026
    assert levels[FALLING] == 4
    with pytest.raises(InputError, match="not finished"):
        Assessment(unfinished.run)


def test_a_run_that_grows_gets_new_maps(tmp_path) -> None:
    young = until(tmp_path / "growing", 2024)
    assert of(young, "exceedance_year", 2020)[RISING] == np.inf
    older = until(tmp_path / "growing", 2030)
    assert of(older, "exceedance_year", 2020)[RISING] == 2025
    assert of(older, "exceedance_year", 2030)[BUILT] == np.inf  # urban since 2025
    assert young.values(View("content", "Cd", 0, 2024)) is older.values(
        View("content", "Cd", 0, 2024)
    )  # read once


def test_a_run_that_has_just_begun_has_maps(tmp_path) -> None:
    young = until(tmp_path / "begun", 2020)
    assert young.years == (2020,)
    for layer in young.layers:
        view = View(layer.key, "Cd", 0, 2020)
        assert young.values(view).shape == young.grid.shape
        assert shared_scale([young], view).low < shared_scale([young], view).high
    assert of(young, "warning", 2020)[RISING] == 0  # no trend so far
    assert of(young, "warning", 2020)[FALLING] == 4


def test_every_layer_of_a_full_run_has_maps(everything: Atlas) -> None:
    assert {layer.group for layer in everything.layers} == set(GROUPS)
    assert everything.missing == {}
    assert len({layer.key for layer in everything.layers}) == len(everything.layers)
    order = [GROUPS.index(layer.group) for layer in everything.layers]
    assert order == sorted(order)
    soil = everything.record.soil
    for layer in everything.layers:
        for year in everything.years:
            values = of(everything, layer.key, year)
            assert values.shape == everything.grid.shape, layer.key
            assert values.dtype == np.float32, layer.key
            if layer.classes:
                known = values[np.isfinite(values)]
                assert np.isin(known, range(len(layer.classes))).all(), layer.key
            if layer.by_metal:
                assert np.isnan(values[~soil]).all(), layer.key
            elif layer.group == "Land":
                assert np.isfinite(values[soil]).all(), layer.key
        assert layer.note.endswith("."), layer.key
        assert "  " not in layer.note


def test_soil_and_land_are_as_recorded(everything: Atlas) -> None:
    history = everything.run.history
    for depth in range(len(everything.depths)):
        recorded = history["content"].sel(metal="Pb", year=2022).isel(layer=depth).values
        np.testing.assert_array_equal(of(everything, "content", 2022, "Pb", depth), recorded)
        start = history["content"].sel(metal="Pb", year=2020).isel(layer=depth).values
        np.testing.assert_array_equal(of(everything, "change", 2022, "Pb", depth), recorded - start)
        ph = history["ph"].sel(year=2022).isel(layer=depth).values
        np.testing.assert_array_equal(of(everything, "ph", 2022, "", depth), ph)
    frames, years = run_frames(everything.run)
    for frame, year in zip(frames, years, strict=True):
        np.testing.assert_allclose(of(everything, "built_share", int(year)), frame, rtol=1e-6)
        np.testing.assert_array_equal(
            everything.water(int(year)), mostly_water(everything.run, int(year))
        )


@pytest.mark.parametrize(("year", "since", "until"), [(2020, 2020, 2022), (2025, 2024, 2025)])
def test_fluxes_are_of_the_interval_that_ends_with_the_year(
    everything: Atlas, year: int, since: int, until: int
) -> None:
    assert everything.years == (2020, 2022, 2024, 2025)
    ledger = everything.run.ledger
    assert ledger is not None
    booked = ledger["manure"].sel(year=since, metal="Zn").values
    found = of(everything, "flux:manure", year, "Zn")
    soil = everything.record.soil
    np.testing.assert_allclose(found[soil], 10.0 * booked[soil] / (until - since), rtol=1e-6)
    # what leaches between layers is not lost
    bottom = ledger["leaching"].sel(year=since, metal="Zn").isel(layer=-1).values
    found = of(everything, "flux:leaching", year, "Zn")
    np.testing.assert_allclose(found[soil], 10.0 * bottom[soil] / (until - since), rtol=1e-6)
    words = everything.caption(View("flux:leaching", "Zn", 0, year))
    years = "2020\N{EN DASH}2021" if year == 2020 else "2024"
    assert words == f"Zn, Leaching, {years}, g/ha/yr"


@pytest.mark.parametrize("metal", ["Cd", "Zn"])
def test_input_less_output_is_what_the_soil_gains(everything: Atlas, metal: str) -> None:
    history = everything.run.history.sel(metal=metal)
    held = (history["stock"] + history["stock_sealed"]).sum("layer")
    gain = 10.0 * (held.sel(year=2024) - held.sel(year=2022)).values / 2.0
    soil = everything.record.soil
    net = of(everything, "net_flux", 2024, metal)
    np.testing.assert_allclose(net[soil], gain[soil], rtol=1e-4, atol=1e-6)
    both = of(everything, "input", 2024, metal) - of(everything, "output", 2024, metal)
    np.testing.assert_allclose(net[soil], both[soil], rtol=1e-4, atol=1e-5)
    assert (of(everything, "output", 2024, metal)[soil] >= 0.0).all()


def test_shares_of_sources_add_up(everything: Atlas) -> None:
    keys = [layer.key for layer in everything.layers if layer.group == "Sources"]
    assert "source_share:initial" in keys
    total = sum(of(everything, key, 2024, "Cd", 1) for key in keys)
    np.testing.assert_allclose(total[everything.record.soil], 1.0, rtol=1e-5)


def test_trust_is_that_of_the_calibration(everything: Atlas) -> None:
    rate = of(everything, "calibration_rate", 2022)
    soil = everything.record.soil
    half = rate.shape[1] // 2
    np.testing.assert_allclose(rate[:, :half][soil[:, :half]], 1.0)  # 1e-6 kg in mg m-2
    np.testing.assert_allclose(rate[:, half:][soil[:, half:]], -1.0)
    status = of(everything, "calibration_status", 2022)
    names = [name for name, _ in everything.layer("calibration_status").classes]
    assert names == ["trusted", "corrected", "extrapolated"]
    assert (status[soil] == names.index("corrected")).all()  # ratio 2, weight 1
    assert np.isnan(status[~soil]).all()


def test_a_run_says_what_it_lacks(paper: Atlas, tmp_path) -> None:
    assert set(paper.missing) == {"Fluxes", "Calibration", "Sources"}
    assert "totals" in paper.missing["Fluxes"]
    with pytest.raises(InputError, match="totals"):
        paper.layer("net_flux")
    run = RunFolder(paper.run.path)
    run.manifest["region"] |= {"folder": str(tmp_path), "digest": "gone"}
    bare = Atlas(run)
    assert "region" in bare.missing["Capacity and risk"]
    assert np.isnan(bare.limit(View("content", "Cd", 0, 2020))).all()
    np.testing.assert_array_equal(of(bare, "content", 2020), of(paper, "content", 2020))


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (View("contents", "Cd", 0, 2020), "Did you mean 'content'"),
        (View("content", "Kd", 0, 2020), "Valid: As, Cd"),
        (View("content", "Cd", 3, 2020), "depth 3"),
        (View("content", "Cd", 0, 2040), "The nearest is 2030"),
    ],
)
def test_what_is_not_there_is_refused_in_words(paper: Atlas, view: View, words: str) -> None:
    for ask in (paper.check, paper.values, paper.caption):
        with pytest.raises(InputError, match=words):
            ask(view)


def test_what_a_layer_does_not_have_is_not_looked_at(paper: Atlas) -> None:
    assert paper.check(View("content", "cd", 0, 2020)).metal == "Cd"
    land = View("land_class", "Kd", 9, 2020)
    assert paper.check(land) == land
    assert paper.values(land) is paper.values(View("land_class", "Cd", 0, 2020))
    assert paper.caption(land) == "Land use, 2020"


def test_maps_of_a_run_that_has_moved_are_not_no_data(tmp_path) -> None:
    run = write_run(tmp_path / "moved")
    atlas = Atlas(run, control_layer())
    run.path.rename(tmp_path / "elsewhere")
    with pytest.raises(RunError, match="Open it again"):
        atlas.values(View("content", "Cd", 0, 2020))
    there = Atlas(RunFolder(tmp_path / "elsewhere"), control_layer())
    assert np.isfinite(of(there, "content", 2020)).any()


def test_maps_cannot_be_changed_by_who_asks(paper: Atlas) -> None:
    with pytest.raises(ValueError, match="read-only"):
        of(paper, "content", 2020)[0, 0] = 1.0
