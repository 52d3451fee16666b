"""An assessment says of a run what can be worked out on paper."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from analysis.assessment import capacity
from analysis.assessment.assess import Assessment, ControlLayer, Rules, assess, default_years
from analysis.assessment.variables import catalogue
from analysis.runs import pathways_of
from simulator.constants import LAND_CLASSES
from simulator.errors import InputError
from simulator.record import RunFolder
from simulator.record.restart import same_region
from tests.analysis.assessment.hand_run import (
    BUILT,
    DRYLAND,
    FALLING,
    RISING,
    SLOW,
    control_layer,
    write_run,
)


def cadmium(assessed: xr.Dataset, name: str, cell: tuple[int, int], **where: object) -> float:
    """Value for cadmium in a cell, on current land unless said."""
    values = assessed[name]
    where = {"metal": "Cd", "land": "current", **where}
    chosen = values.sel({k: v for k, v in where.items() if k in values.dims})
    return float(chosen.isel(y=cell[0], x=cell[1]))


def test_the_axes_are_those_of_the_history(assessed: xr.Dataset, paper: RunFolder) -> None:
    assert assessed["year"].values.tolist() == [2020, 2030]
    for axis in ("metal", "y", "x"):
        assert (assessed[axis].values == paper.history[axis].values).all()
    for name, variable in catalogue().items():
        assert assessed[name].dims == ("year", *variable.dims)
        assert assessed[name].attrs["units"] == variable.units
        assert assessed[name].dtype == np.float32
    assert "crs_wkt" in assessed["spatial_ref"].attrs


def test_limits_follow_receptor_and_ph(assessed: xr.Dataset) -> None:
    limit = assessed["limit"].sel(year=2020, land="current")
    np.testing.assert_allclose(limit[:, 2, 0], DRYLAND, rtol=1e-6)
    # GB 36600-2018, first class land
    assert limit.sel(metal=["As", "Cd", "Pb"])[:, 0, 4].values.tolist() == [20.0, 20.0, 400.0]
    receptors = assessed["receptor"].sel(year=2020, land="current").values
    assert receptors[0].tolist() == [0, 0, 0, 3, 1]
    land = assessed["land_class"].sel(year=2020, land="current").values[0, 0]
    assert LAND_CLASSES[int(land)] == "dryland"


def test_capacity_in_kilograms_a_hectare(assessed: xr.Dataset) -> None:
    # 2400 t/ha x (0.3 - 0.05) mg/kg
    assert cadmium(assessed, "remaining_capacity", SLOW, year=2020) == pytest.approx(0.60)
    assert cadmium(assessed, "remaining_capacity", SLOW, year=2030) == pytest.approx(0.36)
    assert cadmium(assessed, "static_capacity", SLOW, year=2030) == pytest.approx(0.60)
    assert cadmium(assessed, "relative_capacity", SLOW, year=2030) == pytest.approx(0.6)
    assert cadmium(assessed, "remaining_capacity", RISING, year=2030) == pytest.approx(-0.264)
    assert cadmium(assessed, "single_factor", RISING, year=2030) == pytest.approx(0.41 / 0.3)
    # +0.01 mg/kg a year in 240 kg/m2
    assert cadmium(assessed, "net_input", SLOW, year=2030) == pytest.approx(24.0, rel=1e-5)
    assert cadmium(assessed, "trend", SLOW, year=2030) == pytest.approx(0.01, rel=1e-5)


def test_fixed_land_keeps_the_limit_of_the_first_year(assessed: xr.Dataset) -> None:
    over = {
        land: [cadmium(assessed, "overload", BUILT, year=y, land=land) for y in (2020, 2030)]
        for land in ("current", "fixed")
    }
    assert over == {"current": [1.0, 0.0], "fixed": [1.0, 1.0]}
    # 2400 t/ha x (20 - 0.35) mg/kg, a jump without any change of content
    at_end = {
        land: cadmium(assessed, "remaining_capacity", BUILT, year=2030, land=land)
        for land in ("current", "fixed")
    }
    assert at_end["current"] == pytest.approx(47.16)
    assert at_end["fixed"] == pytest.approx(-0.12)
    unchanged = assessed.isel(y=slice(2, 4))
    for name in ("limit", "overload", "warning"):
        current, fixed = (unchanged[name].sel(land=k).values for k in ("current", "fixed"))
        np.testing.assert_array_equal(current, fixed)


def test_years_of_exceedance_within_the_run_and_beyond(assessed: xr.Dataset) -> None:
    expected = {  # cell: exceedance seen from 2020, years from 2020; the same from 2030
        RISING: (2025, 5, 2030, 0),
        SLOW: (np.nan, 25, np.nan, 15),
        FALLING: (2020, 0, np.nan, np.inf),
        BUILT: (2020, 0, np.nan, np.inf),
        (2, 2): (np.nan, np.inf, np.nan, np.inf),
    }
    for cell, values in expected.items():
        found = [
            cadmium(assessed, name, cell, year=year)
            for year in (2020, 2030)
            for name in ("exceedance_year", "years_to_limit")
        ]
        np.testing.assert_allclose(found, values, rtol=1e-5, err_msg=str(cell))
    assert cadmium(assessed, "years_to_limit", BUILT, year=2030, land="fixed") == 0.0


def test_warning_levels_and_directions(assessed: xr.Dataset) -> None:
    cells = (RISING, SLOW, FALLING, (2, 2))
    levels = [[cadmium(assessed, "warning", c, year=y) for c in cells] for y in (2020, 2030)]
    assert levels == [[4, 3, 5, 1], [5, 3, 1, 1]]
    assert [cadmium(assessed, "direction", c, year=2030) for c in cells] == [3, 3, 1, 2]
    worst = assessed["worst_warning"].sel(year=2030, land="current").values
    assert worst[RISING] == 5
    leading = assessed["leading_metal"].sel(year=2030, land="current").values
    assert leading[RISING] == assessed["metal"].values.tolist().index("Cd")


def test_indices_start_from_the_content_of_the_first_year(assessed: xr.Dataset) -> None:
    start = assessed.sel(year=2020)
    np.testing.assert_allclose(start["geo_accumulation"].values[:, 0, 0], -np.log2(1.5), rtol=1e-5)
    added = start["added_cancer_risk"].values
    assert np.nanmax(added) < 1e-9  # the natural risk is no one's doing
    assert np.nanmax(start["total_cancer_risk"].values) > 1e-6
    # three times the background of cadmium, toxic response 30
    assert cadmium(assessed, "risk_factor", SLOW, year=2030) == pytest.approx(90.0, rel=1e-4)
    gain = assessed["risk_index"].sel(year=2030) - assessed["risk_index"].sel(year=2020)
    assert float(gain[SLOW]) == pytest.approx(60.0, rel=1e-3)


def test_without_soil_there_is_nothing(assessed: xr.Dataset) -> None:
    for name in catalogue():
        assert np.isnan(assessed[name].values[..., 3, 4]).all(), name
        if name not in ("dynamic_capacity", "exceedance_year"):  # no ledger; never reached
            everywhere = assessed[name].isel(y=2, x=0)
            assert not np.isnan(everywhere.values).all(), name
    assert np.isnan(assessed["dynamic_capacity"].values).all()


def test_dynamic_capacity_takes_the_losses_of_the_run(run: RunFolder) -> None:
    soil = ControlLayer.of_region(same_region(run))
    found = assess(run, [2024])["dynamic_capacity"].sel(year=2024, land="current", metal="Cd")
    row, col = 5, 6
    record = run.cell(row, col)
    fluxes = record.ledger.sel(year=2023, metal="Cd")
    top = {p.name: float(np.atleast_1d(fluxes[p.name].values)[0]) for p in pathways_of(run)}
    kinds = {p.name: p.kind for p in pathways_of(run)}
    loss = sum(v for k, v in top.items() if kinds[k] in ("loss", "downward"))
    came = sum(v for k, v in top.items() if kinds[k] in ("input", "upward"))
    came -= sum(v for k, v in top.items() if kinds[k] == "bypass")
    stock = float(record.history["stock"].sel(year=2023, metal="Cd")[0])
    kept = 1.0 - loss / (stock + came)
    assert 0.9 < kept < 1.0
    now = assess(run, [2024]).sel(year=2024, metal="Cd").isel(y=row, x=col)
    expected = capacity.annual_capacity(
        float(now["limit"].sel(land="current")),
        float(now["content"]),
        soil.mass[row, col],
        kept,
        50,
    )
    assert float(found[row, col]) == pytest.approx(float(expected), rel=1e-5)


def test_default_years_are_the_ends_and_the_decades() -> None:
    assert default_years(list(range(2020, 2046))) == [2020, 2030, 2040, 2045]
    assert default_years(list(range(2020, 2041, 4))) == [2020, 2032, 2040]
    assert default_years([2020, 2021]) == [2020, 2021]


def test_other_rules_change_the_limits(paper: RunFolder) -> None:
    soil = control_layer()
    strict = assess(paper, [2020], Rules(standard="intervention"), soil).sel(land="current")
    # GB 15618-2018: Cd 2.0 mg/kg at 5.5 < pH <= 6.5; none for Cu
    assert strict["limit"].sel(metal="Cd").values[0, 0, 0] == pytest.approx(2.0)
    assert np.isnan(strict["limit"].sel(metal="Cu").values[0, 0, 0])
    assert np.isnan(strict["overload"].sel(metal="Cu").values[0, 0, 0])


def test_wrong_questions_are_refused(paper: RunFolder, tmp_path) -> None:
    with pytest.raises(InputError, match="2020 to 2030"):
        Assessment(paper, [2031], soil=control_layer())
    unfinished = write_run(tmp_path / "half.partial", status="unfinished")
    with pytest.raises(InputError, match="metalscape resume"):
        Assessment(unfinished, soil=control_layer())


def test_a_region_without_illustrative_layers_has_no_comment(tmp_path) -> None:
    run = write_run(tmp_path / "run")
    del run.history.attrs["comment"]
    assert "comment" not in Assessment(run, [2020], soil=control_layer()).year(2020).attrs
