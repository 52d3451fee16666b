from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.physics.dispersion import (
    Climate,
    Footprints,
    Mode,
    Stack,
    compute_footprints,
    summarise_weather,
)

CELL = 1000.0
X = (np.arange(41) - 20.0) * CELL
Y = X[::-1].copy()


def equal(a: Footprints, b: Footprints) -> bool:
    return all(np.array_equal(getattr(a, k), getattr(b, k)) for k in ("dry", "wet", "air"))


@pytest.fixture(scope="module")
def footprints(low_stack: Stack, particles: Mode, hg2: Mode, climate: Climate) -> Footprints:
    return compute_footprints([low_stack], [[particles, hg2]], climate, X, Y, CELL)


def test_one_cell_has_the_bits_of_the_whole_grid(
    footprints: Footprints, low_stack: Stack, particles: Mode, hg2: Mode, climate: Climate
) -> None:
    for i, j in ((20, 20), (0, 0), (19, 22), (40, 7)):
        one = compute_footprints([low_stack], [[particles, hg2]], climate, X[[j]], Y[[i]], CELL)
        for name in ("dry", "wet", "air"):
            whole = getattr(footprints, name)[:, i, j]
            assert np.array_equal(getattr(one, name)[:, 0, 0], whole)


def test_one_source_has_the_bits_of_the_batch(
    footprints: Footprints, low_stack: Stack, tall_stack: Stack, particles: Mode, hg2: Mode,
    climate: Climate,
) -> None:  # fmt: skip
    far = replace(tall_stack, x=7300.0, y=-2100.0)
    batch = compute_footprints([far, low_stack], [[hg2], [particles, hg2]], climate, X, Y, CELL)
    assert batch.stack.tolist() == [0, 1, 1]
    assert batch.mode == ("hg2", "particle", "hg2")
    assert batch.index(1, "hg2") == 2
    for name in ("dry", "wet", "air"):
        assert np.array_equal(getattr(batch, name)[1:], getattr(footprints, name))
    with pytest.raises(KeyError, match="particle"):
        batch.index(0, "particle")


def test_one_thread_has_the_bits_of_many(
    low_stack: Stack, tall_stack: Stack, particles: Mode, hg2: Mode, climate: Climate
) -> None:
    stacks, modes = [low_stack, tall_stack], [[particles, hg2]] * 2
    many = compute_footprints(stacks, modes, climate, X, Y, CELL)
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        one = compute_footprints(stacks, modes, climate, X, Y, CELL)
    finally:
        numba.set_num_threads(threads)
    assert equal(one, many)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_turning_the_wind_turns_the_footprint(
    footprints: Footprints, weather: dict[str, Any], low_stack: Stack, particles: Mode, hg2: Mode,
    turns: int,
) -> None:  # fmt: skip
    turned = dict(weather, wind_direction=(weather["wind_direction"] + 90.0 * turns) % 360.0)
    got = compute_footprints(
        [low_stack], [[particles, hg2]], summarise_weather(**turned), X, Y, CELL
    )
    for name in ("dry", "wet", "air"):
        # directions run clockwise, rot90 turns the other way
        expected = np.rot90(getattr(footprints, name), -turns, axes=(1, 2))
        np.testing.assert_allclose(getattr(got, name), expected, rtol=1e-9)


def test_moving_source_and_grid_together_changes_nothing(
    footprints: Footprints, low_stack: Stack, particles: Mode, hg2: Mode, climate: Climate
) -> None:
    moved = replace(low_stack, x=759000.0, y=3410000.0)
    got = compute_footprints(
        [moved], [[particles, hg2]], climate, X + 759000.0, Y + 3410000.0, CELL
    )
    np.testing.assert_allclose(got.dry, footprints.dry, rtol=1e-9)


def test_mass_bounds(footprints: Footprints) -> None:
    for name in ("dry", "wet", "air"):
        assert np.all(getattr(footprints, name) >= 0.0)
    assert np.all(footprints.deposited_share > 0.05)
    assert np.all(footprints.deposited_share < 1.0)
    one = footprints[1]
    assert one.deposited_share == pytest.approx((one.dry + one.wet).sum() * CELL**2)


def test_finer_grid_has_the_same_total_and_the_same_means(
    footprints: Footprints, low_stack: Stack, particles: Mode, hg2: Mode, climate: Climate
) -> None:
    n = 2 * X.size
    x = X[0] - 0.25 * CELL + 0.5 * CELL * np.arange(n)
    fine = compute_footprints([low_stack], [[particles, hg2]], climate, x, x[::-1], 0.5 * CELL)
    np.testing.assert_allclose(fine.deposited_share, footprints.deposited_share, rtol=1e-4)
    coarse = fine.dry.reshape(2, X.size, 2, X.size, 2).mean(axis=(2, 4))
    np.testing.assert_allclose(coarse, footprints.dry, rtol=1e-3)


