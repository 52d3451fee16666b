"""What must hold whatever the hour, the source and the receptors."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from simulator.physics.dispersion.engine import Dispersed, Receptors, disperse
from simulator.physics.dispersion.hours import Hours, prepare
from simulator.physics.dispersion.kernel_inputs import source_exit
from simulator.physics.dispersion.plume import crosswind, meander, plume_at
from simulator.physics.dispersion.receptor import lateral_term
from simulator.physics.dispersion.sources import (
    Area,
    BulkParticles,
    Gas,
    Inert,
    Particles,
    Point,
    Source,
    Substance,
    Volume,
)
from tests.physics.dispersion.plume_cases import (
    NIGHT,
    UNTIMED,
    mixed,
    one,
    released,
    settled,
    weather,
)

DUST = Particles((1e-6, 5e-6, 20e-6), (0.5, 0.3, 0.2), (2000.0, 2100.0, 2200.0))
METAL = BulkParticles(0.7, 0.6e-6)
MERCURY = Gas(0.06e-4, 5.25e-10, 1e7, 6e-6, 1.0)
ALL: tuple[Substance, ...] = (Inert(), DUST, METAL, MERCURY)

substances = st.sampled_from(ALL)
stacks = st.builds(
    Point,
    x=st.floats(-100.0, 100.0),
    y=st.floats(-100.0, 100.0),
    height=st.floats(1.0, 150.0),
    diameter=st.floats(0.2, 5.0),
    temperature=st.sampled_from([0.0, -40.0]) | st.floats(280.0, 600.0),
    velocity=st.floats(0.1, 25.0),
    release=st.sampled_from(["vertical", "vertical", "capped", "horizontal"]),
)
volumes = st.builds(
    Volume,
    x=st.floats(-100.0, 100.0),
    y=st.floats(-100.0, 100.0),
    height=st.floats(0.0, 30.0),
    sigma_y=st.floats(1.0, 30.0),
    sigma_z=st.floats(0.5, 15.0),
)
areas = st.builds(
    Area.rectangle,
    x=st.floats(-100.0, 100.0),
    y=st.floats(-100.0, 100.0),
    x_length=st.floats(10.0, 300.0),
    y_length=st.floats(10.0, 300.0),
    height=st.floats(0.0, 10.0),
    angle=st.floats(0.0, 360.0),
)
seeds = st.integers(0, 5)


@cache
def hours(seed: int) -> Hours:
    return prepare(mixed(10, seed))


@cache
def places(count: int = 12, terrain: bool = False) -> Receptors:
    rng = np.random.default_rng(11)
    r, angle = 10.0 ** rng.uniform(1.5, 4.2, count), rng.uniform(0.0, 2.0 * math.pi, count)
    ground = rng.uniform(-30.0, 300.0, count) * terrain
    hill = ground + rng.uniform(0.0, 150.0, count) * terrain
    return Receptors.of(r * np.cos(angle), r * np.sin(angle), ground, hill, 1.5)


def run(source: Source, substance: Substance = DUST, seed: int = 0, **options: object) -> Dispersed:
    terrain = not options.get("flat", True)
    receptors = places(terrain=terrain)
    return disperse(
        source, [substance], hours(seed), receptors, keep=np.arange(len(receptors)), **options
    )


@UNTIMED
@given(stacks | volumes | areas, substances, seeds, st.booleans())
def test_never_negative(source: Source, substance: Substance, seed: int, flat: bool) -> None:
    found = run(source, substance, seed, flat=flat)
    assert np.isfinite(found.total).all()
    assert found.total.min() >= 0.0
    assert found.concentration.max() > 0.0
    if isinstance(substance, Inert):
        assert not found.dry.any()
        assert not found.wet.any()
    else:
        assert found.dry.max() > 0.0


@UNTIMED
@given(stacks | volumes, st.lists(substances, min_size=2, max_size=4), seeds)
def test_substances_do_not_know_of_each_other(
    source: Source, together: list[Substance], seed: int
) -> None:
    found = disperse(source, together, hours(seed), places())
    for n, substance in enumerate(together):
        alone = disperse(source, [substance], hours(seed), places())
        assert np.array_equal(found.total[:, n], alone.total[:, 0])


@UNTIMED
@given(stacks | volumes | areas, seeds, st.integers(0, 999))
def test_weights_of_hours(source: Source, seed: int, draw: int) -> None:
    weight = np.random.default_rng(draw).uniform(0.0, 3.0, 10)
    plain, weighted = run(source, seed=seed), run(source, seed=seed, weight=weight)
    assert np.array_equal(weighted.hourly, plain.hourly * weight[:, None, None, None])
    assert weighted.total == pytest.approx(weighted.hourly.sum(axis=0), rel=1e-12)
    assert np.array_equal(run(source, seed=seed, weight=np.full(10, 2.0)).total, 2.0 * plain.total)


@UNTIMED
@given(stacks | volumes | areas, seeds, st.floats(0.0, 360.0))
def test_rotation(source: Source, seed: int, angle: float) -> None:
    a = math.radians(angle)
    turn = np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]])  # clockwise

    def turned(x: object, y: object) -> NDArray[np.float64]:
        return turn @ np.array([x, y])

    if isinstance(source, Area):
        corners = tuple((float(v[0]), float(v[1])) for v in (turned(*c) for c in source.vertices))
        other: Source = replace(source, vertices=corners)
    else:
        x, y = turned(source.x, source.y)
        other = replace(source, x=float(x), y=float(y))
    met = hours(seed).met
    wind = (met.wind_direction + angle) % 360.0
    receptors = places()
    around = Receptors.of(*turned(receptors.x, receptors.y), flagpole=receptors.flagpole)
    before = disperse(source, [DUST], hours(seed), receptors)
    after = disperse(other, [DUST], prepare(replace(met, wind_direction=wind)), around)
    assert after.total == pytest.approx(before.total, rel=1e-6, abs=1e-12 * before.total.max())


@UNTIMED
@given(stacks | volumes, st.sampled_from([{}, NIGHT]), st.floats(1.0, 800.0))
def test_both_sides_of_the_wind_are_alike(
    source: Source, usual: dict[str, float], y: float
) -> None:
    x = source.x + np.array([-500.0, 300.0, 2000.0])
    both = Receptors.of(np.tile(x, 2), source.y + np.repeat([-y, y], 3))
    found = disperse(source, [DUST], prepare(weather(**usual)), both).total
    assert found[:3] == pytest.approx(found[3:], rel=1e-6, abs=1e-20)


@pytest.mark.slow
@UNTIMED
@given(stacks | volumes | areas, st.sampled_from(ALL[1:]), seeds, st.booleans())
def test_depletion_lowers(source: Source, substance: Substance, seed: int, flat: bool) -> None:
    kinds = {
        which: run(source, substance, seed, flat=flat, dry_depletion=which[0],
                   wet_depletion=which[1]).total
        for which in ((True, True), (True, False), (False, True), (False, False))
    }  # fmt: skip
    # Integrals over areas are Romberg's, which stop at a change of 1 % (area.py): with and without
    # depletion they may stop at different steps. Other sources have no such slack.
    bound = 1.0 + (1e-2 if isinstance(source, Area) else 1e-12)
    for less in kinds.values():
        assert np.all(less <= kinds[False, False] * bound)
    assert np.all(kinds[True, True] <= kinds[True, False] * bound)
    assert np.all(kinds[True, True] <= kinds[False, True] * bound)


@UNTIMED
@given(stacks | volumes | areas, seeds, st.integers(0, 999), st.booleans())
def test_some_receptors_and_hours_alone(source: Source, seed: int, draw: int, flat: bool) -> None:
    rng = np.random.default_rng(draw)
    some = np.sort(rng.choice(12, 4, replace=False))
    whole = run(source, seed=seed, flat=flat)
    r = places(terrain=not flat)
    part = Receptors(r.x[some], r.y[some], r.ground[some], r.hill[some], r.flagpole[some])
    alone = disperse(source, [DUST], hours(seed), part, flat=flat)
    assert np.array_equal(alone.total, whole.total[some])
    chosen = rng.uniform(size=10) < 0.5
    chosen[0] = True
    few = disperse(source, [DUST], prepare(hours(seed).met.select(chosen)), r, flat=flat,
                   keep=np.arange(12))  # fmt: skip
    assert np.array_equal(few.hourly, whole.hourly[chosen])


@pytest.mark.parametrize(
    "source", [Point(0.0, 0.0, 40.0, 2.0, 400.0, 12.0), Area.rectangle(0.0, 0.0, 90.0, 50.0, 2.0)]
)
def test_threads_do_not_show(source: Source) -> None:
    if numba.config.NUMBA_NUM_THREADS < 2:
        pytest.skip("one thread only")
    before = numba.get_num_threads()
    try:
        totals = []
        for threads in (1, 2):
            numba.set_num_threads(threads)
            totals.append(disperse(source, ALL, prepare(mixed(40, 3)), places()).total)
    finally:
        numba.set_num_threads(before)
    assert np.array_equal(*totals)


def test_blocks_of_hours_do_not_show() -> None:
    met = mixed(600, 3)
    source = Point(0.0, 0.0, 40.0, 2.0, 400.0, 12.0)
    done: list[int] = []
    found = disperse(
        source, [DUST], prepare(met), places(3), keep=np.arange(3), progress=done.append
    )
    assert sum(done) == 600
    total = np.zeros_like(found.total)
    for hour in found.hourly:
        total += hour
    assert np.array_equal(found.total, total)


def test_calm_and_missing_hours_add_nothing() -> None:
    met = mixed(12, 2)
    wind = met.wind_speed.copy()
    wind[[3, 7]] = 0.0, 999.0
    source = Point(0.0, 0.0, 40.0, 2.0, 400.0, 12.0)
    found = disperse(source, [DUST], prepare(replace(met, wind_speed=wind)), places(),
                     keep=np.arange(12))  # fmt: skip
    assert found.hours == 10
    assert not found.hourly[[3, 7]].any()
    rest = np.ones(12, dtype=bool)
    rest[[3, 7]] = False
    others = disperse(source, [DUST], prepare(met.select(rest)), places())
    assert np.array_equal(found.total, others.total)
    assert np.array_equal(found.concentration, others.concentration)


def test_no_valid_hour() -> None:
    found = disperse(
        Volume(0.0, 0.0, 2.0, 5.0, 2.0), [DUST], prepare(weather(wind_speed=0.0)), places()
    )
    assert found.hours == 0
    assert not found.concentration.any()


@pytest.mark.parametrize("usual", [{}, NIGHT], ids=["day", "night"])
@pytest.mark.parametrize("height", [10.0, 60.0])
def test_both_parts_make_the_concentration(usual: dict[str, float], height: float) -> None:
    source = Point(0.0, 0.0, height, 1.5, 380.0, 12.0)
    x, y = 1500.0, np.arange(-2000.0, 2000.0, 2.0)
    prepared = prepare(weather(**usual))
    found = disperse(source, [Inert()], prepared, Receptors.of(x, y)).concentration[:, 0]
    hour, profile = one(prepared)
    out = released(source_exit(source), hour, profile)

    def at(distance: float) -> tuple[float, float, float, float, float]:
        plume = plume_at(distance, 0.0, True, out, hour, profile)
        both = crosswind(0.0, plume, settled(plume, out, hour, profile), out, hour)
        return both.main, both.penetrated, plume.sigma_y, plume.sigma_y3, meander(plume, out)

    main, penetrated, sigma_y, sigma_y3, _ = at(x)
    coherent = np.empty_like(found)
    for n, v in enumerate(y):
        r = math.hypot(x, v)
        m, p, _, _, share = at(r)
        coherent[n] = main * lateral_term(v, sigma_y) + penetrated * lateral_term(v, sigma_y3)
        expected = share * (m + p) / (2.0 * math.pi * r) + (1.0 - share) * coherent[n]
        assert found[n] == pytest.approx(expected, rel=1e-12)
    # the coherent part holds what crosses the line
    assert coherent.sum() * 2.0 == pytest.approx(main + penetrated, rel=1e-6)


@pytest.mark.parametrize("usual", [{}, NIGHT], ids=["day", "night"])
def test_what_lies_on_the_ground_has_left_the_plume(usual: dict[str, float]) -> None:
    # on rings around a stack; the path integral of depletion has two points only
    source = Point(0.0, 0.0, 20.0, 0.5, 0.0, 5.0)
    substance = Particles((2e-6,), (1.0,), (2000.0,))
    r = 10.0 ** np.arange(1.0, 4.3, 0.03)
    angle = np.radians(np.r_[np.arange(0.0, 30.0, 0.5), np.arange(30.0, 180.0, 10.0), 180.0])
    grid_r, grid_a = (g.ravel() for g in np.meshgrid(r, angle, indexing="ij"))
    receptors = Receptors.of(grid_r * np.cos(grid_a), grid_r * np.sin(grid_a))
    prepared = prepare(weather(**usual))
    with_, without = (
        disperse(source, [substance], prepared, receptors, dry_depletion=d) for d in (True, False)
    )
    flux = with_.dry[:, 0].reshape(r.size, angle.size) / 3600.0
    across = 2.0 * np.trapezoid(flux, angle, axis=1)
    deposited = np.trapezoid(across * r, r)
    left = float(with_.concentration[-angle.size, 0] / without.concentration[-angle.size, 0])
    assert 0.0 < deposited < 1.0
    assert 0.4 < (1.0 - left) / deposited < 2.5
