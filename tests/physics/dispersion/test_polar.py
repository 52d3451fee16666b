"""The year around a source: against the exact engine, and what must hold whatever the weather."""

import math

import numba
import numpy as np
import pytest

from simulator.physics.dispersion.engine import CONCENTRATION, DRY, WET, Receptors, disperse
from simulator.physics.dispersion.hours import prepare
from simulator.physics.dispersion.polar import RAYS, polar_field
from simulator.physics.dispersion.sources import Gas, Inert, Particles, Point, Volume
from tests.physics.dispersion.plume_cases import mixed

DUST = Particles((0.5e-6, 4e-6, 20e-6), (0.5, 0.3, 0.2), (2000.0, 2000.0, 2000.0))
HG2 = Gas(4.5e-6, 5.2e-10, 1e7, 7.2e-5, 1.0)
STACK = Point(0.0, 0.0, 60.0, 2.0, 400.0, 12.0)
LOW = Volume(0.0, 0.0, 8.0, 10.0, 4.0)


@pytest.fixture(scope="module")
def hours():
    return prepare(mixed(hours=400, seed=5))


@pytest.fixture(scope="module")
def field(hours):
    return polar_field(STACK, [DUST, HG2], hours, 20e3)


def receptors_of(field, rays, rings):
    azimuth, distance = np.meshgrid(2.0 * math.pi * rays / RAYS, field.rings[rings], indexing="ij")
    return Receptors.of((distance * np.sin(azimuth)).ravel(), (distance * np.cos(azimuth)).ravel())


@pytest.mark.parametrize("source", [STACK, LOW], ids=["stack", "volume"])
def test_rings_and_rays_hold_what_the_exact_engine_gives(hours, source):
    """Within 0.5 % where there is more than 1 % of the most."""
    found = polar_field(source, [DUST, HG2], hours, 20e3)
    rays, rings = np.arange(0, RAYS, 5), np.arange(8, found.rings.size, 5)
    exact = disperse(source, [DUST, HG2], hours, receptors_of(found, rays, rings))
    shape = (rays.size, rings.size, 2)
    for quantity, values in (
        (CONCENTRATION, exact.concentration),
        (DRY, exact.dry / (3600.0 * exact.hours)),
        (WET, exact.wet / (3600.0 * exact.hours)),
    ):
        expected = values.reshape(shape)
        got = found.values[np.ix_(rays, rings)][..., quantity]
        much = expected > 0.01 * expected.max(axis=(0, 1))
        np.testing.assert_allclose(got[much], expected[much], rtol=5e-3)


def test_threads_do_not_show(hours, field):
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        alone = polar_field(STACK, [DUST, HG2], hours, 20e3)
    finally:
        numba.set_num_threads(before)
    np.testing.assert_array_equal(alone.values, field.values)


def test_substances_do_not_touch_each_other(hours, field):
    alone = polar_field(STACK, [HG2], hours, 20e3)
    np.testing.assert_allclose(alone.values[:, :, 0], field.values[:, :, 1], rtol=1e-12)


def test_no_more_comes_down_than_is_emitted(field):
    rings = field.rings
    falls = field.values[..., DRY] + field.values[..., WET]
    ring_mean = falls.mean(axis=0) * (rings * rings)[:, None]
    total = 2.0 * math.pi * ring_mean.sum(axis=0) * math.log(rings[1] / rings[0])
    assert ((total > 0.0) & (total < 1.0)).all()


def test_what_does_not_deposit_leaves_nothing(hours):
    inert = polar_field(STACK, [Inert()], hours, 20e3)
    assert (inert.values[..., DRY] == 0.0).all()
    assert (inert.values[..., WET] == 0.0).all()
    assert inert.values[..., CONCENTRATION].max() > 0.0


def test_steady_weight_is_no_weight_and_some_hours_alone_are_theirs(hours, field):
    steady = polar_field(STACK, [DUST, HG2], hours, 20e3, weight=np.full(len(hours), 1.0))
    np.testing.assert_array_equal(steady.values, field.values)
    first = np.arange(len(hours)) < len(hours) // 2
    one = polar_field(STACK, [DUST], hours, 20e3, weight=np.where(first, 2.0, 0.0))
    two = polar_field(STACK, [DUST], hours, 20e3, weight=np.where(first, 0.0, 2.0))
    n_one, n_two = (hours.valid & first).sum(), (hours.valid & ~first).sum()
    mixed = (one.values * n_one + two.values * n_two) / (n_one + n_two)
    np.testing.assert_allclose(mixed, field.values[:, :, :1], rtol=1e-9, atol=1e-300)


def test_progress_is_told_of_every_hour(hours):
    told = []
    polar_field(STACK, [Inert()], hours, 20e3, progress=told.append)
    assert sum(told) == len(hours)


def test_who_emits_in_calms_only_is_refused(hours):
    calm = np.where(hours.valid, 0.0, 1.0)
    with pytest.raises(ValueError, match="neither calm nor missing"):
        polar_field(STACK, [Inert()], hours, 20e3, weight=calm)