def test_particles_of_several_sizes_are_the_sum_of_each(
    low_stack: Stack, particles: Mode, climate: Climate
) -> None:
    mixed = compute_footprints([low_stack], [[particles]], climate, X, Y, CELL)
    modes = [Mode(f"{d}", (d,), (1.0,), particles.density) for d in particles.diameters]
    single = compute_footprints([low_stack], [modes], climate, X, Y, CELL)
    shares = np.array(particles.mass_fractions)
    for name in ("dry", "wet", "air"):
        total = np.tensordot(shares, getattr(single, name), 1)
        np.testing.assert_allclose(getattr(mixed, name)[0], total, rtol=1e-3)


def test_twice_the_velocity_of_a_gas_deposits_nearly_twice_where_depletion_is_small(
    tall_stack: Stack, climate: Climate
) -> None:
    modes = [Mode("slow", deposition_velocity=1e-5), Mode("fast", deposition_velocity=2e-5)]
    got = compute_footprints([tall_stack], [modes], climate, X, Y, CELL)
    np.testing.assert_allclose(got.dry[1], 2.0 * got.dry[0], rtol=2e-3)
    np.testing.assert_allclose(got.dry[0], 1e-5 * got.air[0], rtol=1e-9)


def test_coarse_dust_falls_nearer_than_fine_dust(low_stack: Stack, climate: Climate) -> None:
    modes = [Mode("fine", (0.6e-6,), (1.0,), 2300.0), Mode("coarse", (30e-6,), (1.0,), 2300.0)]
    got = compute_footprints([low_stack], [modes], climate, X, Y, CELL)
    near = np.hypot(*np.meshgrid(X, Y)) < 5000.0
    share = [d[near].sum() / d.sum() for d in got.dry]
    assert share[1] > share[0]
    assert got.deposited_share[1] > 5.0 * got.deposited_share[0]


def ring_exponent(field: NDArray[np.float64], low: float, high: float) -> float:
    """Slope of log mean against log distance over rings from low to high."""
    r = np.hypot(*np.meshgrid(X, Y))
    edges = np.geomspace(low, high, 9)
    rings = [(r >= a) & (r < b) for a, b in itertools.pairwise(edges)]
    points = [(r[m].mean(), field[m].mean()) for m in rings if m.any()]
    log_r, log_mean = np.log(np.array(points)).T
    return float(np.polyfit(log_r, log_mean, 1)[0])


def test_deposition_falls_with_distance_as_observed(
    footprints: Footprints, low_stack: Stack, tall_stack: Stack, particles: Mode, climate: Climate
) -> None:
    # observed about smelters: exponents of -1.7 to -2.2 over 1 to 10 km (J. Hazard. Mater. 2010,
    # 182:743); tall hot stacks are flatter, in AERMOD as here
    low = ring_exponent(footprints.dry[0] + footprints.wet[0], 1500.0, 20000.0)
    assert -2.3 < low < -1.5
    tall = compute_footprints([tall_stack], [[particles]], climate, X, Y, CELL)
    assert ring_exponent(tall.dry[0] + tall.wet[0], 1500.0, 20000.0) > low


def test_bins_of_wind_are_fine_enough(
    footprints: Footprints, weather: dict[str, Any], low_stack: Stack, particles: Mode, hg2: Mode
) -> None:
    fine = summarise_weather(**weather, wind_edges=tuple(np.arange(1.1, 20.0, 0.1)))
    got = compute_footprints([low_stack], [[particles, hg2]], fine, X, Y, CELL)
    np.testing.assert_allclose(footprints.deposited_share, got.deposited_share, rtol=5e-3)
    for a, b in zip(footprints.dry + footprints.wet, got.dry + got.wet, strict=True):
        seen = b > 0.01 * b.max()
        np.testing.assert_allclose(a[seen], b[seen], rtol=0.05)


def test_no_stacks_is_an_empty_stack_of_footprints(climate: Climate) -> None:
    assert compute_footprints([], [], climate, X, Y, CELL).dry.shape == (0, 41, 41)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"height": -1.0}, "height"),
        ({"diameter": 0.0}, "diameter"),
        ({"temperature": 0.0}, "temperature"),
        ({"x": float("nan")}, "finite"),
    ],
)
def test_impossible_stacks_are_refused(
    low_stack: Stack, change: dict[str, float], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        replace(low_stack, **change)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"diameters": (1e-6,), "mass_fractions": ()}, "as many"),
        ({"diameters": (2.5,), "mass_fractions": (1.0,), "density": 2e3}, "metres"),
        ({"diameters": (2e-6,), "mass_fractions": (0.5,), "density": 2e3}, "sum to 1"),
        ({"diameters": (2e-6,), "mass_fractions": (1.0,), "density": 2.3}, "kg m-3"),
        ({"deposition_velocity": -1.0}, "negative"),
        (
            {
                "diameters": (2e-6,),
                "mass_fractions": (1.0,),
                "density": 2e3,
                "scavenging_rate": 1.0,
            },
            "follow from their size",
        ),
    ],
)
def test_impossible_modes_are_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Mode("x", **arguments)
