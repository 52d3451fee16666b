"""Kernels of area sources against AERMOD's own area source, which is integrated exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator import area_footprints
from simulator.area_footprints import area_kernels, diagonal, puff
from simulator.cache import VARIABLE
from simulator.constants import LAND_CLASSES
from simulator.data import Parameters
from simulator.physics.cell_kernel import cell_kernel
from simulator.physics.dispersion.engine import Receptors, disperse
from simulator.physics.dispersion.hours import prepare
from simulator.physics.dispersion.polar import polar_field
from simulator.physics.dispersion.sources import Area, Particles
from simulator.region import read_region
from simulator.region.meteorology import region_meteorology
from tests.make_area_sources import add_area_sources
from tests.make_region import make_region
from tests.make_schedules import thin_weather

SIZE = 500.0
HEIGHT = 6.0
DUST = Particles((1e-6, 5e-6, 15e-6), (0.5, 0.3, 0.2), (1800.0,) * 3)
#: Receptors across a cell (Gauss-Legendre).
PLACES, WEIGHTS = np.polynomial.legendre.leggauss(4)


@pytest.fixture(scope="module")
def hours(tmp_path_factory):
    folder = make_region(tmp_path_factory.mktemp("regions") / "testland")
    thin_weather(folder, every=97)
    region = read_region(folder)
    return prepare(region_meteorology(region, Parameters()))


@pytest.fixture(scope="module")
def kernel(hours):
    """``[way, row offset, column offset]``."""
    return cell_kernel(polar_field(puff(HEIGHT), [DUST], hours, 60e3), SIZE, (61, 61))[:, 0]


def exact(hours, offsets):
    """Dry and wet deposition on the cells at offsets (south, east), ``[cell, way]``. [m-2]."""
    source = Area.rectangle(-SIZE / 2, -SIZE / 2, SIZE, SIZE, HEIGHT, sigma_z=HEIGHT / 2.15)
    east = np.array([[SIZE * j + SIZE / 2 * PLACES] * PLACES.size for _, j in offsets])
    north = np.array([[-SIZE * i + SIZE / 2 * PLACES] * PLACES.size for i, _ in offsets])
    points = Receptors.of(east.ravel(), north.transpose(0, 2, 1).ravel())
    found = disperse(source, [DUST], hours, points)
    per_unit = np.stack([found.dry[:, 0], found.wet[:, 0]], axis=-1) / (3600.0 * found.hours)
    means = np.outer(WEIGHTS, WEIGHTS).ravel() / 4.0
    return np.einsum("p,cpw->cw", means, per_unit.reshape(len(offsets), means.size, 2))


@pytest.mark.slow
def test_it_is_the_area_source_summed_over_directions(hours, kernel):
    """AERMOD's areas do not meander, volumes do: directions differ, their sum hardly."""
    offsets = [(i, j) for i in range(-2, 3) for j in range(-2, 3)]
    distance = np.array([max(abs(i), abs(j)) for i, j in offsets])
    area = exact(hours, offsets)
    own = np.array([kernel[:, 60 + i, 60 + j] for i, j in offsets])
    for cells in range(3):
        ring = distance == cells
        np.testing.assert_allclose(own[ring].sum(axis=0), area[ring].sum(axis=0), rtol=0.15)


def test_no_more_comes_down_than_was_emitted(kernel):
    dry, wet = kernel.sum(axis=(1, 2)) * SIZE**2
    assert dry > 0.1
    assert wet > 0.0
    assert dry + wet < 1.0
    assert kernel[:, 60, 60].max() == kernel.max()


def test_coarse_dust_comes_down_nearer(hours):
    share = []
    for diameter in (1e-6, 15e-6):
        dust = Particles((diameter,), (1.0,), (1800.0,))
        dry = cell_kernel(polar_field(puff(HEIGHT), [dust], hours, 60e3), SIZE, (21, 21))[0, 0]
        share.append(dry[20, 20] * SIZE**2)
    assert share[0] < 0.5 * share[1]


@pytest.mark.slow
def test_a_second_set_up_finds_the_kernels(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    folder = make_region(tmp_path / "testland", rows=8, cols=6)
    thin_weather(folder, every=97)
    region = read_region(add_area_sources(folder))
    land = np.full((len(LAND_CLASSES), *region.grid.shape), 0.1), np.zeros(region.grid.shape)
    first = area_kernels(region, Parameters(), *land)

    def nothing_to_do(*_, **__):
        raise AssertionError("the kernel should be on the disk")

    monkeypatch.setattr(area_footprints, "source_field", nothing_to_do)
    monkeypatch.setattr(area_footprints, "cell_kernel", nothing_to_do)
    again = area_kernels(region, Parameters(), *land)
    assert len(again) == 3
    for kernel, known in zip(again, first, strict=True):
        np.testing.assert_array_equal(kernel, known)
    # a change of the weather is another kernel
    warmer = region.weather.assign(temp_C=region.weather["temp_C"] + 1.0)
    with pytest.raises(AssertionError, match="on the disk"):
        area_kernels(replace(region, weather=warmer), Parameters(), *land)


def test_rings_reach_beyond_the_farthest_corner(tmp_path):
    region = read_region(make_region(tmp_path / "testland", rows=8, cols=6))
    rows, cols = region.grid.shape
    assert diagonal(region.grid) > SIZE * np.hypot(rows - 0.5, cols - 0.5)
