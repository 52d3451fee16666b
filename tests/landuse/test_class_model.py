"""All classes learned at once: known rules found again, skill honest, history used."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from simulator.errors import InputError
from simulator.landuse.class_model import ClassModel, figure_of_merit
from simulator.landuse.context import LandContext, Snapshot
from simulator.landuse.transitions import allocate

SHAPE = (96, 96)


def snapshot(year, cover):
    return Snapshot(year, (cover == 3).astype(np.float32), cover)


def context():
    valid = np.ones(SHAPE, dtype=bool)
    valid[:, :3] = False
    east = np.tile(np.linspace(0.0, 1.0, SHAPE[1], dtype=np.float32), (SHAPE[0], 1))
    return LandContext(100.0, valid, np.zeros(SHAPE, dtype=bool), {"east": east})


def turned(cover, rng):
    """Class 1 is built on (3) next to class 3; class 2 falls to 1 in the east half."""
    after = cover.copy()
    near = ndimage.binary_dilation(cover == 3, iterations=2)
    after[(cover == 1) & near & (rng.random(SHAPE) < 0.7)] = 3
    east = np.arange(SHAPE[1]) >= SHAPE[1] // 2
    after[(cover == 2) & east & (rng.random(SHAPE) < 0.6)] = 1
    return after


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(4)
    field = ndimage.gaussian_filter(rng.normal(size=SHAPE), 4)
    start = np.where(field > np.quantile(field, 0.55), 2, 1)
    start[ndimage.gaussian_filter(rng.normal(size=SHAPE), 3) > 0.12] = 3
    middle = turned(start, rng)
    return start, middle, turned(middle, rng)


@pytest.fixture(scope="module")
def learned(world):
    start, middle, _ = world
    return ClassModel().fit([snapshot(2000, start), snapshot(2005, middle)], context())


def test_probabilities_sum_to_one_on_mapped_land_and_vanish_elsewhere(world, learned):
    potential = learned.potential([snapshot(2005, world[1])], context())
    assert potential.shape == (3, *SHAPE)
    assert potential[:, context().valid].sum(axis=0) == pytest.approx(1.0, abs=1e-5)
    assert not potential[:, ~context().valid].any()


def test_the_rules_of_the_world_are_found_again(world, learned):
    """Chances close to those that the land was turned with."""
    cover = world[0]
    wood, field, town = 1, 0, 2
    potential = learned.potential([snapshot(2000, cover)], context())
    near = ndimage.binary_dilation(cover == 3, iterations=2)
    far = ~ndimage.binary_dilation(cover == 3, iterations=6)
    middle = np.zeros(SHAPE, dtype=bool)
    middle[6:-6, 6:-6] = True
    east = np.arange(SHAPE[1]) >= SHAPE[1] // 2
    assert potential[town][(cover == 1) & near & middle].mean() == pytest.approx(0.7, abs=0.05)
    assert potential[field][(cover == 2) & east & middle].mean() == pytest.approx(0.6, abs=0.05)
    assert potential[field][(cover == 2) & ~east & middle].mean() < 0.05
    assert potential[town][(cover == 1) & far & middle].mean() < 0.05
    assert potential[wood][cover == 2].mean() > potential[wood][cover == 1].mean() + 0.3


def test_skill_is_of_blocks_left_out_and_beats_the_shares_alone(learned):
    assert learned.skill_["log_loss"] < 0.75 * learned.skill_["log_loss_none"]
    assert 0.3 < learned.skill_["figure_of_merit"] < 1.0


def test_the_later_map_is_foretold_better_than_by_chance(world, learned):
    _, cover, truth = world
    at = context().valid
    n = int(at.sum())
    current, true = (np.searchsorted(learned.codes_, c[at]) for c in (cover, truth))
    demand = np.bincount(true, minlength=3).astype(float)
    rng = np.random.default_rng(0)
    log_potential = np.log(learned.potential([snapshot(2005, cover)], context())[:, at])
    area = np.ones(n)
    ours = allocate(area, current, log_potential, demand, learned.rules(), 0.0, rng.random((3, n)))
    luck = allocate(
        area, current, np.zeros((3, n)), demand, learned.rules(), 1.0, rng.random((3, n))
    )
    assert np.array_equal(np.bincount(ours, minlength=3), demand)
    merits = [figure_of_merit(current, new, true, area) for new in (ours, luck)]
    assert merits[0] > 0.4 > 2.0 * merits[1]


@pytest.mark.slow
def test_history_tells_errors_of_a_map_from_change():
    """Land that a first map has of another class by error falls back in the next."""
    rng = np.random.default_rng(7)
    true = np.where(ndimage.gaussian_filter(rng.normal(size=SHAPE), 5) > 0.0, 2, 1)
    wrong = [np.where(rng.random(SHAPE) < 0.1, 3 - true, true) for _ in range(3)]
    maps = [snapshot(2000 + k, cover) for k, cover in enumerate([*wrong[:2], true])]
    short = ClassModel().fit(maps[1:], context())
    long = ClassModel().fit(maps, context())
    assert long.skill_["log_loss"] < short.skill_["log_loss"]
    assert long.potential(maps[:2], context()).shape == (2, *SHAPE)
    with pytest.raises(ValueError, match="learned from 2 dates"):
        long.potential(maps[1:2], context())


@pytest.mark.slow
def test_same_seed_same_bits(world, learned):
    start, middle, _ = world
    again = ClassModel().fit([snapshot(2000, start), snapshot(2005, middle)], context())
    here = [snapshot(2005, middle)]
    assert np.array_equal(again.potential(here, context()), learned.potential(here, context()))
    assert again.inertia_ == learned.inertia_


def test_maps_that_do_not_tell_classes_are_refused(world):
    shares = Snapshot(2000, np.zeros(SHAPE, dtype=np.float32))
    with pytest.raises(InputError, match="class code"):
        ClassModel().fit([shares, snapshot(2005, world[1])], context())
    with pytest.raises(InputError, match="two or more"):
        ClassModel().fit([snapshot(2005, world[1])], context())


def test_figure_of_merit_by_hand():
    """Two hits, a wrong hit, a miss and a false alarm: 2 / 5."""
    current = np.array([0, 0, 0, 0, 0, 1])
    truth = np.array([1, 1, 1, 2, 0, 1])
    new = np.array([1, 1, 2, 0, 1, 1])
    assert figure_of_merit(current, new, truth, np.ones(6)) == pytest.approx(2 / 5)
    assert figure_of_merit(current, current, current, np.ones(6)) == 0.0
