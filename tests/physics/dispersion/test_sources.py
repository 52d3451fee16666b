from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from simulator.physics.dispersion.sources import (
    Area,
    BulkParticles,
    Gas,
    Ground,
    Particles,
    Point,
    Volume,
)

TRIANGLE = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Point(0.0, 0.0, -1.0, 1.0, 400.0, 5.0), "negative"),
        (lambda: Point(0.0, 0.0, 1.0, -1.0, 400.0, 5.0), "negative"),
        (lambda: Point(0.0, 0.0, 1.0, 1.0, 400.0, -5.0), "negative"),
        (lambda: Point(0.0, 0.0, 1.0, 1.0, math.nan, 5.0), "finite"),
        (lambda: Point(math.inf, 0.0, 1.0, 1.0, 400.0, 5.0), "finite"),
        (lambda: Point(0.0, 0.0, 1.0, 1.0, 400.0, 5.0, release="up"), "capped"),
        (lambda: Volume(0.0, 0.0, -1.0, 1.0, 1.0), "negative"),
        (lambda: Volume(0.0, 0.0, 1.0, 0.0, 1.0), "positive"),
        (lambda: Volume(0.0, 0.0, 1.0, 1.0, 0.0), "positive"),
        (lambda: Volume(0.0, math.nan, 1.0, 1.0, 1.0), "finite"),
        (lambda: Area(TRIANGLE[:2], 1.0), "three corners"),
        (lambda: Area(TRIANGLE, -1.0), "negative"),
        (lambda: Area(TRIANGLE, 1.0, sigma_z=-1.0), "negative"),
        (lambda: Area(((0.0, math.nan), *TRIANGLE), 1.0), "finite"),
        (lambda: Particles((), (), ()), "as many"),
        (lambda: Particles((1e-6,), (0.5, 0.5), (2e3, 2e3)), "as many"),
        (lambda: Particles((1.0,), (1.0,), (2e3,)), "metres"),
        (lambda: Particles((1e-6, 2e-6), (0.5, 0.4), (2e3, 2e3)), "sum to 1"),
        (lambda: Particles((1e-6, 2e-6), (1.5, -0.5), (2e3, 2e3)), "sum to 1"),
        (lambda: Particles((1e-6,), (1.0,), (2.0,)), "kg m-3"),
        (lambda: BulkParticles(1.1, 1e-6), "fine fraction"),
        (lambda: BulkParticles(0.5, 0.5), "metres"),
        (lambda: Gas(0.0, 1e-9, 1e3, 10.0), "positive"),
        (lambda: Gas(1e-5, 1e-9, 1e3, math.nan), "positive"),
        (lambda: Gas(1e-5, 1e-9, 1e3, 10.0, 2.0), "reactivity"),
        (lambda: Ground(land_use=(2,) * 35), "36"),
        (lambda: Ground(land_use=(10,) * 36), "36"),
        (lambda: Ground(season=(1,) * 11), "12"),
        (lambda: Ground(season=(0,) * 12), "12"),
    ],
)
def test_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_rectangle_turns_clockwise_about_its_vertex() -> None:
    straight = Area.rectangle(10.0, 20.0, 200.0, 100.0, 1.0)
    assert straight.vertices == pytest.approx(
        np.array([(10.0, 20.0), (10.0, 120.0), (210.0, 120.0), (210.0, 20.0)])
    )
    # the y side runs towards the east, the x side towards the south
    turned = Area.rectangle(10.0, 20.0, 200.0, 100.0, 1.0, angle=90.0)
    assert np.array(turned.vertices) == pytest.approx(
        np.array([(10.0, 20.0), (110.0, 20.0), (110.0, -180.0), (10.0, -180.0)])
    )
    assert Area.rectangle(3.0, 4.0, 200.0, 100.0, 1.0, angle=37.0).size == pytest.approx(2e4)


@pytest.mark.parametrize("corners", [3, 8, 20])
def test_circle_has_its_area(corners: int) -> None:
    circle = Area.circle(5.0, 6.0, 100.0, 1.0, corners=corners)
    assert circle.size == pytest.approx(math.pi * 1e4)
    assert len(circle.vertices) == corners
    assert circle.vertices[0][0] == 5.0
    assert np.mean(circle.vertices, axis=0) == pytest.approx([5.0, 6.0])


def test_size_whichever_way_round() -> None:
    assert Area(TRIANGLE, 1.0).size == Area(TRIANGLE[::-1], 1.0).size == 0.5
