"""From rings and rays to cells: mass, means, positions."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.physics.dispersion.cells import cell_means, cumulative

RAYS = 120


def polar(density, rings):
    """A density of (east, north) on rings and rays, ``[ray, ring, 1]``."""
    azimuth = 2.0 * math.pi * np.arange(RAYS)[:, None] / RAYS
    return density(rings * np.sin(azimuth), rings * np.cos(azimuth))[..., None]


def rings_to(distance):
    return 20.0 * 10.0 ** (np.arange(math.ceil(16 * math.log10(distance / 20.0)) + 2) / 16)


def smooth(x, y):
    """Falls off as the square of distance beyond 300 m, more to the east."""
    r2 = x * x + y * y
    return (1.0 + 0.5 * x / np.sqrt(r2 + 1.0)) / (300.0**2 + r2)


def test_cumulative_amounts_are_those_of_a_power_law():
    rings = rings_to(1e4)
    for power in (-1.0, -2.0, -3.5):
        field = np.repeat((rings**power)[None, :, None], RAYS, axis=0)
        table = cumulative(field, rings)
        inner = rings[0] ** (power + 2.0) / max(power + 2.0, 0.5)
        if power == -2.0:
            exact = inner + np.log(rings / rings[0])
        else:
            exact = inner + (rings ** (power + 2.0) - rings[0] ** (power + 2.0)) / (power + 2.0)
        np.testing.assert_allclose(table[0, :, 0, 0], exact, rtol=2e-5)


def test_cells_are_means_of_a_smooth_field():
    rings = rings_to(2e4)
    field = polar(smooth, rings)
    size = 500.0
    dx = (np.arange(21) - 10) * size + 110.0
    dy = (10 - np.arange(21)) * size - 60.0
    means = cell_means(field, rings, dx, dy, size)[0]
    offsets = (np.arange(60) + 0.5) / 60.0 - 0.5
    for row, col in ((10, 10), (10, 11), (9, 10), (3, 17), (20, 0)):
        x, y = np.meshgrid(dx[col] + offsets * size, dy[row] + offsets * size)
        assert means[row, col] == pytest.approx(smooth(x, y).mean(), rel=2e-3)


@settings(max_examples=20, deadline=None)
@given(
    east=st.floats(-400.0, 400.0),
    north=st.floats(-400.0, 400.0),
    size=st.sampled_from([125.0, 250.0, 500.0]),
)
def test_mass_does_not_depend_on_the_cells(east, north, size):
    """The sum over a square is that over the same square in cells of another size."""
    rings = rings_to(2e4)
    field = polar(smooth, rings)
    side = 4000.0

    def mass(cell):
        n = round(side / cell)
        centres = (np.arange(n) + 0.5) * cell - 0.5 * side
        return cell_means(field, rings, centres + east, centres[::-1] + north, cell).sum() * cell**2

    assert mass(size) == pytest.approx(mass(1000.0), rel=5e-5)


def test_mass_within_a_far_circle_is_that_of_the_rings():
    """A field that ends: all of it is on the cells."""
    rings = rings_to(3e4)

    def blob(x, y):
        return np.exp(-0.5 * ((x - 1000.0) ** 2 + (y + 500.0) ** 2) / 800.0**2)

    field = polar(blob, rings)
    size = 250.0
    centres = (np.arange(80) + 0.5) * size - 10000.0
    total = cell_means(field, rings, centres, centres[::-1], size).sum() * size**2
    table = cumulative(field, rings)
    of_rings = table[:, -1, 0, 0].sum() * 2.0 * math.pi / RAYS
    assert total == pytest.approx(of_rings, rel=1e-3)
    assert total == pytest.approx(2.0 * math.pi * 800.0**2, rel=5e-3)


def test_a_part_of_a_grid_has_the_bits_of_the_whole():
    rings = rings_to(2e4)
    field = polar(smooth, rings)
    centres = (np.arange(30) + 0.5) * 500.0 - 7300.0
    whole = cell_means(field, rings, centres, centres[::-1], 500.0)
    part = cell_means(field, rings, centres[5:9], centres[::-1][11:20], 500.0)
    np.testing.assert_array_equal(part, whole[:, 11:20, 5:9])


def test_rings_without_anything_do_not_spoil_the_next():
    """A volume source leaves its innermost rings empty."""
    rings = rings_to(1e4)
    field = polar(lambda x, y: 1.0 / (x * x + y * y), rings)
    field[:, :3] = 0.0
    total = cumulative(field, rings)[0, -1, 0, 0]
    full = np.log(rings[-1] / rings[3])
    step = np.log(rings[1] / rings[0])
    assert full < total < full + step


def test_nothing_gives_nothing_and_no_negative_cells():
    rings = rings_to(1e4)
    centres = np.arange(-5, 6) * 1000.0
    zero = np.zeros((RAYS, rings.size, 2))
    assert (cell_means(zero, rings, centres, centres, 1000.0) == 0.0).all()
    spiky = zero.copy()
    spiky[17, 30:, :] = 1.0
    assert (cell_means(spiky, rings, centres, centres, 1000.0) >= 0.0).all()
