"""Emission schedules of a region, and what they do to a footprint."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simulator.data import Parameters
from simulator.footprints import (
    emitted_substances,
    farthest_corner,
    hour_weights,
    region_footprints,
    stack_of,
)
from simulator.physics.dispersion.hours import Hours, prepare
from simulator.physics.dispersion.polar import polar_field
from simulator.region import Region, read_region
from simulator.region.meteorology import region_meteorology
from simulator.region.overlay import region_land
from tests.make_schedules import DAY, WINTER, add_schedules, thin_weather


@pytest.fixture
def folder(small_region: Path, tmp_path: Path) -> Path:
    """A copy that the test may change."""
    return Path(shutil.copytree(small_region, tmp_path / "testland"))


def test_regions_without_schedules_have_steady_sources(region: Region) -> None:
    assert dict(region.schedules) == {}
    assert region.sources["schedule"].tolist() == ["", "", ""]


def test_months_and_hours_multiply(folder: Path) -> None:
    both = [("both", m, "", float(m)) for m in range(1, 13)]
    both += [("both", "", h, float(h)) for h in range(1, 25)]
    full = [("full", m, h, m + 100.0 * h) for m in range(1, 13) for h in range(1, 25)]
    add_schedules(folder, [*WINTER, *DAY, *both, *full], {"coal-1": "winter", "waste-1": "full"})
    region = read_region(folder)
    assert region.sources["schedule"].tolist() == ["winter", "full", ""]
    month, hour = np.arange(1, 13)[:, None], np.arange(1, 25)
    expected = {
        "winter": np.isin(month, (12, 1, 2)) * np.ones(24),
        "day": np.ones((12, 1)) * np.where((hour >= 9) & (hour <= 18), 2.0, 1.0),
        "both": month * hour,
        "full": month + 100.0 * hour,
    }
    assert set(region.schedules) == set(expected)
    for name, schedule in region.schedules.items():
        np.testing.assert_array_equal(schedule, expected[name])
        assert not schedule.flags.writeable
    with pytest.raises(TypeError):
        region.schedules["new"] = schedule  # type: ignore[index]
    assert region.layers["schedules"].status == "illustrative"


def test_a_schedule_is_part_of_the_digest(folder: Path) -> None:
    add_schedules(folder, WINTER, {"coal-1": "winter"})
    before = read_region(folder).digest
    text = (folder / "schedules.csv").read_text()
    (folder / "schedules.csv").write_text(text.replace("1.0", "2.0", 1))
    assert read_region(folder).digest != before


def test_weights_have_the_mean_one(region: Region) -> None:
    met = region_meteorology(region)
    schedule = np.arange(12.0 * 24.0).reshape(12, 24)
    weight = hour_weights(schedule, met)
    assert weight is not None
    assert weight.mean() == pytest.approx(1.0, rel=1e-12)
    july = (met.month == 7) & (met.hour == 5)
    assert weight[july] / weight[(met.month == 1) & (met.hour == 2)][0] == pytest.approx(
        schedule[6, 4] / schedule[0, 1]
    )
    assert hour_weights(None, met) is None


def test_a_source_that_emits_in_winter_has_the_footprint_of_winter_hours(folder: Path) -> None:
    thin_weather(folder)
    add_schedules(folder, WINTER, {"copper-1": "winter"})
    region = read_region(folder)
    region = replace(region, sources=region.sources.iloc[2:].reset_index(drop=True))
    parameters = Parameters()
    (footprint,) = region_footprints(region, parameters, *region_land(region))
    row = region.sources.iloc[0]
    stack = stack_of(row)
    particles = emitted_substances(parameters, row["sector"], row["control"])[0]
    hours = prepare(region_meteorology(region, parameters))
    winter = np.isin(hours.met.month, (12, 1, 2))
    alone = Hours(
        hours.valid[winter], hours.scales[winter], hours.profiles[winter],
        hours.met.select(winter), hours.base,
    )  # fmt: skip
    grid = region.grid
    field = polar_field(stack, [particles], alone, farthest_corner(grid, stack))
    air, dry, wet = field.on_cells(grid.x - stack.x, grid.y - stack.y, grid.cell_size)[0]
    for got, expected in ((footprint.dry, dry), (footprint.wet, wet), (footprint.air, air)):
        np.testing.assert_allclose(got[0], expected, rtol=1e-9, atol=0.0)
    steady = replace(region, sources=region.sources.assign(schedule=""))
    (other,) = region_footprints(steady, parameters, *region_land(region))
    assert np.abs(other.dry[0] / footprint.dry[0] - 1.0).max() > 0.2
