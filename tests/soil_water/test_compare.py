"""The yearly balance of a column beside the daily one, which is the measure of it."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.constants import LAND_CLASSES
from simulator.soil_water.compare import Metals, daily_column, follow_daily, follow_yearly
from simulator.soil_water.demand import demand_of
from simulator.soil_water.soils import soils_of
from simulator.soil_water.solve import column_of

YEARS = 5


@pytest.fixture(scope="module")
def metals(slices):
    """Two metals, linear and not, of Kd 20 and 60 L/kg at 1 mg/kg; 300 and 100 mg m-2 yr-1 fall."""
    gain = np.zeros((2, YEARS, len(slices)))
    gain[0, :, 0], gain[1, :, 0] = 3e-4, 1e-4
    return Metals(
        content=np.tile([1e-6, 0.8e-6, 0.6e-6], (2, 1)),
        coefficient=np.stack([np.full(3, 1e3 / 20e0), np.full(3, 1e3 / 60e0 * 1e-6**0.3)]),
        n=np.array([1.0, 0.7]),
        gain=gain,
    )


@pytest.fixture(scope="module", params=["dryland", "forest"])
def both(request, two_years, days, parameters, slices, water, metals):
    """A column followed in both ways, and what both are followed on."""
    name = request.param
    soils = soils_of(two_years)
    properties, k = soils.properties[0], LAND_CLASSES.index(name)
    demand = demand_of(name, days, parameters)[int(soils.hydrologic_group[0])]
    column = column_of(properties, soils.layer_thickness, name, demand, days, parameters)
    tillage = parameters.value("vegetation", land_class=name, parameter="tillage_depth")
    year = 365.25 * 86400.0
    diffusion = parameters.value("general", process="percolation", parameter="diffusion") * year
    density, lengths = properties[3], np.diff(np.append(0, days.year_ends))
    exchange = tuple(getattr(water, n)[:, :, k, 0].copy() for n in ("ahead", "behind", "wetness"))
    arguments = (density, metals, slices, tillage)
    daily = follow_daily(column, lengths, *arguments, diffusion)
    yearly = follow_yearly(exchange, *arguments)
    run, ends = daily_column(column, lengths, *arguments, diffusion)
    return daily, yearly, run, ends, density


def test_leaching_of_five_years_agrees_within_two_percent(both):
    """Out of the column; between its layers, where fronts pass, within three."""
    daily, yearly, *_ = both
    assert daily.leached.shape == yearly.leached.shape == (2, YEARS, 3)
    measure, found = daily.leached.sum(axis=1), yearly.leached.sum(axis=1)
    np.testing.assert_allclose(found[:, -1], measure[:, -1], rtol=0.02)
    np.testing.assert_allclose(found, measure, rtol=0.03)


def test_contents_agree(both, slices):
    """Of each layer, after five years."""
    daily, yearly, *_ = both
    edges = slices.edges[slices.first]
    for z in range(3):
        inside = (daily.depth > edges[z]) & (daily.depth < edges[z + 1])
        of_layer = slices.layer == z
        mean = (yearly.content[:, of_layer] * slices.share[of_layer]).sum(axis=1)
        np.testing.assert_allclose(mean, daily.content[:, inside].mean(axis=1), rtol=0.02)


def test_both_keep_what_they_get(both, metals, slices):
    """Content at the end = at the start + what fell - what left below."""
    daily, yearly, _, _, density = both
    mass = density[slices.layer] * slices.thickness
    start = (metals.content[:, slices.layer] * mass).sum(axis=1)
    kept = start + metals.gain.sum(axis=(1, 2)) - yearly.leached[:, :, -1].sum(axis=1)
    np.testing.assert_allclose((yearly.content * mass).sum(axis=1), kept, rtol=1e-12)
    length = np.gradient(daily.depth)
    length[[0, -1]] *= 0.5
    node = np.searchsorted(slices.edges[slices.first[1:]], daily.depth - 1e-9).clip(max=2)
    end = (daily.content * density[node] * length).sum(axis=1)
    kept = start + metals.gain.sum(axis=(1, 2)) - daily.leached[:, :, -1].sum(axis=1)
    np.testing.assert_allclose(end, kept, rtol=2e-3)


def test_the_record_of_the_daily_column_is_repeated(both):
    _, _, run, ends, _ = both
    assert ends.tolist() == [365.0, 731.0, 1096.0, 1462.0, 1827.0]
    assert (run.start, run.stop) == (0.0, 1827.0)
    np.testing.assert_array_equal(run.weather.rain[:365], run.weather.rain[731:1096])
    np.testing.assert_array_equal(run.weather.rain[365:731], run.weather.rain[1096:1462])
