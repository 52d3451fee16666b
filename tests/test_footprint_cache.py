"""Fields on disk: found by what went into them, never broken, never stale."""

from dataclasses import replace

import numpy as np
import pytest

from simulator import footprint_cache
from simulator.cache import VARIABLE
from simulator.physics.dispersion.hours import prepare
from simulator.physics.dispersion.polar import PolarField
from simulator.physics.dispersion.sources import Gas, Ground, Inert, Particles, Point, Volume
from tests.physics.dispersion.plume_cases import mixed

STACK = Point(0.0, 0.0, 60.0, 2.0, 400.0, 12.0)
FIELD = PolarField(np.array([20.0, 30.0]), np.arange(24.0).reshape(4, 2, 1, 3))


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path / "footprints"


INERT = (Inert(),)


def key(source=STACK, substances=INERT, hours=b"x", far=1e4, ground=None, weight=None):
    return footprint_cache.field_key(source, substances, hours, far, ground or Ground(), weight)


def test_a_field_comes_back_bit_for_bit(cache):
    footprint_cache.save("a", FIELD)
    found = footprint_cache.load("a")
    np.testing.assert_array_equal(found.values, FIELD.values)
    np.testing.assert_array_equal(found.rings, FIELD.rings)
    assert [p.name for p in cache.iterdir()] == ["a.npz"]


def test_a_kernel_comes_back_bit_for_bit_for_its_grid_alone(cache):
    kernel = np.arange(42.0, dtype=np.float32).reshape(2, 1, 3, 7)
    footprint_cache.save_kernel("a", kernel)
    np.testing.assert_array_equal(footprint_cache.load_kernel("a", (2, 4)), kernel)
    assert footprint_cache.load_kernel("a", (4, 2)) is None
    assert footprint_cache.load_kernel("b", (2, 4)) is None
    footprint_cache.save_kernel("a", kernel * np.float32(np.nan))
    assert footprint_cache.load_kernel("a", (2, 4)) is None


def test_a_kernel_depends_on_its_field_and_on_the_grid():
    keys = [
        footprint_cache.kernel_key("f", 500.0, (2, 4)),
        footprint_cache.kernel_key("g", 500.0, (2, 4)),
        footprint_cache.kernel_key("f", 250.0, (2, 4)),
        footprint_cache.kernel_key("f", 500.0, (4, 2)),
    ]
    assert len(set(keys)) == len(keys)
    assert footprint_cache.kernel_key("f", 500, (2, 4)) == keys[0]


def test_where_a_source_stands_does_not_matter_all_else_does():
    keys = [
        key(),
        key(source=replace(STACK, height=61.0)),
        key(source=replace(STACK, release="capped")),
        key(source=Volume(0.0, 0.0, 60.0, 2.0, 4.0)),
        key(substances=(Particles((1e-6,), (1.0,), (2000.0,)),)),
        key(substances=(Gas(1e-5, 1e-9, 1e7, 1.0),)),
        key(hours=b"y"),
        key(far=2e4),
        key(ground=Ground(land_use=(4,) * 36)),
        key(weight=np.array([1.0, 0.5])),
    ]
    assert len(set(keys)) == len(keys)
    assert key(source=replace(STACK, x=5.0, y=-3.0)) == keys[0]


def test_hours_differ_by_any_value():
    hours = prepare(mixed(24))
    digest = footprint_cache.hours_digest(hours)
    assert digest == footprint_cache.hours_digest(prepare(mixed(24)))
    warmer = prepare(replace(hours.met, temperature=hours.met.temperature + 1e-9))
    assert digest != footprint_cache.hours_digest(warmer)
    assert digest != footprint_cache.hours_digest(replace(hours, base=5.0))


@pytest.mark.parametrize("broken", [b"", b"PK\x03\x04 cut short", b"no archive at all"])
def test_a_broken_file_counts_as_none(cache, broken):
    cache.mkdir()
    (cache / "a.npz").write_bytes(broken)
    assert footprint_cache.load("a") is None
    footprint_cache.save("a", FIELD)
    assert footprint_cache.load("a") is not None


def test_pickles_and_values_that_are_no_numbers_are_refused(cache):
    cache.mkdir()
    np.savez(cache / "a.npz", rings=FIELD.rings, values=np.array([{"a": 1}], dtype=object))
    assert footprint_cache.load("a") is None
    np.savez(cache / "b.npz", rings=FIELD.rings, values=FIELD.values * np.nan)
    assert footprint_cache.load("b") is None


def test_a_disk_that_cannot_be_written_on_is_no_reason_to_stop(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file"))
    footprint_cache.save("a", FIELD)
    assert footprint_cache.load("a") is None
